"""When backlogs are looked at again: often while there is something in them, else once a second.

A hundred executors look at the same ones. What one of them parks is looked for often by that one itself, and by all
as soon as one has found something.
"""

from typing import Final

from connectors_shared.runtime.clock import Clock

OFTEN_SECONDS: Final = 0.25
SELDOM_SECONDS: Final = 1.0
LIVELY_SECONDS: Final = 10.0
"""For so long after something was found or parked here; what is due later than that is never due to the second."""


class Looks:
    """Of one process: what drains and what ends share it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lively_until = 0.0

    def found(self) -> bool:
        """There is, or will be, something to do. True: nobody knew, so a pause that has begun is too long."""
        now = self._clock.monotonic()
        was_quiet = now >= self._lively_until
        self._lively_until = now + LIVELY_SECONDS
        return was_quiet

    @property
    def pause_seconds(self) -> float:
        """After a look that has nothing more to do."""
        return OFTEN_SECONDS if self._clock.monotonic() < self._lively_until else SELDOM_SECONDS
