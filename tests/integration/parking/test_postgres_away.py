"""Parking while its Postgres is not there, and when it is there again."""

import asyncio
from pathlib import Path

import pytest

from connector_executor import migrations_dir
from connector_executor.parking.postgres import SCHEMA, PostgresParking, callers_pool, parking_pool
from connectors_local.processes import Supervisor
from connectors_local.servers import PostgresServer
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError
from tests.unit.executor.parking_builders import CONNECTOR, LEASE_SECONDS, WORKSPACE, a_parcel, keys

from .conftest import PostgresDeployment


async def test_a_connection_that_breaks_is_a_connection_error_once(deployment: PostgresDeployment) -> None:
    store = deployment.replica()
    await store.park([a_parcel(1)])
    async with deployment.pool.acquire() as waiting, deployment.pool.acquire() as other, waiting.transaction():
        await waiting.execute("SELECT FROM parked_executions FOR UPDATE")
        removing = asyncio.ensure_future(store.remove(keys(1)))
        blocked = "SELECT pid FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))"
        while (pid := await other.fetchval(blocked, waiting.get_server_pid())) is None:
            assert not removing.done()
        await other.execute("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(DatabaseUnavailableError):
            await removing
    await store.remove(keys(1))
    assert await store.backlog(CONNECTOR) is None


async def test_a_server_that_is_away_is_a_connection_error(supervisor: Supervisor, tmp_path: Path) -> None:
    server = PostgresServer(supervisor, tmp_path / "postgres", durable=False)
    await server.start()
    await bring_up_to_date(server.url, migrations_dir(), SCHEMA)
    pool, callers = await parking_pool(server.url, max_size=2), await callers_pool(server.url)
    store = PostgresParking(pool, callers)
    await store.park([a_parcel(1)])
    await store.check()
    await server.stop()
    for call in (
        store.check(),
        store.park([a_parcel(2)]),
        store.due("a", 1, LEASE_SECONDS),
        store.take("a", CONNECTOR, 1, LEASE_SECONDS, "g"),
        store.remove(keys(1)),
        store.totals(),
        store.backlogs(None, None, 1),
        store.cancel(WORKSPACE, CONNECTOR, None),
    ):
        with pytest.raises(DatabaseUnavailableError):
            await call
    await server.start()
    await store.check()
    assert [backlog.parked for backlog in await store.due("a", 1, LEASE_SECONDS)] == [1]
    await pool.close()
    await callers.close()
