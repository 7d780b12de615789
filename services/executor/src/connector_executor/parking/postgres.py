"""Parking in Postgres: one statement per call, set-based, by the server's clock."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_executor.parking.port import (
    CLOCK_STEP_SECONDS,
    COUNTED,
    Backlog,
    BacklogView,
    CalledOff,
    Finding,
    Key,
    Parcel,
    ParkedView,
    ParkReason,
    TakenRow,
    Totals,
    bounded,
)
from connectors_shared.runtime import postgres
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.postgres import Work, new_pool
from connectors_shared.runtime.postgres_faults import TooSlowStatementError, passing_faults
from connectors_shared.runtime.roles import Role

PROMOTED_AT_ONCE: Final = 500
CANCELLED_AT_ONCE: Final = 5000
SCANNED: Final = 10_000
"""How far a look for a row goes past rows at the head that are leased or have expired."""
LOOK_AGAIN_SECONDS: Final = 5.0
"""For a backlog in which no row will become ready: all have ended, or SCANNED of them are in the way."""
CHECK_SECONDS: Final = 5.0

SCHEMA: Final = "executor"
STATEMENT_SECONDS: Final = 10.0
"""A server that takes longer counts as out of reach; the statements themselves take milliseconds."""
ACQUIRE_SECONDS: Final = 10.0
SESSION: Final = {
    "plan_cache_mode": "force_custom_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
}
"""Every statement is meant to walk an index in order and to stop, but the tables fill faster than statistics follow:
with plans made while they were empty, taking 100 of 200,000 rows lasted seconds."""

log = get_logger(__name__)
queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "parking.sql", "asyncpg", mandatory_parameters=False)


def parking_pool(url: str, *, max_size: int = 8) -> asyncpg.Pool:
    """What parks and drains for all workspaces; not connected yet: await it before its first use."""
    return new_pool(
        url,
        schema=SCHEMA,
        role=Role.WORKER,
        max_size=max_size,
        settings=SESSION,
        statement_seconds=STATEMENT_SECONDS,
    )


def callers_pool(url: str, *, max_size: int = 2) -> asyncpg.Pool:
    """What callers see who name a workspace: its rows. It connects when one asks."""
    return new_pool(url, schema=SCHEMA, role=Role.APP, work=Work.WRITE, min_size=0, max_size=max_size, settings=SESSION)


class PostgresParking:
    """`ParkingStore` on a pool of `parking_pool`; what people ask for a workspace goes to one of `callers_pool`."""

    def __init__(self, pool: asyncpg.Pool, callers: asyncpg.Pool) -> None:
        self._pool = pool
        self._callers = callers

    async def park(self, parcels: Sequence[Parcel]) -> list[bool | None]:
        first = _first_of_each(parcels)
        if not first:
            return []
        ordered = list(first.values())
        rows = await self._all(
            queries.park,
            **_columns(ordered),
            connector_ids=[parcel.connector_id for parcel in ordered],
            lanes=[parcel.lane for parcel in ordered],
            messages=[parcel.message for parcel in ordered],
            expires_ins=[_bounded(parcel.expires_in_seconds) for parcel in ordered],
            trouble_limits=[_bounded(parcel.trouble_limit_seconds) for parcel in ordered],
            ceilings=[parcel.ceiling for parcel in ordered],
            generations=[parcel.generation for parcel in ordered],
            asked_fors=[parcel.asked_for or parcel.connector_id for parcel in ordered],
            flow_ids=[parcel.flow_id for parcel in ordered],
            towards=[parcel.towards for parcel in ordered],
        )
        kept = {key: row["kept"] for key, row in zip(first, rows, strict=True)}
        return [kept[_key(parcel)] for parcel in parcels]

    async def repark(self, owner: str, parcels: Sequence[Parcel]) -> None:
        if first := _first_of_each(parcels):
            await self._one(queries.repark, owner=owner, **_columns(list(first.values())))

    async def due(self, owner: str, most: int, lease_seconds: float) -> list[Backlog]:
        rows = await self._all(queries.due, owner=owner, most=most, lease_seconds=lease_seconds, counted=COUNTED)
        return [
            Backlog(
                row["workspace_id"],
                row["connector_id"],
                row["budget"],
                row["parked"],
                row["sharers"],
                None if row["trouble"] is None else ParkReason(row["trouble"]),
                row["towards"],
            )
            for row in rows
        ]

    async def put_off(
        self, owner: str, connector_id: UUID, seconds: float | None, found: Finding | None = None
    ) -> bool:
        left = await self._one(
            queries.put_off,
            owner=owner,
            connector_id=connector_id,
            seconds=_bounded(seconds),
            known=found is not None,
            trouble=found and found.trouble,
            scanned=SCANNED,
            otherwise_seconds=LOOK_AGAIN_SECONDS,
        )
        if left is None:
            left = await self._one(queries.parked_by_connector, connector_id=connector_id)
        if left == 0:
            await self._one(queries.forget_empty, connector_ids=[connector_id])
        return bool(left)

    async def take(
        self, owner: str, connector_id: UUID, most: int, lease_seconds: float, generation: str
    ) -> list[TakenRow]:
        rows = await self._all(
            queries.take,
            owner=owner,
            connector_id=connector_id,
            most=most,
            lease_seconds=lease_seconds,
            generation=generation,
            promoted=PROMOTED_AT_ONCE,
            scanned=SCANNED,
        )
        return [TakenRow(**row) for row in rows]

    async def take_ended(self, owner: str, most: int, lease_seconds: float, generation: str) -> list[TakenRow]:
        rows = await self._all(
            queries.take_ended, owner=owner, most=most, lease_seconds=lease_seconds, generation=generation
        )
        return [TakenRow(**row) for row in rows]

    async def take_past_limit(
        self, owner: str, connector_id: UUID, most: int, lease_seconds: float, generation: str
    ) -> list[TakenRow]:
        rows = await self._all(
            queries.take_past_limit,
            owner=owner,
            connector_id=connector_id,
            most=most,
            lease_seconds=lease_seconds,
            generation=generation,
        )
        return [TakenRow(**row) for row in rows]

    async def give_back(self, owner: str, rows: Mapping[Key, str | None]) -> None:
        if rows:
            generations = list(rows.values())
            await self._one(queries.give_back, owner=owner, generations=generations, **_key_columns(list(rows)))

    async def renew(self, owner: str, keys: Sequence[Key], lease_seconds: float) -> None:
        if keys:
            await self._one(queries.renew, owner=owner, lease_seconds=lease_seconds, **_key_columns(keys))

    async def remove(self, keys: Sequence[Key]) -> None:
        await self._remove(None, keys)

    async def begin_removal(self, owner: str, keys: Sequence[Key]) -> set[Key]:
        if not keys:
            return set()
        rows = await self._all(queries.begin_removal, owner=owner, **_key_columns(keys))
        return {(row["workspace_id"], row["execution_id"]) for row in rows}

    async def end_removal(self, owner: str, keys: Sequence[Key]) -> None:
        await self._remove(owner, keys)

    async def cancel(self, workspace_id: UUID, connector_id: UUID, execution_ids: Sequence[UUID] | None) -> int:
        """A few at a time, so that no lock is held for long."""
        if execution_ids is None:
            return await self._cancel_all(workspace_id, connector_id)
        starts = range(0, len(execution_ids), CANCELLED_AT_ONCE)
        parts = [execution_ids[start : start + CANCELLED_AT_ONCE] for start in starts]
        return sum([await self._cancel(workspace_id, connector_id, part) for part in parts])

    async def call_off(self, workspace_id: UUID, execution_ids: Sequence[UUID]) -> list[CalledOff]:
        if not execution_ids:
            return []
        async with self._shown(workspace_id, Work.WRITE) as connection:
            rows = queries.call_off(connection, workspace_id=workspace_id, execution_ids=execution_ids)
            return [CalledOff(**row) async for row in rows]

    async def wake(self, connector_ids: Sequence[UUID]) -> None:
        if connector_ids:
            await self._one(queries.wake, connector_ids=connector_ids)

    async def try_now(self, connector_id: UUID) -> int:
        return await self._one(queries.try_now, connector_id=connector_id) or 0

    async def hasten(self, owner: str, connector_id: UUID, towards: str, most: int) -> bool:
        which = {"connector_id": connector_id, "owner": owner, "towards": towards, "most": most}
        return bool(await self._one(queries.hasten, **which))

    async def wake_next(self, after: UUID | None, most: int) -> UUID | None:
        woken: UUID | None = await self._one(queries.wake_next, after=after, most=most)
        return woken

    async def backlog(self, connector_id: UUID, workspace_id: UUID | None = None) -> BacklogView | None:
        views = await self._views(workspace_id, connector_id=connector_id, after=None, most=1)
        return views[0] if views else None

    async def backlogs(self, workspace_id: UUID | None, after: UUID | None, most: int) -> list[BacklogView]:
        return await self._views(workspace_id, connector_id=None, after=after, most=most)

    async def parked(
        self, connector_id: UUID, after: UUID | None, most: int, workspace_id: UUID | None = None
    ) -> list[ParkedView]:
        which = {"connector_id": connector_id, "workspace_id": workspace_id, "after": after, "most": most}
        async with self._shown(workspace_id) as connection:
            rows = [row async for row in queries.parked(connection, **which)]
        return [_parked_view(row) for row in rows]

    async def parked_one(self, workspace_id: UUID, execution_id: UUID) -> ParkedView | None:
        async with self._shown(workspace_id) as connection:
            row = await queries.parked_one(connection, workspace_id=workspace_id, execution_id=execution_id)
        return row and _parked_view(row)

    async def follow_clock(self) -> float:
        if await self._one(queries.clock_went_back, least_seconds=CLOCK_STEP_SECONDS) is None:
            return 0.0
        try:
            return await self._one(queries.follow_clock, least_seconds=CLOCK_STEP_SECONDS) or 0.0
        except TooSlowStatementError:
            # Not again and again: what waits does so for as much longer as the clock went back.
            log.error("parking.clock_not_followed", why="too much is parked to be moved in one statement")
            await self._one(queries.accept_clock)
            return 0.0

    async def totals(self, fresh_seconds: float = 0.0) -> Totals:
        rows = json.loads(await self._one(queries.totals, fresh_seconds=fresh_seconds))
        totals = Totals({}, {}, max((row["overdue_seconds"] for row in rows), default=0.0))
        for row in rows:
            reason = ParkReason(row["reason"])
            totals.backlogs[reason] = totals.backlogs.get(reason, 0) + row["backlogs"]
            totals.parked[reason] = totals.parked.get(reason, 0) + row["parked"]
        return totals

    async def check(self) -> None:
        with passing_faults():
            async with asyncio.timeout(CHECK_SECONDS):
                await queries.answer(self._pool)

    async def _remove(self, owner: str | None, keys: Sequence[Key]) -> None:
        if not keys:
            return
        emptied = await self._all(queries.remove, owner=owner, **_key_columns(keys))
        if emptied:
            await self._one(queries.forget_empty, connector_ids=[row["connector_id"] for row in emptied])

    async def _cancel_all(self, workspace_id: UUID, connector_id: UUID) -> int:
        cancelled = 0
        where = {"workspace_id": workspace_id, "connector_id": connector_id}
        while found := await self._cancellable(where):
            cancelled += await self._cancel(workspace_id, connector_id, found)
        return cancelled

    async def _cancellable(self, where: Mapping[str, UUID]) -> list[UUID]:
        async with self._shown(where["workspace_id"]) as connection:
            rows = queries.cancellable(connection, **where, most=CANCELLED_AT_ONCE)
            return [row["execution_id"] async for row in rows]

    async def _cancel(self, workspace_id: UUID, connector_id: UUID, execution_ids: Sequence[UUID]) -> int:
        which = {"workspace_id": workspace_id, "connector_id": connector_id, "execution_ids": execution_ids}
        async with self._shown(workspace_id, Work.WRITE) as connection:
            return int(await queries.cancel(connection, **which))

    async def _views(self, workspace_id: UUID | None, **which: Any) -> list[BacklogView]:
        async with self._shown(workspace_id) as connection:
            found = queries.backlogs(connection, **which, workspace_id=workspace_id, counted=COUNTED)
            rows = [row async for row in found]
        return [BacklogView(**dict(row) | {"reason": ParkReason(row["reason"])}) for row in rows]

    def _shown(
        self, workspace_id: UUID | None, work: Work = Work.READ
    ) -> AbstractAsyncContextManager[postgres.Connection]:
        """For somebody who waits for it: an operator, who sees all, or a caller for that workspace."""
        if workspace_id is None:
            return postgres.session(self._pool, {}, work)
        return postgres.session(self._callers, postgres.of_workspace(workspace_id), work)

    async def _all(self, query: Any, **arguments: Any) -> list[asyncpg.Record]:
        with passing_faults():
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                return [row async for row in query(connection, **arguments)]

    async def _one(self, query: Any, **arguments: Any) -> Any:
        with passing_faults():
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                return await query(connection, **arguments)


def _parked_view(row: asyncpg.Record) -> ParkedView:
    return ParkedView(**dict(row) | {"reason": ParkReason(row["reason"])})


def _key(parcel: Parcel) -> Key:
    return parcel.workspace_id, parcel.execution_id


def _first_of_each(parcels: Sequence[Parcel]) -> dict[Key, Parcel]:
    first: dict[Key, Parcel] = {}
    for parcel in parcels:
        first.setdefault(_key(parcel), parcel)
    return first


def _columns(parcels: Sequence[Parcel]) -> dict[str, list[Any]]:
    """What both parking and going back say."""
    return {
        "workspace_ids": [parcel.workspace_id for parcel in parcels],
        "execution_ids": [parcel.execution_id for parcel in parcels],
        "budgets": [parcel.budget for parcel in parcels],
        "envelopes": [parcel.envelope for parcel in parcels],
        "reasons": [parcel.reason.value for parcel in parcels],
        "attempts": [parcel.attempt for parcel in parcels],
        "ready_ins": [bounded(parcel.ready_in_seconds) for parcel in parcels],
        "due_ins": [bounded(parcel.due_in_seconds) for parcel in parcels],
        "in_troubles": [parcel.in_trouble for parcel in parcels],
    }


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else bounded(seconds)


def _key_columns(keys: Sequence[Key]) -> dict[str, list[UUID]]:
    return {"workspace_ids": [key[0] for key in keys], "execution_ids": [key[1] for key in keys]}
