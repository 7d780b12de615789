"""What the in-memory parking stores: rows in backlogs, one per connector."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from connector_executor.parking.port import Finding, Key, Parcel, ParkReason, Totals, bounded

NEVER: Final = datetime.max.replace(tzinfo=UTC)
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
FOREVER: Final = float("inf")


@dataclass(slots=True)
class Row:
    """One parked execution. `ready` is false until a take notices that `not_before` has passed.

    It ends when its backlog has been in trouble for `trouble_limit` seconds.
    """

    parcel: Parcel
    seq: int
    parked_at: datetime
    ready: bool
    not_before: datetime
    expires_at: datetime
    trouble_limit: float
    cancelled: bool = False
    leaving: bool = False
    lease_owner: str | None = None
    lease_until: datetime = LONG_AGO
    generation: str | None = None

    @property
    def key(self) -> Key:
        return self.parcel.workspace_id, self.parcel.execution_id

    @property
    def turn(self) -> tuple[int, int]:
        return self.parcel.lane, self.seq

    def lease(self, owner: str, until: datetime, generation: str) -> None:
        self.lease_owner, self.lease_until, self.generation = owner, until, self.generation or generation

    def end_lease(self, generation: str | None = None) -> None:
        self.lease_owner, self.lease_until, self.generation = None, LONG_AGO, generation


@dataclass(slots=True)
class MemoryBacklog:
    """One connector's backlog. `asked_at` is the earliest moment asked for since it was leased."""

    workspace_id: UUID
    connector_id: UUID
    budget: str
    reason: ParkReason
    towards: str | None
    rows: dict[Key, Row] = field(default_factory=dict)
    due_at: datetime = NEVER
    asked_at: datetime = NEVER
    lease_owner: str | None = None
    lease_until: datetime = LONG_AGO
    trouble: ParkReason | None = None
    trouble_since: datetime = NEVER
    troubled_seconds: float = 0.0

    def troubled(self, now: datetime) -> float:
        """The clock of its troubles: it stands still while there is none."""
        return self.troubled_seconds + max(0.0, (now - self.trouble_since).total_seconds() if self.trouble else 0.0)

    def learn(self, found: Finding, now: datetime) -> None:
        """`trouble_since` stays where it was when one trouble follows another."""
        if found.trouble is None:
            self.troubled_seconds, self.trouble_since = self.troubled(now), NEVER
        elif self.trouble is None:
            self.trouble_since = now
        self.trouble = found.trouble

    def limit_look(self, rows: Iterable[Row], now: datetime) -> datetime:
        """When the next of these rows will have waited for the API as long as it may."""
        if self.trouble is None:
            return NEVER
        first = min((row.trouble_limit for row in rows if not row.cancelled), default=FOREVER)
        return NEVER if first == FOREVER else now + seconds_of(max(0.0, first - self.troubled(now)))

    def ask(self, moment: datetime) -> None:
        self.due_at = min(self.due_at, max(self.lease_until, moment))
        self.asked_at = min(self.asked_at, moment)

    def follow(self, back: timedelta) -> None:
        """The store's clock went back."""
        self.due_at, self.asked_at = earlier(self.due_at, back), earlier(self.asked_at, back)
        self.lease_until, self.trouble_since = earlier(self.lease_until, back), earlier(self.trouble_since, back)

    def ready(self) -> list[Row]:
        return sorted((row for row in self.rows.values() if row.ready and not row.cancelled), key=lambda row: row.turn)

    def waiting(self) -> list[Row]:
        rows = (row for row in self.rows.values() if not row.ready and not row.cancelled)
        return sorted(rows, key=lambda row: (row.not_before, row.seq))


class Store:
    """What all replicas share; `now` is the store's own clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.queues: dict[UUID, MemoryBacklog] = {}
        self.connectors: dict[Key, UUID] = {}
        self.parked_ever = 0
        self.census = datetime.min.replace(tzinfo=UTC), Totals({}, {}, 0.0)

    def row(self, key: Key) -> Row | None:
        connector_id = self.connectors.get(key)
        return None if connector_id is None else self.queues[connector_id].rows[key]

    def rows_of(self, owner: str, keys: Iterable[Key]) -> list[Row]:
        rows = (self.row(key) for key in keys)
        return [row for row in rows if row and row.lease_owner == owner]

    def filled(self) -> list[MemoryBacklog]:
        return [queue for queue in self.queues.values() if queue.rows]

    def forget_if_empty(self, connector_id: UUID) -> None:
        queue = self.queues[connector_id]
        if not queue.rows:
            queue.due_at = NEVER
            if queue.lease_until <= self.now():
                del self.queues[connector_id]


def earlier(moment: datetime, back: timedelta) -> datetime:
    return moment if moment in (NEVER, LONG_AGO) else moment - back


def seconds_of(seconds: float) -> timedelta:
    return timedelta(seconds=bounded(seconds))
