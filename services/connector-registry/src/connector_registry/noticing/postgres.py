"""Notices in Postgres. Every query of the app names the workspace, and row-level security checks it again."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.noticing.notice import Notice, Opening, Said, Wanted
from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.postgres import Work, of_workspace, session, transaction

HERE: Final = Path(__file__).parent
queries: Final[Any] = aiosql.from_path(HERE / "queries.sql", "asyncpg", mandatory_parameters=False)
PAGE: Final = (HERE / "page.sql").read_text()
KEPT_DAYS: Final = 90
"""After they were closed."""
NO_ID: Final = UUID(int=0)
"""Before all others."""
FIXED: Final = 4
"""Parameters of a page that are always there."""


async def say(connection: Any, said: Said) -> None:
    """In the transaction of what it tells of."""
    told = asdict(said) | {"cause": said.cause}
    await (queries.open_notice if isinstance(said, Opening) else queries.close_notice)(connection, **told)


async def close_all_of(connection: Any, workspace_id: UUID, connector_id: UUID) -> None:
    """The connector is gone, in this transaction."""
    await queries.close_notices_of_connector(connection, workspace_id=workspace_id, connector_id=connector_id)


class PostgresNotices:
    """On the app's pool."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(self, workspace_id: UUID, wanted: Wanted, after: Cursor | None, limit: int) -> list[Notice]:
        return await self._found(workspace_id, after, limit, *_conditions(wanted))

    async def unread(self, workspace_id: UUID) -> int:
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            count: int = await queries.count_unread(connection, workspace_id=workspace_id)
        return count

    async def mark_read(self, workspace_id: UUID, notice_id: UUID, by: str) -> Notice | None:
        async with transaction(self._pool, of_workspace(workspace_id), Work.WRITE) as connection:
            if await queries.mark_read(connection, id=notice_id, workspace_id=workspace_id, by=by) is None:
                return None
        [notice] = await self._found(workspace_id, None, 1, f"AND n.id = ${FIXED + 1}", [notice_id])
        return notice

    async def mark_all_read(self, workspace_id: UUID, until: datetime, by: str) -> int:
        async with transaction(self._pool, of_workspace(workspace_id), Work.WRITE) as connection:
            count: int = await queries.mark_all_read(connection, workspace_id=workspace_id, until=until, by=by)
        return count

    async def _found(
        self, workspace_id: UUID, after: Cursor | None, limit: int, conditions: str, values: list[Any]
    ) -> list[Notice]:
        end = after or Cursor(datetime.now(UTC) + timedelta(days=1), NO_ID)
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            sql = PAGE.replace("/* conditions */", conditions)
            rows = await connection.fetch(sql, workspace_id, end.created_at, end.id, limit, *values)
        return [Notice(**row) for row in rows]


class PostgresNoticeBoard:
    """On the worker's pool."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def say(self, said: Sequence[Said]) -> None:
        async with transaction(self._pool, {}, Work.BACKGROUND) as connection:
            for each in said:
                await say(connection, each)

    async def forget(self) -> None:
        """What ended long ago, of all workspaces."""
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            await queries.forget_notices(connection, days=KEPT_DAYS)


def _conditions(wanted: Wanted) -> tuple[str, list[Any]]:
    found, values = "", list[Any]()
    if wanted.is_open is not None:
        found += f"AND n.closed_at IS {'' if wanted.is_open else 'NOT '}NULL "
    if wanted.is_read is not None:
        found += f"AND n.read_at IS {'NOT ' if wanted.is_read else ''}NULL "
    for column, value in (("connector_id", wanted.connector_id), ("kind", wanted.kind)):
        if value is not None:
            values.append(value)
            found += f"AND n.{column} = ${FIXED + len(values)} "
    return found, values
