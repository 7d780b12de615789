"""The feed in Postgres: positions for all workspaces by the worker, executions by the app, for one workspace."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.history.feed.port import Fed, Portion
from connector_registry.history.reading import Summary
from connectors_shared.runtime.postgres import Work, of_workspace, session

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "feed.sql", "asyncpg", mandatory_parameters=False)
MOST_PARTS: Final = 5


class PostgresFeed:
    """See `port.FeedSource`."""

    def __init__(self, app: asyncpg.Pool, worker: asyncpg.Pool) -> None:
        self._app = app
        self._worker = worker

    async def heads(self, workspace_ids: Collection[UUID]) -> dict[UUID, int]:
        async with session(self._worker, {}, Work.READ) as connection:
            rows = queries.heads(connection, workspace_ids=list(workspace_ids))
            return {row["workspace_id"]: row["position"] async for row in rows}

    async def after(self, workspace_id: UUID, position: int) -> Portion:
        async with session(self._app, of_workspace(workspace_id), Work.READ) as connection:
            where = {"workspace_id": workspace_id, "position": position}
            # First: what it counts is there for the next statement, unless it is forgotten.
            head = await queries.head(connection, workspace_id=workspace_id) or 0
            parts = [row async for row in queries.parts_after(connection, **where, most=MOST_PARTS)]
            if not parts:
                return Portion([], head, has_gap=head != position)
            until = parts[-1]["position"]
            rows = [row async for row in queries.lines_of(connection, **where, until=until)]
        lines = [_fed(row) for row in rows if row["fed_at"] > position]
        return Portion(lines, until, has_gap=parts[0]["position"] - parts[0]["count"] > position)


def _fed(row: Any) -> Fed:
    named = dict(row)
    return Fed(named.pop("fed_at"), Summary(**named))
