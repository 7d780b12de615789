"""The success metrics of a workspace, from what is counted by hour and by day: adoption, performance, usage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

GOAL_MS: Final = 3_000
"""Of the average time."""
GOAL_SUCCESS: Final = 0.95
GOAL_ERRORS: Final = 0.05
MOST_CONNECTORS: Final = 100
MOST_DAYS: Final = 92
"""Of one question."""
HOURS: Final = 24
"""Of the activity of connectors, that which runs included."""


@dataclass(frozen=True, slots=True)
class Period:
    """What is measured: days of UTC, both included; of one connector, or of those of one category, or of all."""

    since: date
    until: date
    connector_id: UUID | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How executions ended. `total_ms` and `durations` are of those that were not skipped."""

    executions: int = 0
    succeeded: int = 0
    failed: int = 0
    timed_out: int = 0
    skipped: int = 0
    total_ms: int = 0

    @property
    def called(self) -> int:
        """All that were not skipped: what was switched off or called off says nothing about an API."""
        return self.executions - self.skipped

    @property
    def success_rate(self) -> float | None:
        return self.succeeded / self.called if self.called else None

    @property
    def error_rate(self) -> float | None:
        return (self.failed + self.timed_out) / self.called if self.called else None

    @property
    def average_ms(self) -> float | None:
        return self.total_ms / self.called if self.called else None


@dataclass(frozen=True, slots=True)
class Adoption:
    """Connectors that are there. `active`: enabled, and used within the days that are measured."""

    connectors: int = 0
    enabled: int = 0
    active: int = 0
    flows: int = 0


@dataclass(frozen=True, slots=True)
class Hour:
    """What ended in it. `failed`: with an error, or after its time."""

    executions: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """`durations`: bucket → executions (`durations.py`). `by_hour`: hour of the day in UTC → executions, of at most the
    last forty days. `by_category`: None of connectors that are purged. `by_connector`: those with most executions.
    `names`: of connectors that are not purged.
    """

    adoption: Adoption
    total: Counts
    durations: Sequence[int] = ()
    errors: Mapping[str, int] = field(default_factory=dict)
    by_day: Mapping[date, Counts] = field(default_factory=dict)
    by_hour: Mapping[int, int] = field(default_factory=dict)
    by_category: Mapping[str | None, int] = field(default_factory=dict)
    by_connector: Mapping[UUID, Counts] = field(default_factory=dict)
    names: Mapping[UUID, str] = field(default_factory=dict)


class Measures(Protocol):
    """Raises DatabaseUnavailableError."""

    async def of(self, workspace_id: UUID, wanted: Period) -> Measured: ...

    async def hourly(
        self, workspace_id: UUID, connector_ids: Sequence[UUID], since: datetime
    ) -> Mapping[UUID, Mapping[datetime, Hour]]:
        """By connector, and by the beginning of each of the `HOURS` from `since` in which something ended."""
        ...


def first_hour(now: datetime) -> datetime:
    """Of the last `HOURS`."""
    return now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)


def added(counts: Iterable[Counts]) -> Counts:
    return Counts(*map(sum, zip(*map(astuple, counts), strict=True)))
