"""How often a workspace, or a key, may ask this process."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from connectors_shared.runtime.clock import Clock

BURST_SECONDS: Final = 10.0
ROUNDING_SECONDS: Final = 1e-6
"""What sums of binary fractions may be off."""
MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """`quota` requests at once, which are all there again after `window_seconds`; `remaining` of them now, all of them
    in `full_in_seconds`."""

    quota: int
    window_seconds: int
    remaining: int
    full_in_seconds: int


class RequestLimits:
    """A token bucket for each workspace and key, which holds what comes in `BURST_SECONDS`, and one request at least.

    A bucket is one number: the time at which it is full again. One that is full is as good as none, so that of more
    than `most_remembered` the one asked longest ago can be forgotten.
    """

    def __init__(self, per_minute: int, clock: Clock, most_remembered: int = MOST_REMEMBERED) -> None:
        self._seconds_each = 60.0 / per_minute
        self._clock = clock
        self._most_remembered = most_remembered
        self._full_at: OrderedDict[UUID, float] = OrderedDict()
        self._own_seconds: OrderedDict[UUID, float] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._full_at)

    def allow(self, whose: UUID, per_minute: int | None) -> None:
        """What is settled for it; None for nothing."""
        self._own_seconds.pop(whose, None)
        if per_minute is not None:
            self._own_seconds[whose] = 60.0 / per_minute
        if len(self._own_seconds) > self._most_remembered:
            self._own_seconds.popitem(last=False)

    def wait_seconds(self, whose: UUID) -> float:
        """0.0 when a request may go on; else it may come again after so many seconds."""
        seconds_each = self._each(whose)
        excess_seconds = self._used_seconds(whose) + seconds_each - max(BURST_SECONDS, seconds_each)
        return excess_seconds if excess_seconds > ROUNDING_SECONDS else 0.0

    def take(self, whose: UUID) -> float:
        """The same, and one that may go on counts."""
        wait_seconds = self.wait_seconds(whose)
        if wait_seconds > 0:
            return wait_seconds
        self._full_at[whose] = self._clock.monotonic() + self._used_seconds(whose) + self._each(whose)
        self._full_at.move_to_end(whose)
        if len(self._full_at) > self._most_remembered:
            self._full_at.popitem(last=False)
        return 0.0

    def allowance(self, whose: UUID) -> Allowance:
        seconds_each, used_seconds = self._each(whose), self._used_seconds(whose)
        quota = max(1, math.floor(BURST_SECONDS / seconds_each + ROUNDING_SECONDS))
        window_seconds = quota * seconds_each
        remaining = math.floor((window_seconds - used_seconds) / seconds_each + ROUNDING_SECONDS)
        return Allowance(
            quota,
            math.ceil(window_seconds - ROUNDING_SECONDS),
            max(0, remaining),
            math.ceil(used_seconds - ROUNDING_SECONDS),
        )

    def _each(self, whose: UUID) -> float:
        return self._own_seconds.get(whose, self._seconds_each)

    def _used_seconds(self, whose: UUID) -> float:
        now = self._clock.monotonic()
        return max(0.0, self._full_at.get(whose, now) - now)
