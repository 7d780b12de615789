"""Parking in a database of the test's own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import asyncpg
import pytest

from connector_executor import migrations_dir
from connector_executor.parking.postgres import SCHEMA, PostgresParking, parking_pool
from connectors_shared.runtime.migrations import migrate

AGES = {
    "parked_executions": ("not_before", "expires_at", "parked_at", "lease_until"),
    "backlogs": ("due_at", "asked_at", "lease_until", "trouble_since"),
}


class PostgresDeployment:
    """Time goes by in that everything stored becomes older."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    def replica(self) -> PostgresParking:
        return PostgresParking(self.pool)

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
async def deployment(database: str) -> AsyncIterator[PostgresDeployment]:
    await asyncio.to_thread(migrate, database, migrations_dir(), SCHEMA)
    pool = await parking_pool(database)
    try:
        yield PostgresDeployment(pool)
    finally:
        await pool.close()
