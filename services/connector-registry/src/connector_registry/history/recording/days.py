"""The days that the tables have room for, made before they come."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from connectors_shared.contract.topics import RESULT
from connectors_shared.runtime.clock import Clock

AHEAD: Final = 7
"""So long the work that makes them may fail."""
BACK: Final = 1
LATE: Final = 2 * RESULT.retention_days + 1
"""What is older is not recorded. Kafka deletes by segments, which last a week by default, so nothing is."""


AGREED: Final = timedelta(hours=2)
"""By so much the clocks of two services may differ."""


class MakesDays(Protocol):
    async def keep_days(self, back: int, ahead: int) -> None:
        """Days from so many before today to so many after it are there, and what nobody keeps any more is gone."""
        ...


class Days:
    """Knows which there are, and makes what is missing."""

    def __init__(self, store: MakesDays, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._first = self._last = date.min

    async def keep(self, back: int = BACK) -> None:
        today = self._today()
        await self._store.keep_days(back, AHEAD)
        self._first, self._last = today - timedelta(days=back), today + timedelta(days=AHEAD)

    async def make_for(self, moments: Iterable[datetime]) -> None:
        """Moments that `fitted` has given."""
        days = {moment.date() for moment in moments}
        if days and not (self._first <= min(days) and max(days) <= self._last):
            await self.keep(max(BACK, (self._today() - min(days)).days))

    def fitted(self, moment: datetime) -> datetime | None:
        """When something happened, by the clock of who says so: never later than now; None for what is too old."""
        now = self._clock.now()
        if moment < now - timedelta(days=LATE):
            return None
        return min(moment, now)

    def steady(self, moment: datetime, arrived_ms: int) -> datetime | None:
        """The same of what is known again by its time: it does not depend on when it is read, even where the clock of
        who says so is ahead. `arrived_ms`: when Kafka got it.
        """
        now = self._clock.now()
        if moment < now - timedelta(days=LATE):
            return None
        told = min(moment, _arrived(arrived_ms, now) + AGREED)
        return min(told, now + timedelta(days=AHEAD - 1))

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()


def _arrived(milliseconds: int, now: datetime) -> datetime:
    """Now, where the record says nothing that can be."""
    try:
        arrived = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return now
    return arrived if abs(arrived - now) < timedelta(days=LATE) else now
