"""Parking in a database of the test's own."""

from collections.abc import AsyncIterator
from datetime import datetime

import asyncpg
import pytest

from connector_executor import migrations_dir
from connector_executor.parking.postgres import SCHEMA, PostgresParking, callers_pool, parking_pool
from connectors_shared.runtime.migrations import bring_up_to_date

AGES = {
    "parked_executions": ("not_before", "expires_at", "parked_at", "lease_until"),
    "backlogs": ("due_at", "asked_at", "lease_until", "trouble_since"),
    "census": ("counted_at",),
}


class PostgresDeployment:
    """Time goes by in that everything stored becomes older. `pool` is an administrator's."""

    def __init__(self, pool: asyncpg.Pool, store: PostgresParking) -> None:
        self.pool = pool
        self.store = store

    def replica(self) -> PostgresParking:
        return self.store

    async def outlast(self, seconds: float) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            for table, moments in AGES.items():
                changes = ", ".join(f"{moment} = {moment} - make_interval(secs => $1)" for moment in moments)
                await connection.execute(f"UPDATE {table} SET {changes}", float(seconds))

    async def now(self) -> datetime:
        now = await self.pool.fetchval("SELECT now()")
        assert isinstance(now, datetime)
        return now


@pytest.fixture
async def deployment(database: str, administrator_url: str) -> AsyncIterator[PostgresDeployment]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    async with (
        asyncpg.create_pool(administrator_url, server_settings={"search_path": SCHEMA}, min_size=1) as looking,
        parking_pool(database) as pool,
        callers_pool(database) as callers,
    ):
        yield PostgresDeployment(looking, PostgresParking(pool, callers))
