"""The history as it is read, on the app's pool; row-level security checks whose it is."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.history.conditions import Way, statement, way_to
from connector_registry.history.port import Outcome
from connector_registry.history.reading import (
    MOST_GROUPED,
    MOST_GROUPS,
    MOST_LOOKED_AT,
    MOST_MAPPINGS,
    Caller,
    Cause,
    Detail,
    Page,
    Summary,
    Wanted,
)
from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.postgres import Work, of_workspace, session

HERE: Final = Path(__file__).parent
queries: Final[Any] = aiosql.from_path(HERE / "queries.sql", "asyncpg", mandatory_parameters=False)
LISTING: Final = (HERE / "listing.sql").read_text()
LAST_LOOKED_AT: Final = (HERE / "last_looked_at.sql").read_text()
CAUSES: Final = (HERE / "causes.sql").read_text()
CALLERS: Final = (HERE / "callers.sql").read_text()
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
NO_ID: Final = UUID(int=0)
"""Before all others."""
FIXED: Final = 6
"""Parameters of a list that are always there."""


class PostgresReading:
    """See `reading.Reading`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(self, workspace_id: UUID, wanted: Wanted, after: Cursor | None, limit: int) -> Page:
        way, window = way_to(wanted), _window(workspace_id, wanted, after)
        looks = bool(way.looking or way.text)
        most = MOST_LOOKED_AT if looks else limit + 1
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            sql, values = statement(way, LISTING, FIXED + 1)
            rows = await connection.fetch(sql, *window, most, limit + 1, *values)
            lines = [Summary(**row) for row in rows[:limit]]
            if len(rows) > limit:
                return Page(lines, Cursor(lines[-1].executed_at, lines[-1].id))
            if not looks:
                return Page(lines, None)
            sql, values = statement(way._replace(looking=(), text=None), LAST_LOOKED_AT, FIXED)
            last = await connection.fetchrow(sql, *window, most, *values)
        return Page(lines, Cursor(last["executed_at"], last["id"]) if last else None)

    async def find(self, workspace_id: UUID, execution_id: UUID) -> Detail | None:
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            row = await queries.find_execution(connection, workspace_id=workspace_id, execution_id=execution_id)
            if row is None:
                return None
            mappings = queries.mappings_of(
                connection,
                workspace_id=workspace_id,
                execution_id=execution_id,
                executed_at=row["executed_at"],
                most=MOST_MAPPINGS,
            )
            return Detail(dict(row), [dict(mapping) async for mapping in mappings])

    async def outcomes(self, workspace_id: UUID, execution_ids: Collection[UUID]) -> dict[UUID, Outcome]:
        if not execution_ids:
            return {}
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            rows = queries.outcomes(connection, workspace_id=workspace_id, execution_ids=list(execution_ids))
            return {row["execution_id"]: Outcome(row["status"], row["executed_at"]) async for row in rows}

    async def applied(
        self, workspace_id: UUID, execution_ids: Collection[UUID], since: datetime
    ) -> dict[UUID, datetime]:
        if not execution_ids:
            return {}
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            rows = queries.applied(
                connection, workspace_id=workspace_id, execution_ids=list(execution_ids), since=since
            )
            return {row["execution_id"]: row["updated_at"] async for row in rows}

    async def causes(self, workspace_id: UUID, wanted: Wanted) -> list[Cause]:
        rows = await self._grouped(CAUSES, workspace_id, wanted, way_to(wanted)._replace(is_failed=True))
        return [Cause(**row) for row in rows]

    async def callers(self, workspace_id: UUID, wanted: Wanted) -> list[Caller]:
        return [Caller(**row) for row in await self._grouped(CALLERS, workspace_id, wanted, way_to(wanted))]

    async def _grouped(self, template: str, workspace_id: UUID, wanted: Wanted, way: Way) -> list[asyncpg.Record]:
        sql, values = statement(way, template, FIXED + 1)
        window = _window(workspace_id, wanted, None)
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            return list(await connection.fetch(sql, *window, MOST_GROUPED, MOST_GROUPS, *values))


def _window(workspace_id: UUID, wanted: Wanted, after: Cursor | None) -> tuple[UUID, datetime, datetime, UUID]:
    """Nothing is recorded as of later than now."""
    end = wanted.until or datetime.now(UTC) + timedelta(days=1)
    if after is not None and after.created_at < end:
        return workspace_id, wanted.since or BEGINNING, after.created_at, after.id
    return workspace_id, wanted.since or BEGINNING, end, NO_ID
