"""Workspaces in Postgres. Row-level security checks whose they are."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.outbox.postgres import PostgresOutgoing
from connector_registry.workspaces import audit
from connector_registry.workspaces.port import Workspace
from connectors_shared.contract.workspace import PublishedWorkspace
from connectors_shared.http.audit.postgres import record
from connectors_shared.runtime.postgres import Connection, Work, of_workspace, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)
COLUMNS: Final = (
    "workspace_id",
    "name",
    "phone_region",
    "retention_days",
    "requests_per_minute",
    "waiting_callers",
    "allowed_origins",
    "revision",
)


class PostgresWorkspaceStore:
    """On the app's pool. `outgoing` writes in the transaction of the change."""

    def __init__(self, pool: asyncpg.Pool, outgoing: PostgresOutgoing) -> None:
        self._pool = pool
        self._outgoing = outgoing

    async def find(self, workspace_id: UUID) -> Workspace | None:
        async with self._inside(workspace_id) as connection:
            row = await queries.find_workspace(connection, workspace_id=workspace_id)
        return None if row is None else _workspace(row)

    async def add(self, workspace: Workspace) -> None:
        async with self._inside(workspace.id) as connection:
            if await queries.insert_workspace(connection, **_row(workspace)) is not None:
                await self._announce(connection, workspace)

    async def replace(self, workspace: Workspace) -> bool:
        async with self._inside(workspace.id) as connection:
            was = await queries.find_workspace(connection, workspace_id=workspace.id)
            if await queries.update_workspace(connection, **_row(workspace)) is None:
                return False
            await record(connection, audit.changed(_workspace(was), workspace))
            await self._announce(connection, workspace)
        return True

    async def _announce(self, connection: Any, workspace: Workspace) -> None:
        fact = workspace.published
        await self._outgoing.announce(connection, fact.key(), fact.to_json())

    def _inside(self, workspace_id: UUID) -> AbstractAsyncContextManager[Connection]:
        return transaction(self._pool, of_workspace(workspace_id), Work.WRITE)


def _row(workspace: Workspace) -> dict[str, Any]:
    fact = workspace.published
    return {name: getattr(fact, name) for name in COLUMNS} | {
        "created_at": workspace.created_at,
        "updated_at": fact.changed_at,
        "updated_by": workspace.updated_by,
    }


def _workspace(row: Any) -> Workspace:
    fact = PublishedWorkspace(**{name: row[name] for name in COLUMNS}, changed_at=row["updated_at"])
    return Workspace(fact, row["created_at"], row["updated_by"])
