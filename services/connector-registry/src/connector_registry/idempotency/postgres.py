"""Answers in Postgres. Every query names the workspace, and row-level security checks it again."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connectors_shared.http.idempotency import KEPT_HOURS, Answer, Earlier
from connectors_shared.runtime.postgres import Connection, Work, of_workspace, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)


class PostgresIdempotentAnswers:
    """On the app's pool. Raises DatabaseUnavailableError, and what asyncpg raises."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def begin(self, workspace_id: UUID, key: str, fingerprint: bytes) -> Earlier | None:
        async with self._workspace(workspace_id) as connection:
            await queries.forget_old(connection, workspace_id=workspace_id, hours=KEPT_HOURS)
            while True:
                begun = await queries.begin_request(
                    connection, workspace_id=workspace_id, key=key, fingerprint=fingerprint
                )
                if begun:
                    return None
                row = await queries.find_request(connection, workspace_id=workspace_id, key=key)
                if row is not None:  # else it has been forgotten in between
                    return _earlier(row)

    async def finish(self, workspace_id: UUID, key: str, answer: Answer) -> None:
        async with self._workspace(workspace_id) as connection:
            await queries.finish_request(
                connection,
                workspace_id=workspace_id,
                key=key,
                status=answer.status,
                headers=answer.headers,
                body=answer.body,
            )

    async def forget(self, workspace_id: UUID, key: str) -> None:
        async with self._workspace(workspace_id) as connection:
            await queries.forget_request(connection, workspace_id=workspace_id, key=key)

    def _workspace(self, workspace_id: UUID) -> AbstractAsyncContextManager[Connection]:
        return transaction(self._pool, of_workspace(workspace_id), Work.WRITE)


def _earlier(row: asyncpg.Record) -> Earlier:
    answered = row["status"] is not None
    return Earlier(row["fingerprint"], Answer(row["status"], row["headers"], row["body"]) if answered else None)
