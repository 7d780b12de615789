"""Answers in Postgres, in a table `idempotent_requests` of the service's own schema.

Every query names the workspace, and row-level security checks it again.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connectors_shared.http.idempotency import (
    HELD_SECONDS,
    KEPT_HOURS,
    Answer,
    Earlier,
    Held,
    KeyInUseError,
    promised,
)
from connectors_shared.runtime.postgres import Connection, Work, of_workspace, remove_in_portions, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)
SWEPT_AT_ONCE: Final = 5_000


class PostgresIdempotentAnswers:
    """`pool_of` gives the app's pool. `settings_of`: the settings of a session that sees a workspace's rows.

    Raises DatabaseUnavailableError, and what asyncpg raises.
    """

    def __init__(
        self,
        pool_of: Callable[[], asyncpg.Pool],
        settings_of: Callable[[UUID], Mapping[str, str]] = of_workspace,
        held_seconds: float = HELD_SECONDS,
    ) -> None:
        self._pool_of = pool_of
        self._settings_of = settings_of
        self._held_seconds = held_seconds

    async def begin(self, workspace_id: UUID, key: str, fingerprint: bytes) -> Earlier | Held:
        named = {"workspace_id": workspace_id, "key": key}
        asked = {"fingerprint": fingerprint, "held_seconds": self._held_seconds}
        while True:
            async with self._workspace(workspace_id) as connection:
                await queries.forget_old(connection, **named, hours=KEPT_HOURS)
                begun_at = await queries.begin_request(connection, **named, **asked)
                if begun_at is not None:
                    return Held(workspace_id, key, begun_at)
                row = await queries.find_request(connection, **named)
            if row is not None:  # else it has been forgotten in between
                return _earlier(row)

    async def finish(self, held: Held, answer: Answer) -> None:
        async with self._workspace(held.workspace_id) as connection:
            await _finish(connection, held, answer)

    async def forget(self, held: Held) -> None:
        async with self._workspace(held.workspace_id) as connection:
            await queries.forget_request(connection, **asdict(held))

    def _workspace(self, workspace_id: UUID) -> AbstractAsyncContextManager[Connection]:
        return transaction(self._pool_of(), self._settings_of(workspace_id), Work.WRITE)


async def keep_promise(connection: Any) -> None:
    """Stores what the request under way is to be answered, in the transaction that does what it asks for.

    Raises KeyInUseError when its key is its own no more, so that nothing is done.
    """
    found = promised()
    if found is not None and not await _finish(connection, *found):
        raise KeyInUseError


async def sweep(pool: asyncpg.Pool) -> int:
    """Deletes the keys that are not kept any more, of all workspaces, and answers how many. On the worker's pool."""
    return await remove_in_portions(pool, SWEPT_AT_ONCE, partial(queries.sweep_requests, hours=KEPT_HOURS))


async def _finish(connection: Any, held: Held, answer: Answer) -> bool:
    return bool(await queries.finish_request(connection, **asdict(held), **asdict(answer)))


def _earlier(row: asyncpg.Record) -> Earlier:
    answered = row["status"] is not None
    return Earlier(row["fingerprint"], Answer(row["status"], row["headers"], row["body"]) if answered else None)
