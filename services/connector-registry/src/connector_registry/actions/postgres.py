"""Actions in Postgres, on the app's pool."""

from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.actions.port import ConnectorAction, Wanted
from connectors_shared.runtime.postgres import Work, like_pattern, of_workspace, session

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)
AS_STORED: Final = (
    *("id", "name", "description", "icon", "category", "version", "enabled", "published"),
    *("credential_status", "token_state", "created_at", "executions", "succeeded"),
)


class PostgresActions:
    """See `port.ActionStore`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(self, workspace_id: UUID, wanted: Wanted) -> list[ConnectorAction]:
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            rows = queries.page_of_actions(
                connection,
                workspace_id=workspace_id,
                after_time=wanted.after.created_at if wanted.after else None,
                after_id=wanted.after.id if wanted.after else None,
                pattern=like_pattern(wanted.text),
                since=wanted.since,
                limit=wanted.limit,
            )
            return [_action(row) async for row in rows]


def _action(row: Any) -> ConnectorAction:
    definition = row["definition"]
    return ConnectorAction(
        **{name: row[name] for name in AS_STORED},
        input_schema=definition.get("input_schema") or {},
        output_schema=definition.get("output_schema"),
        field_mapping_templates=definition.get("field_mapping_templates") or [],
        durations=dict(zip(row["buckets"] or (), row["counts"] or (), strict=True)),
    )
