"""API keys in Postgres keep what every store of them must, and one that is revoked is refused by every replica."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.access.port import NOTED_EVERY
from connector_registry.access.postgres import PostgresApiKeyStore
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import WORKSPACE, open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.access.stores_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.registry.access.stores_suite import MOMENT, MOST, a_hash, a_key

LONG = timedelta(days=401)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    async with await open_pool(database, schema=SCHEMA, role=Role.APP, max_size=3) as pool:
        yield pool


@pytest.fixture
def store(pool: asyncpg.Pool) -> PostgresApiKeyStore:
    return PostgresApiKeyStore(pool, pool)


async def test_a_replica_that_knew_a_key_refuses_it_once_another_has_revoked_it(pool: asyncpg.Pool) -> None:
    one, other = PostgresApiKeyStore(pool, pool), PostgresApiKeyStore(pool, pool)
    key, key_hash = a_key(), a_hash()
    await one.add(key, key_hash, MOST)
    known = await other.presented(key_hash, MOMENT)
    assert known is not None
    assert known.is_alive(MOMENT)
    await one.revoke(key.workspace_id, key.id, MOMENT, "ann")
    found = await other.presented(key_hash, MOMENT)
    assert found is not None
    assert not found.is_alive(MOMENT)


async def test_what_is_presented_opens_no_row_but_its_own_and_no_workspace_afterwards(pool: asyncpg.Pool) -> None:
    store = PostgresApiKeyStore(pool, pool)
    key_hash = a_hash()
    await store.add(a_key(), key_hash, MOST)
    await store.add(a_key(), a_hash(), MOST)
    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("SELECT set_config('app.presented_key', encode($1, 'hex'), true)", key_hash)
            assert await connection.fetchval("SELECT count(*) FROM registry.api_keys") == 1
            assert await connection.execute("UPDATE registry.api_keys SET scopes = '{}'") == "UPDATE 0"
        await connection.fetch("SELECT registry.presented_api_key($1, now(), $2)", key_hash, NOTED_EVERY)
        assert await connection.fetchval("SELECT count(*) FROM registry.api_keys") == 0
        assert not await connection.fetchval("SELECT current_setting($1, true)", WORKSPACE)


async def test_while_its_use_is_being_noted_nobody_waits(pool: asyncpg.Pool) -> None:
    store = PostgresApiKeyStore(pool, pool)
    key, key_hash = a_key(), a_hash()
    await store.add(key, key_hash, MOST)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config($1, $2, true)", WORKSPACE, str(key.workspace_id))
        await connection.execute("UPDATE registry.api_keys SET last_used_at = now() WHERE id = $1", key.id)
        assert await store.presented(key_hash, MOMENT) == key


async def test_those_that_ended_long_ago_are_forgotten_when_another_is_made(pool: asyncpg.Pool) -> None:
    store, workspace = PostgresApiKeyStore(pool, pool), uuid4()
    revoked, expired = a_key(workspace, name="revoked"), a_key(workspace, name="expired", expires_at=MOMENT)
    for key in (revoked, expired):
        await store.add(key, a_hash(), MOST)
    await store.revoke(workspace, revoked.id, MOMENT, "ann")
    await store.add(a_key(workspace, name="new", created_at=MOMENT + LONG), a_hash(), MOST)
    assert [key.name for key in await store.page(workspace, MOST, None)] == ["new"]
