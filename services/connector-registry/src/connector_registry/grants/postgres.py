"""Grants in Postgres. Row-level security checks whose they are."""

from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.grants.audit import told
from connector_registry.grants.port import Grant, GrantExists, TooManyGrants
from connector_registry.outbox.postgres import PostgresOutgoing
from connectors_shared.contract.facts import Deletion
from connectors_shared.http.audit.entry import Action
from connectors_shared.http.audit.postgres import record
from connectors_shared.runtime.postgres import Connection, Work, of_workspace, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)


class PostgresGrantStore:
    """On the app's pool. `outgoing` writes in the transaction of the change."""

    def __init__(self, pool: asyncpg.Pool, outgoing: PostgresOutgoing) -> None:
        self._pool = pool
        self._outgoing = outgoing

    async def add(self, grant: Grant, most: int) -> None:
        async with self._inside(grant.workspace_id) as connection:
            await queries.wait_for_turn(connection, workspace_id=str(grant.workspace_id))
            present = await queries.count_grants(connection, workspace_id=grant.workspace_id)
            if await queries.insert_grant(connection, **asdict(grant)) is None:
                raise GrantExists
            if present >= most:
                raise TooManyGrants
            await record(connection, told(Action.CREATED, grant))
            await self._outgoing.announce(connection, grant.key, grant.published().to_json())

    async def find(self, workspace_id: UUID, grant_id: UUID) -> Grant | None:
        async with self._inside(workspace_id) as connection:
            row = await queries.find_grant(connection, id=grant_id, workspace_id=workspace_id)
        return None if row is None else Grant(**row)

    async def all(self, workspace_id: UUID) -> list[Grant]:
        async with self._inside(workspace_id) as connection:
            return [Grant(**row) async for row in queries.all_grants(connection, workspace_id=workspace_id)]

    async def remove(self, grant: Grant, deletion: Deletion, deleted_by: str) -> bool:
        async with self._inside(grant.workspace_id) as connection:
            if await queries.delete_grant(connection, id=grant.id, workspace_id=grant.workspace_id) is None:
                return False
            await record(connection, told(Action.DELETED, grant))
            await self._outgoing.announce_deletion(connection, grant.key, deletion, deleted_by)
        return True

    def _inside(self, workspace_id: UUID) -> AbstractAsyncContextManager[Connection]:
        return transaction(self._pool, of_workspace(workspace_id), Work.WRITE)
