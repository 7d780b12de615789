"""What is known of the time that expressions take.

* brisk: took at most 2 ms, for a document of that size. A worker may hold several of these.
* slow: took 25 ms. Evaluated by other workers than the rest for half a minute after the last time.
* runaway: ran out of time or memory, or ended its worker. Like slow, for five minutes.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

BRISK_SECONDS: Final = 0.002
SLOW_SECONDS: Final = 0.025
_SLOW_FOR_SECONDS: Final = 30.0
_RUNAWAY_FOR_SECONDS: Final = 300.0
_MAX_EXPRESSIONS: Final = 4096


class _Known:
    __slots__ = ("brisk_bytes", "runaway_until", "slow_until")

    def __init__(self) -> None:
        self.brisk_bytes = -1
        self.slow_until = self.runaway_until = float("-inf")


class Timings:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def note(self, expression: str, seconds: float, document_bytes: int) -> None:
        """An evaluation came to its end."""
        known = self._entry(expression)
        if seconds >= SLOW_SECONDS:
            known.slow_until = self._clock() + _SLOW_FOR_SECONDS
        known.brisk_bytes = max(known.brisk_bytes, document_bytes) if seconds <= BRISK_SECONDS else -1

    def note_slow(self, expression: str) -> None:
        self.note(expression, SLOW_SECONDS, 0)

    def note_runaway(self, expression: str) -> None:
        known = self._entry(expression)
        known.runaway_until = self._clock() + _RUNAWAY_FOR_SECONDS
        known.brisk_bytes = -1

    def is_known(self, expression: str) -> bool:
        return expression in self._known

    def is_brisk(self, expression: str, document_bytes: int) -> bool:
        known = self._known.get(expression)
        return known is not None and document_bytes <= known.brisk_bytes

    def is_slow(self, expression: str) -> bool:
        known = self._known.get(expression)
        return known is not None and self._clock() < max(known.slow_until, known.runaway_until)

    def is_runaway(self, expression: str) -> bool:
        known = self._known.get(expression)
        return known is not None and self._clock() < known.runaway_until

    def _entry(self, expression: str) -> _Known:
        known = self._known.get(expression)
        if known is None:
            known = self._known[expression] = _Known()
            if len(self._known) > _MAX_EXPRESSIONS:
                self._known.popitem(last=False)
        self._known.move_to_end(expression)
        return known
