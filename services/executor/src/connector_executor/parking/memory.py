"""The in-memory twin of parking in Postgres: the same answers, for tests and for reading."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Final
from uuid import UUID

from msgspec.structs import replace as replaced

from connector_executor.parking.memory_backlogs import (
    FOREVER,
    LONG_AGO,
    NEVER,
    MemoryBacklog,
    Row,
    Store,
    earlier,
    seconds_of,
)
from connector_executor.parking.port import (
    CLOCK_STEP_SECONDS,
    COUNTED,
    TRIED_NOW,
    Backlog,
    BacklogView,
    CalledOff,
    Finding,
    Key,
    Parcel,
    ParkedView,
    TakenRow,
    Totals,
    bounded,
)

PROMOTED_AT_ONCE: Final = 500
LOOK_AGAIN: Final = timedelta(seconds=5)


class InMemoryParking:
    """One replica on a shared store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def park(self, parcels: Sequence[Parcel]) -> list[bool | None]:
        return [self._park(parcel) for parcel in parcels]

    async def repark(self, owner: str, parcels: Sequence[Parcel]) -> None:
        now = self._store.now()
        for parcel in parcels:
            for row in self._store.rows_of(owner, [(parcel.workspace_id, parcel.execution_id)]):
                row.parcel = replaced(
                    row.parcel, attempt=parcel.attempt, envelope=parcel.envelope, reason=parcel.reason
                )
                row.ready, row.not_before = parcel.ready_in_seconds <= 0, now + seconds_of(parcel.ready_in_seconds)
                row.end_lease()
                queue = self._store.queues[row.parcel.connector_id]
                queue.budget, queue.reason = parcel.budget, parcel.reason
                if parcel.in_trouble:
                    queue.learn(Finding(parcel.reason), now)
                queue.ask(min(_due_at(parcel, now), queue.limit_look([row], now)))

    async def due(self, owner: str, most: int, lease_seconds: float) -> list[Backlog]:
        now = self._store.now()
        filled = self._store.filled()
        due = [queue for queue in filled if queue.due_at <= now and queue.lease_until <= now]
        leased = nsmallest(most, due, key=lambda queue: (queue.due_at, queue.connector_id))
        for queue in leased:
            queue.lease_owner, queue.asked_at = owner, NEVER
            queue.lease_until = queue.due_at = now + seconds_of(lease_seconds)
        return [
            Backlog(
                queue.workspace_id,
                queue.connector_id,
                queue.budget,
                len(queue.rows),
                _sharers(queue, filled),
                queue.trouble,
                queue.towards,
            )
            for queue in leased
        ]

    async def put_off(
        self, owner: str, connector_id: UUID, seconds: float | None, found: Finding | None = None
    ) -> bool:
        queue = self._store.queues.get(connector_id)
        if queue is None:
            return False
        if queue.lease_owner == owner:
            now = self._store.now()
            if found is not None:
                queue.learn(found, now)
            moment = self._next_look(queue, now) if seconds is None else now + seconds_of(seconds)
            free = [row for row in queue.rows.values() if row.lease_until <= now]
            queue.due_at = min(queue.asked_at, moment, queue.limit_look(free, now))
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
        free = [row for row in queue.ready() if row.lease_until <= now < row.expires_at][:most]
        for row in free:
            row.leaving = False
        return self._lease(free, owner, lease_seconds, generation)

    async def take_ended(self, owner: str, most: int, lease_seconds: float, generation: str) -> list[TakenRow]:
        now = self._store.now()
        free = [row for row in self._rows() if row.lease_until <= now]
        cancelled = sorted((row for row in free if row.cancelled), key=lambda row: row.seq)
        expired = [row for row in free if row.expires_at <= now and not row.cancelled]
        ended = (cancelled + sorted(expired, key=lambda row: row.expires_at))[:most]
        return self._lease(sorted(ended, key=lambda row: row.seq), owner, lease_seconds, generation)

    async def take_past_limit(
        self, owner: str, connector_id: UUID, most: int, lease_seconds: float, generation: str
    ) -> list[TakenRow]:
        queue, now = self._store.queues.get(connector_id), self._store.now()
        if queue is None or queue.trouble is None:
            return []
        rows = (row for row in queue.rows.values() if not row.cancelled and row.lease_until <= now)
        over = [row for row in rows if row.trouble_limit <= queue.troubled(now)]
        first = sorted(over, key=lambda row: (row.trouble_limit, row.seq))[:most]
        return self._lease(sorted(first, key=lambda row: row.seq), owner, lease_seconds, generation)

    async def give_back(self, owner: str, rows: Mapping[Key, str | None]) -> None:
        for row in self._store.rows_of(owner, rows):
            row.end_lease(rows[row.key])

    async def renew(self, owner: str, keys: Sequence[Key], lease_seconds: float) -> None:
        for row in self._store.rows_of(owner, keys):
            row.lease_until = self._store.now() + seconds_of(lease_seconds)

    async def remove(self, keys: Sequence[Key]) -> None:
        for key in keys:
            connector_id = self._store.connectors.pop(key, None)
            if connector_id is not None:
                del self._store.queues[connector_id].rows[key]
                self._store.forget_if_empty(connector_id)

    async def begin_removal(self, owner: str, keys: Sequence[Key]) -> set[Key]:
        rows = self._store.rows_of(owner, keys)
        for row in rows:
            row.leaving = True
        return {row.key for row in rows}

    async def end_removal(self, owner: str, keys: Sequence[Key]) -> None:
        await self.remove([row.key for row in self._store.rows_of(owner, keys) if row.leaving])

    async def cancel(self, workspace_id: UUID, connector_id: UUID, execution_ids: Sequence[UUID] | None) -> int:
        queue = self._store.queues.get(connector_id)
        if queue is None:
            return 0
        wanted = None if execution_ids is None else {(workspace_id, execution_id) for execution_id in execution_ids}
        found = [
            row
            for key, row in queue.rows.items()
            if key[0] == workspace_id and not row.cancelled
            if wanted is None or key in wanted
        ]
        for row in found:
            row.cancelled = True
        return len(found)

    async def call_off(self, workspace_id: UUID, execution_ids: Sequence[UUID]) -> list[CalledOff]:
        rows = [self._store.row((workspace_id, execution_id)) for execution_id in dict.fromkeys(execution_ids)]
        called_off = []
        for row in filter(None, rows):
            leased = row.lease_until > self._store.now()
            called_off.append(CalledOff(row.parcel.execution_id, row.parcel.connector_id, leased, row.cancelled))
            row.cancelled = True
        return called_off

    async def wake(self, connector_ids: Sequence[UUID]) -> None:
        for connector_id in connector_ids:
            queue = self._store.queues.get(connector_id)
            if queue is not None and queue.rows:
                queue.ask(self._store.now())

    async def try_now(self, connector_id: UUID) -> int:
        await self.wake([connector_id])
        queue = self._store.queues.get(connector_id)
        if queue is None:
            return 0
        queue.towards = TRIED_NOW
        return len(queue.rows)

    async def hasten(self, owner: str, connector_id: UUID, towards: str, most: int) -> bool:
        queue = self._store.queues.get(connector_id)
        if queue is None:
            return False
        now, rows = self._store.now(), queue.waiting()[:most]
        for row in rows:
            row.ready, row.not_before = True, min(row.not_before, now)
        if len(rows) == most or queue.lease_owner != owner:
            return False
        queue.towards = towards
        return True

    async def wake_next(self, after: UUID | None, most: int) -> UUID | None:
        later = (queue for queue in self._store.filled() if after is None or queue.connector_id > after)
        found = nsmallest(most, later, key=lambda queue: queue.connector_id)
        for queue in found:
            queue.ask(self._store.now())
        return found[-1].connector_id if found else None

    async def backlog(self, connector_id: UUID, workspace_id: UUID | None = None) -> BacklogView | None:
        queue = self._store.queues.get(connector_id)
        shown = queue is not None and workspace_id in (None, queue.workspace_id)
        return self._view(queue) if queue and queue.rows and shown else None

    async def backlogs(self, workspace_id: UUID | None, after: UUID | None, most: int) -> list[BacklogView]:
        found = [
            queue
            for queue in self._store.filled()
            if workspace_id in (None, queue.workspace_id) and (after is None or queue.connector_id > after)
        ]
        return [self._view(queue) for queue in nsmallest(most, found, key=lambda queue: queue.connector_id)]

    async def parked(
        self, connector_id: UUID, after: UUID | None, most: int, workspace_id: UUID | None = None
    ) -> list[ParkedView]:
        queue = self._store.queues.get(connector_id)
        if queue is None or workspace_id not in (None, queue.workspace_id):
            return []
        now, rows = self._store.now(), queue.ready() + queue.waiting()
        last = self._store.row((queue.workspace_id, after)) if after else None
        if last is not None and last.key in queue.rows:
            rows = [row for row in rows if _view_order(row) > _view_order(last)]
        return [_parked_view(row, now) for row in rows[:most]]

    async def parked_one(self, workspace_id: UUID, execution_id: UUID) -> ParkedView | None:
        row = self._store.row((workspace_id, execution_id))
        return None if row is None or row.cancelled else _parked_view(row, self._store.now())

    async def follow_clock(self) -> float:
        now, counted_at = self._store.now(), self._store.census[0]
        back = counted_at - now
        if back <= timedelta(seconds=CLOCK_STEP_SECONDS):
            return 0.0
        for row in self._rows():
            if row.lease_until > now or (not row.ready and row.not_before > now):
                row.not_before, row.lease_until = earlier(row.not_before, back), earlier(row.lease_until, back)
        for queue in self._store.queues.values():
            queue.follow(back)
        self._store.census = now, self._store.census[1]
        return back.total_seconds()

    async def totals(self, fresh_seconds: float = 0.0) -> Totals:
        now = self._store.now()
        counted_at, _ = self._store.census
        if not now - timedelta(seconds=fresh_seconds) <= counted_at <= now or not fresh_seconds:
            self._store.census = now, self._count(now)
        return self._store.census[1]

    def _count(self, now: datetime) -> Totals:
        totals, filled = Totals({}, {}, 0.0), self._store.filled()
        for queue in filled:
            totals.backlogs[queue.reason] = totals.backlogs.get(queue.reason, 0) + 1
            totals.parked[queue.reason] = totals.parked.get(queue.reason, 0) + len(queue.rows)
        overdue = max(((now - queue.due_at).total_seconds() for queue in filled), default=0.0)
        return replace(totals, overdue_seconds=max(0.0, overdue))

    async def check(self) -> None:
        return

    def _park(self, parcel: Parcel) -> bool | None:
        now = self._store.now()
        key = (parcel.workspace_id, parcel.execution_id)
        there = self._store.row(key)
        if there is not None:
            return None if there.leaving else True
        queue = self._store.queues.get(parcel.connector_id)
        if (len(queue.rows) if queue else 0) >= parcel.ceiling:
            return False
        if queue is None:
            queue = MemoryBacklog(
                parcel.workspace_id, parcel.connector_id, parcel.budget, parcel.reason, parcel.towards
            )
            self._store.queues[parcel.connector_id] = queue
        self._store.parked_ever += 1
        self._store.connectors[key] = parcel.connector_id
        queue.rows[key] = Row(
            parcel,
            self._store.parked_ever,
            now,
            parcel.ready_in_seconds <= 0,
            now + seconds_of(parcel.ready_in_seconds),
            NEVER if parcel.expires_in_seconds is None else now + seconds_of(parcel.expires_in_seconds),
            FOREVER
            if parcel.trouble_limit_seconds is None
            else queue.troubled(now) + bounded(parcel.trouble_limit_seconds),
            generation=parcel.generation,
        )
        queue.budget, queue.reason = parcel.budget, parcel.reason
        if parcel.in_trouble:
            queue.learn(Finding(parcel.reason), now)
        queue.ask(_due_at(parcel, now))
        return True

    def _rows(self) -> Iterable[Row]:
        return (row for queue in self._store.queues.values() for row in queue.rows.values())

    def _lease(self, rows: list[Row], owner: str, lease_seconds: float, generation: str) -> list[TakenRow]:
        now = self._store.now()
        taken = [_taken(row, now) for row in rows]
        for row in rows:
            row.lease(owner, now + seconds_of(lease_seconds), generation)
        return taken

    def _next_look(self, queue: MemoryBacklog, now: datetime) -> datetime:
        ready = queue.ready()
        if any(row.lease_until <= now < row.expires_at for row in ready):
            return now
        moments = [row.lease_until for row in ready if row.lease_until > now]
        moments += [max(now, row.not_before) for row in queue.waiting()]
        return min(moments, default=now + LOOK_AGAIN)

    def _view(self, queue: MemoryBacklog) -> BacklogView:
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


def _due_at(parcel: Parcel, now: datetime) -> datetime:
    due_in = parcel.ready_in_seconds if parcel.ready_in_seconds > 0 else parcel.due_in_seconds
    in_trouble = parcel.in_trouble and parcel.trouble_limit_seconds is not None
    return now + seconds_of(min(due_in, parcel.trouble_limit_seconds or 0.0) if in_trouble else due_in)


def _sharers(queue: MemoryBacklog, filled: list[MemoryBacklog]) -> int:
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
        row.parcel.asked_for or row.parcel.connector_id,
        row.parcel.flow_id,
        None if row.expires_at == NEVER else row.expires_at,
    )
