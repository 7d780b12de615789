"""One history in Postgres for all tests of a file, emptied before each of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec
import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.history.postgres import PostgresReading
from connector_registry.history.recording.postgres import PostgresHistory
from connector_registry.history.recording.tally import Slot, User
from connectors_local.database_users import administrator
from connectors_local.testservers import fresh_database
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.history.recording_suite import Counts


class SeenInPostgres:
    """As somebody who sees all rows."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def ids(self) -> set[tuple[UUID, UUID]]:
        rows = await self.connection.fetch("SELECT workspace_id, id FROM registry.connector_executions")
        return {(row["workspace_id"], row["id"]) for row in rows}

    async def counts(self, slot: Slot) -> Counts | None:
        row = await self.connection.fetchrow(
            "SELECT executions, succeeded, failed, timed_out, skipped, total_ms, errors, durations"
            " FROM registry.execution_rollups"
            " WHERE (workspace_id, period, starts_at, connector_id) = ($1, $2, $3, $4)",
            *slot,
        )
        return row and Counts(**dict(row) | {"errors": msgspec.json.decode(row["errors"])})

    async def users(self) -> dict[User, tuple[datetime, datetime]]:
        rows = await self.connection.fetch("SELECT * FROM registry.connector_flows")
        return {User(*row[:4]): (row["first_used_at"], row["last_used_at"]) for row in rows}

    async def mappings(self) -> int:
        return int(await self.connection.fetchval("SELECT count(*) FROM registry.execution_mappings"))


@dataclass(frozen=True, slots=True)
class Shared:
    """`app` and `worker`: pools of those roles."""

    history: PostgresHistory
    seen: SeenInPostgres
    app: asyncpg.Pool
    worker: asyncpg.Pool


TABLES = (
    "connectors, connector_executions, execution_ids, execution_mappings, execution_rollups, "
    "connector_flows, workspaces, execution_feed, feed_heads"
)


@pytest.fixture(scope="module")
async def shared(postgres_url: str) -> AsyncIterator[Shared]:
    """One database for all of these tests: migrating takes longer than each of them."""
    async with fresh_database(postgres_url) as url:
        await bring_up_to_date(url, migrations_dir(), SCHEMA)
        admin_url = urlsplit(postgres_url)._replace(path=urlsplit(url).path).geturl()
        async with (
            await open_pool(url, schema=SCHEMA, role=Role.WORKER, max_size=3) as pool,
            await open_pool(url, schema=SCHEMA, role=Role.APP, max_size=2) as app,
            administrator(admin_url) as connection,
        ):
            history = PostgresHistory(pool)
            await history.keep_days(1, 0)
            yield Shared(history, SeenInPostgres(connection), app, pool)


@pytest.fixture
async def seen(shared: Shared) -> SeenInPostgres:
    seen = shared.seen
    await seen.connection.execute(f"SET search_path = registry; TRUNCATE {TABLES} CASCADE; RESET search_path")
    return seen


@pytest.fixture
def history(shared: Shared, seen: SeenInPostgres) -> PostgresHistory:
    """Empty."""
    return shared.history


@pytest.fixture
def reading(shared: Shared, seen: SeenInPostgres) -> PostgresReading:
    return PostgresReading(shared.app)
