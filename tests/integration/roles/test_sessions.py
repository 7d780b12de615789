"""Sessions for those who wait: whose rows they see, how long they may take, and that they are not waited for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import (
    REACH_SECONDS,
    Work,
    brief_session,
    new_pool,
    of_workspace,
    session,
    transaction,
)
from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError
from connectors_shared.runtime.roles import Role, role_name
from tests.failure.proxy import Proxy

SCHEMA = "mapper"


@pytest.fixture
async def pool(database: str, tmp_path: Path) -> AsyncIterator[asyncpg.Pool]:
    """Of one connection."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_first.sql").write_text(
        "-- migrate:up\nCREATE TABLE mapper.first (id int);\n"
        "GRANT USAGE ON SCHEMA mapper TO connectors_mapper_app;\n"
        "GRANT SELECT, INSERT ON mapper.first TO connectors_mapper_app;\n-- migrate:down\n"
    )
    await bring_up_to_date(database, folder, SCHEMA)
    async with new_pool(database, schema=SCHEMA, role=Role.APP, work=Work.WRITE, max_size=1) as pool:
        yield pool


async def test_a_session_is_of_its_role_and_workspace_and_leaves_nothing_behind(pool: asyncpg.Pool) -> None:
    workspace = uuid4()
    query = "SELECT current_user, current_setting('app.workspace_id', true), current_setting('statement_timeout')"
    async with session(pool, of_workspace(workspace), Work.READ) as connection:
        assert await connection.fetch(query) == [(role_name(SCHEMA, Role.APP), str(workspace), "5s")]
    assert await pool.fetch(query) == [(role_name(SCHEMA, Role.APP), "", "10s")]


async def test_a_transaction_is_whole_or_nothing(pool: asyncpg.Pool) -> None:
    async with transaction(pool, {}, Work.WRITE) as connection:
        await connection.execute("INSERT INTO first VALUES (1)")

    async def refused() -> None:
        async with transaction(pool, {}, Work.WRITE) as connection:
            await connection.execute("INSERT INTO first VALUES (2)")
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await refused()
    assert [row["id"] for row in await pool.fetch("SELECT id FROM first")] == [1]


async def test_who_gets_no_connection_is_told_so(pool: asyncpg.Pool) -> None:
    async with pool.acquire():
        with pytest.raises(DatabaseUnavailableError, match=f"no connection to Postgres within {REACH_SECONDS:g} s"):
            await asked(pool)
    await asked(pool)


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(pool: asyncpg.Pool) -> None:
    async def slow() -> None:
        async with transaction(pool, {}, Work.READ) as connection:
            await connection.execute("SET statement_timeout = 1")
            await connection.execute("SELECT pg_sleep(60)")

    with pytest.raises(DatabaseUnavailableError, match="QueryCanceledError"):
        await slow()
    assert await pool.fetchval("SELECT 1") == 1


async def test_a_server_that_falls_silent_is_left_at_once_and_found_again(database: str, pool: asyncpg.Pool) -> None:
    server = urlsplit(database).netloc.rpartition("@")[2]
    async with Proxy(server).open() as network:
        url = database.replace(server, network.address)
        async with new_pool(url, schema=SCHEMA, role=Role.APP, min_size=1, max_size=2) as distant:
            network.stall()
            for _ in range(2):
                with pytest.raises(DatabaseUnavailableError, match=f"within {REACH_SECONDS:g} s"):
                    await asked(distant)
            await network.pass_on()
            async with asyncio.timeout(60):
                while not await answers(distant):
                    pass


async def test_a_quick_statement_ends_in_time_and_leaves_the_pool_whole(pool: asyncpg.Pool) -> None:
    async def slow() -> None:
        async with brief_session(pool) as connection:
            await connection.execute("SELECT pg_sleep(60)")

    with pytest.raises(DatabaseUnavailableError, match=f"within {REACH_SECONDS:g} s"):
        await slow()
    async with brief_session(pool) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def asked(pool: asyncpg.Pool) -> None:
    async with session(pool, {}, Work.READ) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def answers(pool: asyncpg.Pool) -> bool:
    try:
        await asked(pool)
    except DatabaseUnavailableError:
        return False
    return True
