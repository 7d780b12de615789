"""The in-memory twin of parking in Postgres: the same answers, for tests and for reading."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from typing import Final
from uuid import UUID

from connector_executor.parking.port import (
    COUNTED,
    Backlog,
    BacklogView,
    Key,
    Parcel,
    ParkedView,
    ParkReason,
    TakenRow,
    Totals,
)

PROMOTED_AT_ONCE: Final = 500
LOOK_AGAIN: Final = timedelta(seconds=5)
NEVER: Final = datetime.max.replace(tzinfo=UTC)
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Row:
    """One parked execution. `ready` is false until a take notices that `not_before` has passed."""

    parcel: Parcel
    seq: int
    parked_at: datetime
    ready: bool
    not_before: datetime
    expires_at: datetime
    cancelled: bool = False
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
        self.lease_owner, self.lease_until, self.generation = owner, until, generation

    def end_lease(self) -> None:
        self.lease_owner, self.lease_until, self.generation = None, LONG_AGO, None


@dataclass(slots=True)
class Queue:
    """One connector's backlog. `asked_at` is the earliest moment asked for since it was leased."""

    workspace_id: UUID
    connector_id: UUID
    budget: str
    reason: ParkReason
    rows: dict[Key, Row] = field(default_factory=dict)
    due_at: datetime = NEVER
    asked_at: datetime = NEVER
    lease_owner: str | None = None
    lease_until: datetime = LONG_AGO

    def ask(self, moment: datetime) -> None:
        self.due_at = min(self.due_at, max(self.lease_until, moment))
        self.asked_at = min(self.asked_at, moment)

    def ready(self) -> list[Row]:
        return sorted((row for row in self.rows.values() if row.ready and not row.cancelled), key=lambda row: row.turn)

    def waiting(self) -> list[Row]:
        rows = (row for row in self.rows.values() if not row.ready and not row.cancelled)
        return sorted(rows, key=lambda row: (row.not_before, row.seq))


