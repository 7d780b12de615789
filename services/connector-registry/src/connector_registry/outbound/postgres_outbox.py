"""The outbox table: one sender at a time, in the order of the commits of each key."""

import asyncpg

from connector_registry.connectors.connector import OutboxRow
from connector_registry.connectors.ports import Send
from connector_registry.outbound.queries import load_queries

FROZEN_SENDER_MS = 120_000


class PostgresOutbox:
    """Rows of one connector are numbered in commit order: each change locks its row first."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._sql = load_queries()

    async def drain(self, send: Send, limit: int) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            await self._sql.end_idle_transactions(connection, milliseconds=str(FROZEN_SENDER_MS))
            await self._sql.become_only_sender(connection)
            found = self._sql.oldest_messages(connection, limit=limit)
            rows = [OutboxRow(**row) async for row in found]
            if rows:
                await send(rows)
                await self._sql.forget_messages(connection, ids=[row.id for row in rows])
        return len(rows)

    async def waiting(self) -> tuple[int, float]:
        async with self._pool.acquire() as connection:
            row = await self._sql.waiting_messages(connection)
        return row["rows"], row["age_seconds"]
