"""No deadlock, because every call waits for the lowest key first and holds no higher one meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from connector_executor.parking.port import ParkingStore
from tests.unit.executor.parking_builders import LEASE_SECONDS, WORKSPACE, a_parcel, keys

from .conftest import PostgresDeployment

LOWER, HIGHER = UUID(int=100), UUID(int=101)
LEASED = {1: LOWER, 2: HIGHER}
FREE = {3: LOWER, 4: LOWER}

Call = Callable[[ParkingStore], Awaitable[Any]]


def parcels_of(rows: dict[int, UUID]) -> list[Any]:
    return [a_parcel(number, connector_id=connector_id) for number, connector_id in rows.items()]


BACKLOG_CALLS: dict[str, Call] = {
    "park": lambda store: store.park(parcels_of({6: HIGHER, 5: LOWER})),
    "repark": lambda store: store.repark("a", parcels_of({2: HIGHER, 1: LOWER})),
    "remove": lambda store: store.remove(keys(2, 1)),
    "wake": lambda store: store.wake([HIGHER, LOWER]),
}
ROW_CALLS: dict[str, tuple[Call, int, int]] = {
    "repark": (lambda store: store.repark("a", parcels_of({2: HIGHER, 1: LOWER})), 1, 2),
    "remove": (lambda store: store.remove(keys(2, 1)), 1, 2),
    "give_back": (lambda store: store.give_back("a", dict.fromkeys(keys(2, 1))), 1, 2),
    "renew": (lambda store: store.renew("a", keys(2, 1), LEASE_SECONDS), 1, 2),
    "begin_removal": (lambda store: store.begin_removal("a", keys(2, 1)), 1, 2),
    "cancel": (lambda store: store.cancel(WORKSPACE, LOWER, [UUID(int=4), UUID(int=3)]), 3, 4),
}


@pytest.fixture
async def filled(deployment: PostgresDeployment) -> PostgresDeployment:
    store = deployment.replica()
    await store.park(parcels_of(LEASED | FREE))
    for connector_id in LEASED.values():
        await store.take("a", connector_id, 1, LEASE_SECONDS, "g")
    return deployment


async def while_blocked(deployment: PostgresDeployment, call: Call, lock: str, lower: UUID, higher: UUID) -> None:
    """Hold `lower`; once the call waits for it, take `higher` without waiting."""
    async with deployment.pool.acquire() as holder, deployment.pool.acquire() as other:
        async with holder.transaction():
            await holder.execute(lock, lower)
            calling = asyncio.ensure_future(call(deployment.replica()))
            while not await other.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))", holder.get_server_pid()
            ):
                assert not calling.done(), "it waits for nobody"
            await other.execute(lock, higher)
        await calling


@pytest.mark.parametrize("name", BACKLOG_CALLS)
async def test_backlogs_are_locked_in_order(filled: PostgresDeployment, name: str) -> None:
    lock = "SELECT FROM backlogs WHERE connector_id = $1 FOR UPDATE NOWAIT"
    await while_blocked(filled, BACKLOG_CALLS[name], lock, LOWER, HIGHER)


@pytest.mark.parametrize("name", ROW_CALLS)
async def test_rows_are_locked_in_order(filled: PostgresDeployment, name: str) -> None:
    call, lower, higher = ROW_CALLS[name]
    lock = "SELECT FROM parked_executions WHERE execution_id = $1 FOR UPDATE NOWAIT"
    await while_blocked(filled, call, lock, UUID(int=lower), UUID(int=higher))


async def test_taking_and_looking_wait_for_nobody(filled: PostgresDeployment) -> None:
    store = filled.replica()
    async with filled.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM parked_executions WHERE execution_id = $1 FOR UPDATE", UUID(int=3))
        await holder.execute("SELECT FROM backlogs WHERE connector_id = $1 FOR UPDATE", LOWER)
        async with asyncio.timeout(20):
            assert [row.execution_id.int for row in await store.take("b", LOWER, 9, LEASE_SECONDS, "g")] == [4]
            assert [backlog.connector_id for backlog in await store.due("b", 9, LEASE_SECONDS)] == [HIGHER]
            assert len(await store.parked(LOWER, None, 9)) == 3
