"""Entries in Postgres, in a table `audit_entries` of the service's own schema, which its role may only add to.

Every query names the workspace, and row-level security checks it again.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connectors_shared.http.audit.entry import Entry, Record, row_of
from connectors_shared.http.audit.trail import BEGINNING, Wanted
from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.postgres import Work, of_workspace, remove_in_portions, session, transaction

HERE: Final = Path(__file__).parent
queries: Final[Any] = aiosql.from_path(HERE / "queries.sql", "asyncpg", mandatory_parameters=False)
PAGE: Final = (HERE / "page.sql").read_text()
FIXED: Final = 5
"""Parameters of a page that are always there."""
FORGOTTEN_AT_ONCE: Final = 5_000


async def record(connection: Any, entry: Entry) -> None:
    """In the transaction of what it tells of: both are there afterwards, or neither is."""
    await queries.record_entry(connection, **row_of(entry))


class PostgresTrail:
    """`pool_of` gives the app's pool. `settings_of`: the settings of a session that sees a workspace's rows."""

    def __init__(
        self, pool_of: Callable[[], asyncpg.Pool], settings_of: Callable[[UUID], Mapping[str, str]] = of_workspace
    ) -> None:
        self._pool_of = pool_of
        self._settings_of = settings_of

    async def note(self, entry: Entry) -> None:
        async with transaction(self._pool_of(), self._settings_of(entry.workspace_id), Work.WRITE) as connection:
            await record(connection, entry)

    async def page(self, workspace_id: UUID, wanted: Wanted, after: Cursor | None, limit: int) -> list[Record]:
        given = wanted.given()
        conditions = "".join(f"AND {name} = ${place} " for place, name in enumerate(given, FIXED + 1))
        end = wanted.end(after)
        window = (workspace_id, wanted.since or BEGINNING, end.created_at, end.id, limit)
        async with session(self._pool_of(), self._settings_of(workspace_id), Work.READ) as connection:
            rows = await connection.fetch(PAGE.replace("/* conditions */", conditions), *window, *given.values())
        return [Record(**row) for row in rows]


async def forget(pool: asyncpg.Pool, days: int) -> int:
    """Those that are older, of all workspaces; answers how many. On the worker's pool."""
    return await remove_in_portions(pool, FORGOTTEN_AT_ONCE, partial(queries.forget_entries, days=days))
