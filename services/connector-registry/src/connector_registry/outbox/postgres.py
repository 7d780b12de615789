"""The outbox table: one sender at a time, in the order of the commits of each key; and what has been deleted."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.outbox.port import BatchSize, OutboxRow, Turn
from connector_registry.outbox.sizes import require_fits
from connectors_shared.contract.facts import Deletion, FactKey, Kind, parse_key
from connectors_shared.contract.topics import CONFIG
from connectors_shared.http.answers.postgres import keep_promise
from connectors_shared.runtime.postgres import Connection, Work, session

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)
FROZEN_SENDER_MS = 60_000
"""Longer than a sender waits for Kafka in one step."""


Purge = Callable[[Any, UUID, UUID], Awaitable[None]]
"""In the transaction of this connection, of this workspace, the entity of this id."""


class PostgresOutbox:
    """On the worker's pool. Rows of one entity are numbered in commit order: each change locks its row first."""

    def __init__(self, pool: asyncpg.Pool, purges: Mapping[Kind, Purge] | None = None) -> None:
        """`purges`: what else goes when a deletion of that kind is purged."""
        self._pool = pool
        self._purges = purges or {}

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        async with self._begun() as connection:
            await queries.end_idle_transactions(connection, milliseconds=str(FROZEN_SENDER_MS))
            await queries.become_only_sender(connection)
            yield PostgresTurn(connection)

    async def waiting(self) -> tuple[int, float]:
        async with session(self._pool, {}, Work.READ) as connection:
            row = await queries.waiting_messages(connection)
        return row["rows"], row["age_seconds"]

    async def refused(self, limit: int) -> list[str]:
        async with session(self._pool, {}, Work.READ) as connection:
            return [row["key"] async for row in queries.refused_messages(connection, limit=limit)]

    async def purge(self, before: datetime, limit: int) -> int:
        async with self._begun() as connection:
            found = [row async for row in queries.oldest_deletions(connection, before=before, limit=limit)]
            for row in found:
                await self._purge(connection, row["workspace_id"], parse_key(row["key"].encode()))
            await queries.purge_deletions(connection, keys=[row["key"] for row in found])
        return len(found)

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[Connection]:
        acquired = self._pool.acquire(timeout=Work.BACKGROUND.reach_seconds)
        async with acquired as connection, connection.transaction():
            yield connection

    async def _purge(self, connection: Any, workspace_id: UUID, key: FactKey | None) -> None:
        if key is not None and key.kind in self._purges:
            await self._purges[key.kind](connection, workspace_id, key.id)


class PostgresTurn:
    """The lock is the transaction's: an answer proves that it was still held."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def oldest(self, size: BatchSize) -> list[OutboxRow]:
        found = queries.oldest_messages(self._connection, limit=size.rows, most_bytes=size.bytes)
        return [OutboxRow(**row) async for row in found]

    async def forget(self, rows: Sequence[OutboxRow]) -> None:
        await queries.forget_messages(self._connection, ids=[row.id for row in rows])

    async def set_aside(self, row: OutboxRow) -> None:
        await queries.set_message_aside(self._connection, id=row.id)


class PostgresOutgoing:
    """Adds what is to be sent, in the transaction of what it tells of, and with it what its request is to be answered.

    `topic` is where it goes.
    """

    def __init__(self, topic: str = CONFIG.name) -> None:
        self._topic = topic

    async def announce(self, connection: Any, key: FactKey, value: bytes | None) -> None:
        """None for a tombstone. Raises FactTooLarge."""
        require_fits(key, value)
        await queries.add_message(connection, topic=self._topic, key=str(key), value=value)
        await keep_promise(connection)

    async def announce_deletion(self, connection: Any, key: FactKey, deletion: Deletion, deleted_by: str) -> None:
        """It is remembered until `Deletions.purge`."""
        await queries.add_deletion(
            connection,
            key=str(key),
            workspace_id=deletion.workspace_id,
            topic=self._topic,
            revision=deletion.revision,
            deleted_by=deleted_by,
            deleted_at=deletion.changed_at,
        )
        await self.announce(connection, key, deletion.to_json())

    async def forget_deletion(self, connection: Any, key: FactKey) -> None:
        """It is there again. Waits for whoever purges it."""
        await queries.forget_deletion(connection, key=str(key))

    async def has(self, connection: Any, key: FactKey) -> bool:
        """Whether a message about it waits."""
        waits: bool = await queries.has_message(connection, key=str(key))
        return waits
