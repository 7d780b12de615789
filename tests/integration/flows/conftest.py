"""One database of the engine for all tests of a file, emptied before each of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
import pytest

from connectors_local.database_users import administrator
from connectors_local.flows import SCHEMA, migrations_dir
from connectors_local.testservers import fresh_database
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role


@dataclass(frozen=True, slots=True)
class Shared:
    """`seen`: as somebody who sees all rows."""

    app: asyncpg.Pool
    worker: asyncpg.Pool
    seen: asyncpg.Connection


@pytest.fixture(scope="module")
async def shared(postgres_url: str) -> AsyncIterator[Shared]:
    """Migrating takes longer than each test."""
    async with fresh_database(postgres_url) as url:
        await bring_up_to_date(url, migrations_dir(), SCHEMA)
        admin_url = urlsplit(postgres_url)._replace(path=urlsplit(url).path).geturl()
        async with (
            await open_pool(url, schema=SCHEMA, role=Role.APP, max_size=2) as app,
            await open_pool(url, schema=SCHEMA, role=Role.WORKER, max_size=4) as worker,
            administrator(admin_url) as connection,
        ):
            yield Shared(app, worker, connection)


@pytest.fixture
async def emptied(shared: Shared) -> Shared:
    await shared.seen.execute("TRUNCATE flows.flows, flows.runs, flows.outbox CASCADE")
    return shared
