"""What a call touches does not grow with what is parked, whatever the planner believes about the tables."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from connector_executor.parking.postgres import SCANNED, PostgresParking, callers_pool, parking_pool, queries
from tests.unit.executor.parking_builders import LEASE_SECONDS, WORKSPACE, a_parcel, keys

from .conftest import PostgresDeployment

ROWS = 200_000
BACKLOGS = 20_000
LARGE = UUID(int=1)
SMALL = UUID(int=2)
MOST = 100
SOME_FOR_EACH_TAKEN = 10
"""A row is touched once by each index and each step of a statement that comes upon it."""

LOAD_ROWS = """
INSERT INTO parked_executions (
    workspace_id, execution_id, connector_id, asked_for, lane, seq, ready, not_before, expires_at, attempt, reason,
    message, envelope, cancelled, trouble_limit
)
SELECT
    $1, gen_random_uuid(), $2, $2, n % 3, nextval('parking_order'), n % 10 <> 0,
    now() + make_interval(secs => n % 7 * 600),
    now() + make_interval(secs => CASE WHEN n % $4::int = 0 THEN -60 ELSE 600 END), 1, 'rate_limited', 'message',
    'envelope', n % 11 = 0, n % 13 * 100
FROM generate_series(1, $3::int) AS n
"""
LOAD_BACKLOGS = """
INSERT INTO backlogs (connector_id, workspace_id, budget, parked, reason, due_at, trouble, trouble_since)
SELECT
    CASE n WHEN 1 THEN $2::uuid ELSE gen_random_uuid() END, $1, 'b:' || n, CASE n WHEN 1 THEN $3::int ELSE 1 END,
    'rate_limited', now() + make_interval(secs => n % 100 - 50), 'breaker_open', now() - make_interval(secs => 600)
FROM generate_series(1, $4::int) AS n
"""
TOUCHED = """
SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint
FROM pg_stat_user_tables WHERE schemaname = 'executor'
"""

Call = Callable[[PostgresParking], Awaitable[Any]]
CALLS: dict[str, tuple[Call, int]] = {
    "due": (lambda store: store.due("a", MOST, LEASE_SECONDS), MOST),
    "take": (lambda store: store.take("a", LARGE, MOST, LEASE_SECONDS, "g"), MOST + 500),
    "take of another": (lambda store: store.take("a", SMALL, MOST, LEASE_SECONDS, "g"), 3),
    "take ended": (lambda store: store.take_ended("a", MOST, LEASE_SECONDS, "g"), MOST),
    "take past limit": (lambda store: store.take_past_limit("a", LARGE, MOST, LEASE_SECONDS, "g"), MOST),
    "put off": (lambda store: store.put_off("a", LARGE, None), 2),
    "park": (lambda store: store.park([a_parcel(n, connector_id=SMALL) for n in range(9, 12)]), 3),
    "remove": (lambda store: store.remove(keys(9, 10, 11)), 3),
    "cancel": (lambda store: store.cancel(WORKSPACE, SMALL, None), 3),
    "wake": (lambda store: store.wake([LARGE, SMALL]), 2),
    "backlog": (lambda store: store.backlog(SMALL), 3),
    "parked": (lambda store: store.parked(LARGE, None, MOST), MOST),
    "backlogs": (lambda store: store.backlogs(None, LARGE, 1), 3),
    "backlog, of a workspace": (lambda store: store.backlog(SMALL, WORKSPACE), 3),
    "parked, of a workspace": (lambda store: store.parked(LARGE, None, MOST, WORKSPACE), MOST),
    "backlogs, of a workspace": (lambda store: store.backlogs(WORKSPACE, LARGE, 1), 3),
}

DRAINING = {
    "due": "backlogs_due",
    "take": "parked_executions_ready",
    "take_ended": "parked_executions_expiring",
    "take_past_limit": "parked_executions_past_limit",
}
ARGUMENTS = {
    "owner": "a",
    "connector_id": LARGE,
    "most": MOST,
    "lease_seconds": LEASE_SECONDS,
    "generation": "g",
    "promoted": 500,
    "scanned": SCANNED,
    "counted": 100,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One connection of each role, because a server counts for each by itself; and an administrator's."""

    worker: asyncpg.Pool
    app: asyncpg.Pool
    admin: asyncpg.Pool

    @property
    def store(self) -> PostgresParking:
        return PostgresParking(self.worker, self.app)

    async def load(self, all_expired: bool = False) -> None:
        await self.admin.execute(LOAD_ROWS, WORKSPACE, LARGE, ROWS, 1 if all_expired else 5)
        await self.admin.execute(LOAD_BACKLOGS, WORKSPACE, LARGE, ROWS, BACKLOGS)
        await self.store.park([a_parcel(number, connector_id=SMALL) for number in range(1, 4)])

    async def touched_by(self, call: Call) -> int:
        before = await self._touched()
        await call(self.store)
        return await self._touched() - before

    async def _touched(self) -> int:
        for pool in (self.app, self.worker):
            await pool.fetchval("SELECT pg_stat_force_next_flush()")
        count = await self.worker.fetchval(TOUCHED)
        assert isinstance(count, int)
        return count


@pytest.fixture
async def measured(deployment: PostgresDeployment, database: str) -> AsyncIterator[Measured]:
    """The planner knows nothing better than empty tables."""
    for table in ("parked_executions", "backlogs"):
        await deployment.pool.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        await deployment.pool.execute(f"VACUUM (ANALYZE) {table}")
    async with parking_pool(database, max_size=1) as worker, callers_pool(database, max_size=1) as app:
        yield Measured(worker, app, deployment.pool)


async def test_no_call_touches_more_than_it_answers(measured: Measured) -> None:
    for call, _ in list(CALLS.values()) * 8:
        await call(measured.store)
    await measured.load()
    costs = {name: await measured.touched_by(call) for name, (call, _) in CALLS.items()}
    allowed = {name: 40 + most * SOME_FOR_EACH_TAKEN for name, (_, most) in CALLS.items()}
    assert {name: cost for name, cost in costs.items() if cost > allowed[name]} == {}
    assert costs["take"] >= MOST
    assert costs["parked, of a workspace"] >= MOST


async def test_ended_rows_at_the_head_are_passed_only_so_far(measured: Measured) -> None:
    await measured.load(all_expired=True)
    cost = await measured.touched_by(lambda store: store.take("a", LARGE, MOST, LEASE_SECONDS, "g"))
    assert cost < ROWS / 10
    cost = await measured.touched_by(lambda store: store.put_off("a", LARGE, None))
    assert cost < ROWS / 10 * 2


async def test_draining_never_reads_a_whole_table(measured: Measured) -> None:
    await measured.load()
    for statistics in ("of empty tables", "as they are"):
        if statistics == "as they are":
            await measured.admin.execute("ANALYZE")
        for name, index in DRAINING.items():
            arguments = [ARGUMENTS[parameter] for parameter in queries.driver_adapter.var_sorted[name]]
            rows = await measured.worker.fetch("EXPLAIN " + getattr(queries, name).sql, *arguments)
            plan = "\n".join(row[0] for row in rows)
            assert f"using {index} on" in plan, plan
            assert "Seq Scan on" not in plan, plan
            assert "Bitmap" not in plan, plan
