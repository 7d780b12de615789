"""Drafts in Postgres keep what every store of them must, go with their connector, and are forgotten in time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.drafts.port import KEPT
from connector_registry.drafts.postgres import PostgresDraftStore, queries
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.drafts.stores_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.registry.drafts.stores_suite import MANY, MOMENT, Whose, a_draft

AT_ONCE = 2
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
async def store(pool: asyncpg.Pool, database: str) -> AsyncIterator[PostgresDraftStore]:
    async with await open_pool(database, schema=SCHEMA, role=Role.WORKER, max_size=1) as worker:
        yield PostgresDraftStore(pool, worker)


@pytest.fixture
async def connector(pool: asyncpg.Pool) -> Whose:
    workspace_id, connector_id = uuid4(), uuid4()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.workspace_id', $1, true)", str(workspace_id))
        await connection.execute(INSERTED, connector_id, workspace_id, datetime(2026, 1, 1, tzinfo=UTC))
    return workspace_id, connector_id


async def test_those_whose_time_is_over_are_forgotten_in_portions(
    store: PostgresDraftStore, connector: Whose, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[int] = []
    sweep = queries.sweep_drafts

    async def counted(connection: asyncpg.Connection, **asked: Any) -> str:
        told: str = await sweep(connection, **asked)
        swept.append(int(told.split()[-1]))
        return told

    monkeypatch.setattr(queries, "sweep_drafts", counted)
    monkeypatch.setattr("connector_registry.drafts.postgres.SWEPT_AT_ONCE", AT_ONCE)
    workspace = connector[0]
    new = a_draft(workspace, updated_at=MOMENT + timedelta(seconds=2))
    for draft in (*(a_draft(workspace) for _ in range(AT_ONCE + 1)), new):
        await store.add(draft, MANY)
    await store.sweep(MOMENT + KEPT + timedelta(seconds=1))
    assert await store.all(workspace, "ann", None) == [new.head()]
    assert swept == [AT_ONCE, 1]


async def test_a_list_reads_no_documents(store: PostgresDraftStore, connector: Whose, pool: asyncpg.Pool) -> None:
    await store.add(a_draft(connector[0]), MANY)
    async with pool.acquire() as connection:
        columns = (await connection.prepare(queries.all_drafts.sql)).get_attributes()
    assert "document" not in [each.name for each in columns]
