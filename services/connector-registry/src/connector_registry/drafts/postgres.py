"""Drafts in Postgres. Row-level security checks whose workspace they are of; every query names their owner."""

import json
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg
import msgspec

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.drafts.port import KEPT, Ceilings, Draft, DraftChanged, DraftExists, DraftHead, TooManyDrafts
from connectors_shared.http.answers.postgres import keep_promise
from connectors_shared.runtime.postgres import Connection, Work, of_workspace, remove_in_portions, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)

SWEPT_AT_ONCE: Final = 100
"""Up to 1 MiB each."""
AS_JSON: Final = ("document", "examples", "last_test")


class PostgresDraftStore:
    """On the app's pool; `worker` forgets what is old in all workspaces."""

    def __init__(self, app: asyncpg.Pool, worker: asyncpg.Pool) -> None:
        self._app = app
        self._worker = worker

    async def add(self, draft: Draft, most: Ceilings) -> None:
        async with self._inside(draft.workspace_id, Work.WRITE) as connection:
            await queries.lock_drafts(connection, workspace_id=str(draft.workspace_id))
            if draft.connector_id is not None:
                whose = {"workspace_id": draft.workspace_id, "connector_id": draft.connector_id}
                if await queries.lock_connector(connection, **whose) is None:
                    raise ConnectorMissing
            present = await queries.count_drafts(connection, workspace_id=draft.workspace_id, owner=draft.owner)
            if await queries.insert_draft(connection, **_row(draft)) is None:
                raise DraftExists
            if present["own"] >= most.own or present["everybodys"] >= most.all:
                raise TooManyDrafts
            await keep_promise(connection)

    async def find(self, workspace_id: UUID, owner: str, draft_id: UUID) -> Draft | None:
        async with self._inside(workspace_id, Work.READ) as connection:
            row = await queries.find_draft(connection, id=draft_id, workspace_id=workspace_id, owner=owner)
        return None if row is None else _draft(row)

    async def all(self, workspace_id: UUID, owner: str, connector_id: UUID | None) -> list[DraftHead]:
        async with self._inside(workspace_id, Work.READ) as connection:
            rows = queries.all_drafts(connection, workspace_id=workspace_id, owner=owner, connector_id=connector_id)
            return [DraftHead(**row) async for row in rows]

    async def replace(self, draft: Draft) -> None:
        async with self._inside(draft.workspace_id, Work.WRITE) as connection:
            if await queries.update_draft(connection, **_row(draft), known=draft.revision - 1) is None:
                raise DraftChanged

    async def remove(self, workspace_id: UUID, owner: str, draft_id: UUID) -> bool:
        async with self._inside(workspace_id, Work.WRITE) as connection:
            found = await queries.delete_draft(connection, id=draft_id, workspace_id=workspace_id, owner=owner)
        return found is not None

    async def sweep(self, now: datetime) -> None:
        """Those whose time is over, of all workspaces."""
        await remove_in_portions(self._worker, SWEPT_AT_ONCE, partial(queries.sweep_drafts, before=now - KEPT))

    def _inside(self, workspace_id: UUID, work: Work) -> AbstractAsyncContextManager[Connection]:
        return transaction(self._app, of_workspace(workspace_id), work)


def _row(draft: Draft) -> dict[str, Any]:
    return asdict(draft) | {name: json.dumps(getattr(draft, name)) for name in AS_JSON}


def _draft(row: Any) -> Draft:
    return Draft(**dict(row) | {name: msgspec.json.decode(row[name]) for name in AS_JSON})
