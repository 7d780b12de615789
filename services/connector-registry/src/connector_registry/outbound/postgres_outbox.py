"""The outbox table: one sender at a time, in the order of the commits of each key; and what has been deleted."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg

from connector_registry.connectors.connector import OutboxRow
from connector_registry.connectors.ports import BatchSize, Turn
from connector_registry.outbound.queries import load_queries

FROZEN_SENDER_MS = 60_000
"""Longer than a sender waits for Kafka in one step."""


class PostgresOutbox:
    """Rows of one entity are numbered in commit order: each change locks its row first."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._sql = load_queries()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        async with self._pool.acquire() as connection, connection.transaction():
            await self._sql.end_idle_transactions(connection, milliseconds=str(FROZEN_SENDER_MS))
            await self._sql.become_only_sender(connection)
            yield PostgresTurn(connection, self._sql)

    async def waiting(self) -> tuple[int, float]:
        async with self._pool.acquire() as connection:
            row = await self._sql.waiting_messages(connection)
        return row["rows"], row["age_seconds"]

    async def purge(self, before: datetime, limit: int) -> int:
        async with self._pool.acquire() as connection:
            purged: int = await self._sql.purge_deletions(connection, before=before, limit=limit)
        return purged


class PostgresTurn:
    """The lock is the transaction's: an answer proves that it was still held."""

    def __init__(self, connection: Any, queries: Any) -> None:
        self._connection = connection
        self._sql = queries

    async def oldest(self, size: BatchSize) -> list[OutboxRow]:
        found = self._sql.oldest_messages(self._connection, limit=size.rows, most_bytes=size.bytes)
        return [OutboxRow(**row) async for row in found]

    async def forget(self, rows: Sequence[OutboxRow]) -> None:
        await self._sql.forget_messages(self._connection, ids=[row.id for row in rows])
