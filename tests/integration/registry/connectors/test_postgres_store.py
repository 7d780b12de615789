"""The store in Postgres keeps the contract of every store."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings

from connector_registry import SCHEMA, migrations_dir
from connector_registry.app import purges_of
from connector_registry.connectors.port import VersionChanged
from connector_registry.connectors.postgres import PostgresConnectorStore
from connector_registry.credentials.postgres import PostgresCredentialRows
from connector_registry.outbox.postgres import PostgresOutbox, PostgresOutgoing
from connectors_shared.contract.facts import connector_key, credential_key
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.connectors.store_suite import (
    STEPS,
    Bench,
    Clock,
    Model,
    StoreSuite,
    a_catalogue,
    a_draft,
    a_person,
)


class PostgresBench:
    """`looking` is an administrator's."""

    def __init__(self, pool: asyncpg.Pool, outbox: PostgresOutbox, looking: asyncpg.Pool) -> None:
        self.outbox = outbox
        self.looking = looking
        outgoing = PostgresOutgoing()
        self.store = PostgresConnectorStore(pool, PostgresCredentialRows(outgoing), outgoing)

    async def facts(self, connector_id: UUID) -> list[dict[str, Any] | None]:
        query = "SELECT value FROM registry.outbox WHERE key = $1 ORDER BY id"
        rows = await self.looking.fetch(query, str(connector_key(connector_id)))
        return [json.loads(row["value"] or b"null") for row in rows]

    async def versions(self, workspace_id: UUID, connector_id: UUID) -> list[dict[str, Any]]:
        query = """
            SELECT version, definition FROM registry.connector_versions
            WHERE workspace_id = $1 AND connector_id = $2 ORDER BY version
        """
        rows = await self.looking.fetch(query, workspace_id, connector_id)
        assert [row["version"] for row in rows] == list(range(1, len(rows) + 1))
        return [row["definition"] for row in rows]

    async def purge(self, before: datetime) -> int:
        return await self.outbox.purge(before, 100)

    async def former(self, connector_id: UUID) -> dict[int, dict[str, Any] | None]:
        query = "SELECT key, value FROM registry.outbox WHERE key LIKE $1 ORDER BY id"
        rows = await self.looking.fetch(query, f"version/{connector_id}/%")
        return {int(row["key"].rpartition("/")[2]): json.loads(row["value"] or b"null") for row in rows}


@pytest.fixture
async def bench(database: str, administrator_url: str) -> AsyncIterator[PostgresBench]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    pool = await open_pool(database, schema=SCHEMA, role=Role.APP, max_size=5)
    worker = await open_pool(database, schema=SCHEMA, role=Role.WORKER, max_size=2)
    async with asyncpg.create_pool(administrator_url, min_size=1, init=decoding_json) as looking:
        yield PostgresBench(pool, PostgresOutbox(worker, purges_of(PostgresOutgoing())), looking)
    await pool.close()
    await worker.close()


async def decoding_json(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("json", schema="pg_catalog", encoder=json.dumps, decoder=json.loads, format="text")


class TestPostgresConnectorStore(StoreSuite):
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    @example(["definition", "delete", "definition", "restore", "definition", "disable", "purge"])
    @example(["nothing", "enable", "secret", "nothing", "delete", "purge", "restore", "delete", "name"])
    async def test_whatever_happens_versions_have_no_gap_and_facts_come_in_order(
        self, bench: Bench, steps: list[str]
    ) -> None:
        await Model(bench).play(steps)


async def test_the_purge_takes_versions_and_secrets_with_it(bench: PostgresBench) -> None:
    who, clock = a_person(), Clock()
    catalogue = a_catalogue(bench.store, clock)
    [kept, gone] = [(await catalogue.create(who, a_draft())).connector for _ in range(2)]
    await catalogue.change(who, gone.id, a_draft(2), None)
    await catalogue.delete(who, gone.id, None)
    assert await bench.purge(clock.now()) > 0
    for table, column in (
        ("connectors", "id"),
        ("connector_versions", "connector_id"),
        ("credentials", "connector_id"),
    ):
        rows = await bench.looking.fetch(f"SELECT {column} FROM registry.{table}")
        assert [row[column] for row in rows] == [kept.id]


async def test_what_is_restored_while_it_is_purged_is_one_or_the_other(bench: PostgresBench) -> None:
    who, clock = a_person(), Clock()
    catalogue = a_catalogue(bench.store, clock)
    for _ in range(10):
        made = (await catalogue.create(who, a_draft())).connector
        await catalogue.delete(who, made.id, None)
        was = await bench.store.find_deleted(who.workspace_id, made.id)
        assert was is not None
        now = was.as_restored("ann", clock.now())
        restoring = bench.store.restore(now, now.published().to_json())
        _, restored = await asyncio.gather(bench.purge(clock.now()), restoring, return_exceptions=True)
        is_there = await bench.store.find(who.workspace_id, made.id) is not None
        assert restored is None if is_there else isinstance(restored, VersionChanged)
        assert now.own is not None
        for key in (connector_key(made.id), credential_key(now.own.id)):
            [last] = await bench.looking.fetch(
                "SELECT value FROM registry.outbox WHERE key = $1 ORDER BY id DESC LIMIT 1", str(key)
            )
            assert (last["value"] is not None) is is_there
        await bench.purge(clock.now())
        assert (await bench.store.find(who.workspace_id, made.id) is not None) is is_there


async def test_two_purges_at_once_leave_one_tombstone_each(bench: PostgresBench) -> None:
    who, clock = a_person(), Clock()
    catalogue = a_catalogue(bench.store, clock)
    made = [(await catalogue.create(who, a_draft())).connector for _ in range(5)]
    for one in made:
        await catalogue.delete(who, one.id, None)
    purged = await asyncio.gather(*(bench.purge(clock.now()) for _ in range(3)))
    assert sum(purged) == 2 * len(made)  # each with its credential
    for one in made:
        assert [fact is None for fact in await bench.facts(one.id)] == [False, False, True]


async def test_a_head_names_a_version_that_exists(bench: PostgresBench) -> None:
    made = (await a_catalogue(bench.store).create(a_person(), a_draft())).connector
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await bench.looking.execute("UPDATE registry.connectors SET published_version = 2 WHERE id = $1", made.id)
