"""What one execution, and one look, costs the stores that all executors share: what a hundred executors multiply.

Straight at Valkey and Postgres, without an executor, in the batches that executors make. Valkey's cost is its own
processor time; Postgres' is the time of a statement alone on the server, from the client.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from redis.asyncio import Redis

from bench.effort import Effort
from bench.figures import Figure
from bench.scale_parked import queries
from bench.servers import Servers
from connector_executor import migrations_dir
from connector_executor.admission.port import Ask, BudgetSpec, Completion, Ended, Position, Verdict
from connector_executor.admission.redis import RedisAdmission
from connector_executor.inbound.backlog.first_look import AT_ONCE
from connector_executor.parking.port import Parcel, ParkReason
from connector_executor.parking.postgres import SCHEMA, PostgresParking, callers_pool, parking_pool
from connectors_local.testservers import fresh_database, unique_prefix
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.roles import Role, acting_as

PART = "stores"
WORKSPACE = UUID(int=1)
BATCH = 32
ROUNDS = 15
BACKLOGS = 100_000


async def measure(servers: Servers, effort: Effort, _figures: Sequence[Figure]) -> list[Figure]:
    return [*await _valkey(servers, effort.messages), *await _postgres(servers, effort.parked)]


async def _valkey(servers: Servers, executions: int) -> list[Figure]:
    """Admitted, completed and settled, each in a call of its own for a batch."""
    redis = Redis.from_url(servers.valkey)
    try:
        admission = RedisAdmission(redis, "bench", prefix=unique_prefix())
        await admission.join()
        await admission.look()
        await admission.refilled(None, lost=False)
        before, held = await _used(redis)
        for first in range(0, executions, BATCH):
            await _through(admission, [_ask(number) for number in range(first, first + BATCH)])
        after, holds = await _used(redis)
    finally:
        await redis.aclose()
    cpu = (after - before) / executions * 1e6
    return [
        Figure(PART, "Valkey's CPU per execution", cpu, "µs", note=f"batches of {BATCH}"),
        Figure(PART, "Valkey's memory per execution that has ended", (holds - held) / executions, "bytes"),
    ]


def _ask(number: int) -> Ask:
    connector = str(number % 50)
    return Ask(str(WORKSPACE), str(uuid4()), BudgetSpec(f"c:{connector}"), connector_id=connector, breaker=connector)


async def _through(admission: RedisAdmission, asks: Sequence[Ask]) -> None:
    verdicts = {answer.verdict for answer in await admission.admit(asks)}
    assert verdicts == {Verdict.GO}, verdicts
    await admission.complete([Completion(ask, b"x" * 600) for ask in asks])
    await admission.settle([Ended(ask.workspace_id, ask.execution_id, Position(0, 1)) for ask in asks])


async def _used(redis: Redis) -> tuple[float, int]:
    """Processor seconds and bytes, so far."""
    found: dict[str, Any] = await redis.info()
    return found["used_cpu_user"] + found["used_cpu_sys"], found["used_memory"]


async def _postgres(servers: Servers, parked: int) -> list[Figure]:
    async with fresh_database(servers.postgres) as url:
        await bring_up_to_date(url, migrations_dir(), SCHEMA)
        row_bytes = await _fill(url, parked)
        async with parking_pool(acting_as(url, SCHEMA, Role.WORKER), max_size=1) as pool, callers_pool(url) as callers:
            store = PostgresParking(pool, callers)
            return [
                Figure(PART, "Postgres' room per parked execution", row_bytes, "bytes", note=f"{parked:,} of them"),
                await _timed("park 100", lambda: store.park([_parcel() for _ in range(100)])),
                await _timed("take 100 of one backlog", lambda: store.take("bench", _connector(), 100, 30.0, "g")),
                await _timed("which backlogs are due", lambda: store.due("bench", 64, 0.0)),
                await _timed(f"wake the next {AT_ONCE} at a start", lambda: store.wake_next(None, AT_ONCE)),
                await _timed(f"count {BACKLOGS:,} backlogs", store.totals),
                await _timed("be told what another replica has counted", lambda: store.totals(3600.0)),
            ]


async def _fill(url: str, parked: int) -> float:
    """As many in each of BACKLOGS backlogs, none due for an hour; the bytes of one with all indexes."""
    connection = await asyncpg.connect(acting_as(url, SCHEMA, Role.OWNER))
    each = max(1, parked // BACKLOGS)
    try:
        await queries.park_backlogs(connection, workspace_id=WORKSPACE, backlogs=BACKLOGS, each=each)
        await queries.park_executions(connection, workspace_id=WORKSPACE, count=parked, each=each)
        await connection.execute("VACUUM ANALYZE")
        size: int = await connection.fetchval("SELECT pg_total_relation_size('executor.parked_executions')")
        return size / parked
    finally:
        await connection.close()


def _parcel() -> Parcel:
    return Parcel(WORKSPACE, uuid4(), _connector(), "c:1", 1, b"m" * 400, b"e" * 100, ParkReason.RATE_LIMITED)


def _connector() -> UUID:
    """Whose backlog the bench fills and takes from."""
    return UUID(int=7)


async def _timed(what: str, ask: Callable[[], Awaitable[Any]]) -> Figure:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await ask()
        took.append(time.perf_counter() - began)
    return Figure(PART, f"Postgres: {what}", median(took) * 1e3, "ms", note=f"slowest {max(took) * 1e3:.1f} ms")
