"""Grants in Postgres keep what every store of them must."""

from collections.abc import AsyncIterator

import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.grants.postgres import PostgresGrantStore
from connector_registry.outbox.postgres import PostgresOutgoing
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.grants.stores_suite import *  # noqa: F403  # the shared tests, collected here


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresGrantStore]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    async with await open_pool(database, schema=SCHEMA, role=Role.APP, max_size=2) as pool:
        yield PostgresGrantStore(pool, PostgresOutgoing())
