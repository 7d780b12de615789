"""What a parked execution costs: `python -m bench.parking [rows] [connectors]`.

Parks rows in batches, then drains them until nothing is left, as one replica does: due, take, remove, put off. Prints
rows per second, µs per row, and how many updates of rows needed no index (HOT). `DATABASE_URL` names a server; without
it an embedded one is started.
"""

import sys
import time
from uuid import UUID, uuid4

import asyncpg
import uvloop

from bench.servers import a_postgres
from connector_executor import migrations_dir
from connector_executor.parking.port import Parcel, ParkReason
from connector_executor.parking.postgres import SCHEMA, PostgresParking, callers_pool, parking_pool
from connectors_local.testservers import fresh_database
from connectors_shared.runtime.migrations import bring_up_to_date

BATCH = 256
BACKLOGS_AT_ONCE = 64
LEASE_SECONDS = 30.0
MESSAGE = b'{"inputs": "%s"}' % (b"x" * 900)
ENVELOPE = b"e" * 100
HOT_UPDATES = """
SELECT relname, n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables
WHERE schemaname = 'executor' ORDER BY relname
"""


def a_parcel(connector_id: UUID) -> Parcel:
    return Parcel(
        workspace_id=UUID(int=1),
        execution_id=uuid4(),
        connector_id=connector_id,
        budget=f"c:{connector_id}",
        lane=1,
        message=MESSAGE,
        envelope=ENVELOPE,
        reason=ParkReason.RATE_LIMITED,
        expires_in_seconds=86_400.0,
    )


async def park(store: PostgresParking, parcels: list[Parcel]) -> None:
    for start in range(0, len(parcels), BATCH):
        await store.park(parcels[start : start + BATCH])


async def drain(store: PostgresParking) -> dict[str, float]:
    """Seconds by call."""
    spent = dict.fromkeys(("due", "take", "remove", "put off"), 0.0)
    while True:
        started = time.perf_counter()
        backlogs = await store.due("bench", BACKLOGS_AT_ONCE, LEASE_SECONDS)
        spent["due"] += time.perf_counter() - started
        if not backlogs:
            return spent
        for backlog in backlogs:
            before = time.perf_counter()
            rows = await store.take("bench", backlog.connector_id, BATCH, LEASE_SECONDS, "g")
            taken = time.perf_counter()
            await store.remove([(row.workspace_id, row.execution_id) for row in rows])
            removed = time.perf_counter()
            await store.put_off("bench", backlog.connector_id, 0.0)
            spent["take"] += taken - before
            spent["remove"] += removed - taken
            spent["put off"] += time.perf_counter() - removed


def report(name: str, seconds: float, rows: int) -> None:
    print(f"{name:<10}{rows / seconds:>10,.0f} rows/s{seconds / rows * 1e6:>8,.0f} µs/row")


async def report_updates(pool: asyncpg.Pool) -> None:
    await pool.fetchval("SELECT pg_stat_force_next_flush()")
    for row in await pool.fetch(HOT_UPDATES):
        print(f"{row['relname']:<20}{row['updates']:>8,} updates, {row['hot'] / max(1, row['updates']):.0%} HOT")


async def main(rows: int, connectors: int) -> None:
    async with a_postgres() as server, fresh_database(server) as url:
        await bring_up_to_date(url, migrations_dir(), SCHEMA)
        pool, callers = await parking_pool(url, max_size=1), await callers_pool(url)
        store = PostgresParking(pool, callers)
        parcels = [a_parcel(UUID(int=number % connectors)) for number in range(rows)]
        started = time.perf_counter()
        await park(store, parcels)
        report("park", time.perf_counter() - started, rows)
        spent = await drain(store)
        for name, seconds in spent.items():
            report(name, seconds, rows)
        report("drain", sum(spent.values()), rows)
        assert await store.backlogs(None, None, 1) == []
        await report_updates(pool)
        await pool.close()
        await callers.close()


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    uvloop.run(main(*(given + [20_000, 20][len(given) :])))
