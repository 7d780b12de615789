"""Connectors in Postgres. Every query names the workspace, and row-level security checks it again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.connectors.connector import Connector, ConnectorSummary, Definition, ListFilter
from connector_registry.connectors.port import VersionChanged
from connector_registry.credentials.port import Credential, CredentialRows
from connector_registry.outbox.postgres import PostgresOutgoing
from connectors_shared.contract.facts import Deletion, connector_key
from connectors_shared.http.cursor import Cursor

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)
COLUMNS = (
    "name",
    "description",
    "icon",
    "category",
    "config",
    "input_schema",
    "output_schema",
    "field_mapping_templates",
    "enabled",
)
"""Parts of a definition that are columns of the table too, for whoever asks it in SQL."""


class PostgresConnectorStore:
    """`credentials` and `outgoing` write in the transaction of the connector's change."""

    def __init__(self, pool: asyncpg.Pool, credentials: CredentialRows, outgoing: PostgresOutgoing) -> None:
        self._pool = pool
        self._credentials = credentials
        self._outgoing = outgoing

    async def add(self, connector: Connector, message: bytes) -> None:
        async with self._workspace(connector.workspace_id) as connection:
            await queries.insert_connector(connection, **_row(connector))
            await self._save_version(connection, connector, connector.created_by)
            await self._save_credential(connection, connector, None, connector.created_by)
            await self._outgoing.announce(connection, connector_key(connector.id), message)

    async def find(self, workspace_id: UUID, connector_id: UUID) -> Connector | None:
        async with self._workspace(workspace_id) as connection:
            row = await queries.find_connector(connection, id=connector_id, workspace_id=workspace_id)
            if row is None:
                return None
            own = await self._credentials.find(connection, workspace_id, connector_id)
            named = dict(row)
            shared_id = named.pop("credential_id")
            shared = shared_id and await self._credentials.find_shared(connection, workspace_id, shared_id)
        return Connector(**named, own=own, shared=shared)

    async def shared(self, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        async with self._workspace(workspace_id) as connection:
            return await self._credentials.find_shared(connection, workspace_id, credential_id)

    async def page(self, workspace_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        after: Cursor | None = wanted.after
        async with self._workspace(workspace_id) as connection:
            rows = queries.page_of_connectors(
                connection,
                workspace_id=workspace_id,
                after_time=after.created_at if after else None,
                after_id=after.id if after else None,
                pattern=_pattern(wanted.text),
                category=wanted.category,
                enabled=wanted.enabled,
                limit=wanted.limit,
            )
            return [ConnectorSummary(**row) async for row in rows]

    async def using(self, workspace_id: UUID, credential_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        after = wanted.after
        async with self._workspace(workspace_id) as connection:
            rows = queries.connectors_using(
                connection,
                workspace_id=workspace_id,
                credential_id=credential_id,
                after_time=after.created_at if after else None,
                after_id=after.id if after else None,
                limit=wanted.limit,
            )
            return [ConnectorSummary(**row) async for row in rows]

    async def replace(self, connector: Connector, stored: Connector, message: bytes, changed_by: str) -> None:
        row = _row(connector)
        async with self._workspace(connector.workspace_id) as connection:
            if await queries.update_connector(connection, **row) is None:
                raise VersionChanged
            await self._save_version(connection, connector, changed_by)
            await self._save_credential(connection, connector, stored.own, changed_by)
            await self._outgoing.announce(connection, connector_key(connector.id), message)

    async def remove(self, connector: Connector, deletion: Deletion, deleted_by: str) -> None:
        async with self._workspace(connector.workspace_id) as connection:
            if connector.own is not None:
                await self._credentials.delete(connection, connector.own, deletion.changed_at, deleted_by)
            deleted = await queries.delete_connector(
                connection, id=connector.id, workspace_id=connector.workspace_id, revision=deletion.revision
            )
            if deleted is None:
                raise VersionChanged
            await self._outgoing.announce_deletion(connection, connector_key(connector.id), deletion, deleted_by)

    async def is_published(self, connector: Connector) -> bool:
        async with self._pool.acquire() as connection:
            if connector.own and not await self._credentials.is_published(connection, connector.own.id):
                return False
            return not await self._outgoing.has(connection, connector_key(connector.id))

    @asynccontextmanager
    async def _workspace(self, workspace_id: UUID) -> AsyncIterator[Any]:
        async with self._pool.acquire() as connection, connection.transaction():
            await queries.enter_workspace(connection, workspace_id=str(workspace_id))
            yield connection

    async def _save_version(self, connection: Any, connector: Connector, by: str) -> None:
        await queries.insert_version(
            connection,
            connector_id=connector.id,
            version=connector.version,
            workspace_id=connector.workspace_id,
            definition=connector.definition,
            created_by=by,
            created_at=connector.updated_at,
        )

    async def _save_credential(self, connection: Any, connector: Connector, stored: Credential | None, by: str) -> None:
        """One that has not changed is announced again: after a restored backup executors may know an older one."""
        if connector.own is not None:
            await self._credentials.save(connection, connector.own)
        elif stored is not None:
            await self._credentials.delete(connection, stored, connector.updated_at, by)


def _row(connector: Connector) -> dict[str, Any]:
    definition: Definition = connector.definition
    return {name: definition[name] for name in COLUMNS} | {
        "id": connector.id,
        "workspace_id": connector.workspace_id,
        "revision": connector.revision,
        "version": connector.version,
        "created_at": connector.created_at,
        "updated_at": connector.updated_at,
        "created_by": connector.created_by,
        "credential_id": connector.shared.id if connector.shared else None,
    }


def _pattern(text: str | None) -> str | None:
    if not text:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