class Store:
    """What all replicas share; `now` is the store's own clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.queues: dict[UUID, Queue] = {}
        self.connectors: dict[Key, UUID] = {}
        self.parked_ever = 0

    def row(self, key: Key) -> Row | None:
        connector_id = self.connectors.get(key)
        return None if connector_id is None else self.queues[connector_id].rows[key]

    def rows_of(self, owner: str, keys: Iterable[Key]) -> list[Row]:
        rows = (self.row(key) for key in keys)
        return [row for row in rows if row and row.lease_owner == owner]

    def filled(self) -> list[Queue]:
        return [queue for queue in self.queues.values() if queue.rows]

    def forget_if_empty(self, connector_id: UUID) -> None:
        queue = self.queues[connector_id]
        if not queue.rows:
            queue.due_at = NEVER
            if queue.lease_until <= self.now():
                del self.queues[connector_id]


class InMemoryParking:
    """One replica on a shared store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def park(self, parcels: Sequence[Parcel]) -> list[bool]:
        return [self._park(parcel) for parcel in parcels]

    async def repark(self, owner: str, parcels: Sequence[Parcel]) -> None:
        now = self._store.now()
        for parcel in parcels:
            for row in self._store.rows_of(owner, [(parcel.workspace_id, parcel.execution_id)]):
                row.parcel = replace(row.parcel, attempt=parcel.attempt, envelope=parcel.envelope, reason=parcel.reason)
                row.ready, row.not_before = parcel.ready_in_seconds <= 0, now + _seconds(parcel.ready_in_seconds)
                row.end_lease()
                queue = self._store.queues[row.parcel.connector_id]
                queue.budget, queue.reason = parcel.budget, parcel.reason
                queue.ask(_due_at(parcel, now))

    async def due(self, owner: str, most: int, lease_seconds: float) -> list[Backlog]:
        now = self._store.now()
        filled = self._store.filled()
        due = [queue for queue in filled if queue.due_at <= now and queue.lease_until <= now]
        leased = nsmallest(most, due, key=lambda queue: (queue.due_at, queue.connector_id))
        for queue in leased:
            queue.lease_owner, queue.asked_at = owner, NEVER
            queue.lease_until = queue.due_at = now + _seconds(lease_seconds)
        return [
            Backlog(queue.workspace_id, queue.connector_id, queue.budget, len(queue.rows), _sharers(queue, filled))
            for queue in leased
        ]

    async def put_off(self, owner: str, connector_id: UUID, seconds: float | None) -> bool:
        queue = self._store.queues.get(connector_id)
        if queue is None:
            return False
        if queue.lease_owner == owner:
            now = self._store.now()
            moment = self._next_look(queue, now) if seconds is None else now + _seconds(seconds)
            queue.due_at = min(queue.asked_at, moment)
            queue.lease_owner, queue.lease_until, queue.asked_at = None, LONG_AGO, NEVER
        self._store.forget_if_empty(connector_id)
        return bool(queue.rows)

    async def take(
        self, owner: str, connector_id: UUID, most: int, lease_seconds: float, generation: str
    ) -> list[TakenRow]:
        queue = self._store.queues.get(connector_id)
        if queue is None:
            return []
        now = self._store.now()
        for row in queue.waiting()[:PROMOTED_AT_ONCE]:
            row.ready = row.not_before <= now
        free = [row for row in queue.ready() if row.lease_until <= now < row.expires_at]
        return self._lease(free[:most], owner, lease_seconds, generation)

    async def take_ended(self, owner: str, most: int, lease_seconds: float, generation: str) -> list[TakenRow]:
        now = self._store.now()
        free = [row for row in self._rows() if row.lease_until <= now]
        cancelled = sorted((row for row in free if row.cancelled), key=lambda row: row.seq)
        expired = [row for row in free if row.expires_at <= now and not row.cancelled]
        ended = (cancelled + sorted(expired, key=lambda row: row.expires_at))[:most]
        return self._lease(sorted(ended, key=lambda row: row.seq), owner, lease_seconds, generation)

    async def give_back(self, owner: str, keys: Sequence[Key]) -> None:
        for row in self._store.rows_of(owner, keys):
            row.end_lease()

    async def renew(self, owner: str, keys: Sequence[Key], lease_seconds: float) -> None:
        for row in self._store.rows_of(owner, keys):
            row.lease_until = self._store.now() + _seconds(lease_seconds)

    async def remove(self, keys: Sequence[Key]) -> None:
        for key in keys:
            connector_id = self._store.connectors.pop(key, None)
            if connector_id is not None:
                del self._store.queues[connector_id].rows[key]
                self._store.forget_if_empty(connector_id)

    async def cancel(self, workspace_id: UUID, connector_id: UUID, execution_ids: Sequence[UUID] | None) -> int:
        queue = self._store.queues.get(connector_id)
        if queue is None:
            return 0
        wanted = None if execution_ids is None else {(workspace_id, execution_id) for execution_id in execution_ids}
        now = self._store.now()
        found = [
            row
            for key, row in queue.rows.items()
            if key[0] == workspace_id and not row.cancelled and row.lease_until <= now
            if wanted is None or key in wanted
        ]
        for row in found:
            row.cancelled = True
        return len(found)

    async def wake(self, connector_ids: Sequence[UUID]) -> None:
        for connector_id in connector_ids:
            queue = self._store.queues.get(connector_id)
            if queue is not None and queue.rows:
                queue.ask(self._store.now())

    async def wake_all(self, per_second: float) -> None:
        for place, queue in enumerate(sorted(self._store.filled(), key=lambda queue: queue.connector_id)):
            queue.ask(self._store.now() + timedelta(seconds=place / per_second))

    async def backlog(self, connector_id: UUID) -> BacklogView | None:
        queue = self._store.queues.get(connector_id)
        return self._view(queue) if queue and queue.rows else None

    async def backlogs(self, workspace_id: UUID | None, after: UUID | None, most: int) -> list[BacklogView]:
        found = [
            queue
            for queue in self._store.filled()
            if workspace_id in (None, queue.workspace_id) and (after is None or queue.connector_id > after)
        ]
        return [self._view(queue) for queue in nsmallest(most, found, key=lambda queue: queue.connector_id)]

    async def parked(self, connector_id: UUID, after: UUID | None, most: int) -> list[ParkedView]:
        queue = self._store.queues.get(connector_id)
        if queue is None:
            return []
        now, rows = self._store.now(), queue.ready() + queue.waiting()
        last = self._store.row((queue.workspace_id, after)) if after else None
        if last is not None and last.key in queue.rows:
            rows = [row for row in rows if _view_order(row) > _view_order(last)]
        return [_parked_view(row, now) for row in rows[:most]]

    async def totals(self) -> Totals:
        totals = Totals({}, {}, 0.0)
        now, filled = self._store.now(), self._store.filled()
        for queue in filled:
            totals.backlogs[queue.reason] = totals.backlogs.get(queue.reason, 0) + 1
            totals.parked[queue.reason] = totals.parked.get(queue.reason, 0) + len(queue.rows)
        overdue = max(((now - queue.due_at).total_seconds() for queue in filled), default=0.0)
        return replace(totals, overdue_seconds=max(0.0, overdue))

    async def check(self) -> None:
        return

    def _park(self, parcel: Parcel) -> bool:
        now = self._store.now()
        key = (parcel.workspace_id, parcel.execution_id)
        if key in self._store.connectors:
            return True
        queue = self._store.queues.get(parcel.connector_id)
        if (len(queue.rows) if queue else 0) >= parcel.ceiling:
            return False
        if queue is None:
            queue = Queue(parcel.workspace_id, parcel.connector_id, parcel.budget, parcel.reason)
            self._store.queues[parcel.connector_id] = queue
        self._store.parked_ever += 1
        self._store.connectors[key] = parcel.connector_id
        queue.rows[key] = Row(
            parcel,
            self._store.parked_ever,
            now,
            parcel.ready_in_seconds <= 0,
            now + _seconds(parcel.ready_in_seconds),
            NEVER if parcel.expires_in_seconds is None else now + _seconds(parcel.expires_in_seconds),
        )
        queue.budget, queue.reason = parcel.budget, parcel.reason
        queue.ask(_due_at(parcel, now))
        return True

    def _rows(self) -> Iterable[Row]:
        return (row for queue in self._store.queues.values() for row in queue.rows.values())

    def _lease(self, rows: list[Row], owner: str, lease_seconds: float, generation: str) -> list[TakenRow]:
        now = self._store.now()
        taken = [_taken(row, now) for row in rows]
        for row in rows:
            row.lease(owner, now + _seconds(lease_seconds), generation)
        return taken

    def _next_look(self, queue: Queue, now: datetime) -> datetime:
        ready = queue.ready()
        if any(row.lease_until <= now < row.expires_at for row in ready):
            return now
        moments = [row.lease_until for row in ready if row.lease_until > now]
        moments += [max(now, row.not_before) for row in queue.waiting()]
        return min(moments, default=now + LOOK_AGAIN)

    def _view(self, queue: Queue) -> BacklogView:
        now, waiting = self._store.now(), queue.waiting()
        looked_at = queue.ready() or waiting[:COUNTED]
        return BacklogView(
            queue.connector_id,
            len(queue.rows),
            min(COUNTED, sum(row.not_before > now for row in waiting)),
            min((row.parked_at for row in looked_at), default=None),
            queue.due_at if queue.lease_until <= now else None,
            queue.reason,
        )


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _due_at(parcel: Parcel, now: datetime) -> datetime:
    return now + _seconds(parcel.ready_in_seconds if parcel.ready_in_seconds > 0 else parcel.due_in_seconds)


def _sharers(queue: Queue, filled: list[Queue]) -> int:
    spent_from = (queue.workspace_id, queue.budget)
    return min(COUNTED, sum((other.workspace_id, other.budget) == spent_from for other in filled))


def _view_order(row: Row) -> tuple[bool, int, datetime, int]:
    return (False, row.parcel.lane, LONG_AGO, row.seq) if row.ready else (True, 0, row.not_before, row.seq)


def _taken(row: Row, now: datetime) -> TakenRow:
    return TakenRow(
        *row.key,
        row.parcel.connector_id,
        row.parcel.lane,
        row.parcel.message,
        row.parcel.envelope,
        row.parcel.attempt,
        row.parked_at,
        row.cancelled,
        row.expires_at <= now,
        row.generation,
    )


def _parked_view(row: Row, now: datetime) -> ParkedView:
    return ParkedView(
        row.parcel.execution_id,
        row.parcel.connector_id,
        row.parcel.lane,
        row.parcel.reason,
        row.parcel.attempt,
        row.parked_at,
        row.not_before if not row.ready and row.not_before > now else None,
        row.lease_until > now,
    )
