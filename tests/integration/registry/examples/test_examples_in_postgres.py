"""Examples in Postgres keep what every store of them must, and go with their connector."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.connectors.port import ConnectorMissing
from connector_registry.examples.postgres import PostgresExampleStore
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.examples.stores_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.registry.examples.stores_suite import Whose, an_example

INSERTED = """
    WITH head AS (
        INSERT INTO registry.connectors (id, workspace_id, name, category, enabled, revision, published_version,
                                         created_at, created_by, updated_at, updated_by)
        VALUES ($1, $2, 'Users', 'custom', true, 1, 1, $3, 'ann', $3, 'ann')
    )
    INSERT INTO registry.connector_versions (connector_id, version, workspace_id, definition, created_by, created_at)
    VALUES ($1, 1, $2, '{}', 'ann', $3)
"""


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    async with await open_pool(database, schema=SCHEMA, role=Role.APP, max_size=2) as pool:
        yield pool


@pytest.fixture
def store(pool: asyncpg.Pool) -> PostgresExampleStore:
    return PostgresExampleStore(pool)


@pytest.fixture
async def connector(pool: asyncpg.Pool) -> Whose:
    workspace_id, connector_id = uuid4(), uuid4()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.workspace_id', $1, true)", str(workspace_id))
        await connection.execute(INSERTED, connector_id, workspace_id, datetime(2026, 1, 1, tzinfo=UTC))
    return workspace_id, connector_id


async def test_nothing_is_kept_of_a_connector_that_is_not_there(store: PostgresExampleStore, connector: Whose) -> None:
    with pytest.raises(ConnectorMissing):
        await store.add(an_example((connector[0], uuid4())), 10)
    with pytest.raises(ConnectorMissing):
        await store.add(an_example((uuid4(), connector[1])), 10)
