"""Connectors in Postgres. Every query names the workspace, and row-level security checks it again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from connector_registry.connectors.connector import (
    Connector,
    ConnectorSummary,
    Credential,
    Cursor,
    Definition,
    ListFilter,
)
from connector_registry.connectors.ports import VersionChanged
from connector_registry.outbound.queries import load_queries
from connectors_shared.contract.facts import Deletion, connector_key
from connectors_shared.contract.topics import CONFIG

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
    """`topic` is where changes are announced."""

    def __init__(self, pool: asyncpg.Pool, topic: str = CONFIG.name) -> None:
        self._pool = pool
        self._topic = topic
        self._sql = load_queries()

    async def add(self, connector: Connector, message: bytes) -> None:
        async with self._workspace(connector.workspace_id) as connection:
            await self._sql.insert_connector(connection, **_row(connector))
            await self._save_version(connection, connector, connector.created_by)
            await self._announce(connection, connector.id, message)

    async def find(self, workspace_id: UUID, connector_id: UUID) -> Connector | None:
        async with self._workspace(workspace_id) as connection:
            row = await self._sql.find_connector(connection, id=connector_id, workspace_id=workspace_id)
            if row is None:
                return None
            credential = await self._sql.find_credential(
                connection, connector_id=connector_id, workspace_id=workspace_id
            )
        return Connector(**row, credential=Credential(**credential) if credential else None)

    async def page(self, workspace_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        after: Cursor | None = wanted.after
        async with self._workspace(workspace_id) as connection:
            rows = self._sql.page_of_connectors(
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

    async def replace(self, connector: Connector, message: bytes, changed_by: str) -> None:
        row = _row(connector)
        async with self._workspace(connector.workspace_id) as connection:
            if await self._sql.update_connector(connection, **row) is None:
                raise VersionChanged
            await self._save_version(connection, connector, changed_by)
            await self._announce(connection, connector.id, message)

    async def remove(self, connector: Connector, deletion: Deletion, deleted_by: str) -> None:
        async with self._workspace(connector.workspace_id) as connection:
            deleted = await self._sql.delete_connector(
                connection, id=connector.id, workspace_id=connector.workspace_id, revision=deletion.revision
            )
            if deleted is None:
                raise VersionChanged
            await self._sql.add_deletion(
                connection,
                key=str(connector_key(connector.id)),
                workspace_id=connector.workspace_id,
                topic=self._topic,
                revision=deletion.revision,
                deleted_by=deleted_by,
                deleted_at=deletion.changed_at,
            )
            await self._announce(connection, connector.id, deletion.to_json())

    async def is_published(self, connector_id: UUID) -> bool:
        async with self._pool.acquire() as connection:
            return not await self._sql.has_message(connection, key=str(connector_key(connector_id)))

    @asynccontextmanager
    async def _workspace(self, workspace_id: UUID) -> AsyncIterator[Any]:
        async with self._pool.acquire() as connection, connection.transaction():
            await self._sql.enter_workspace(connection, workspace_id=str(workspace_id))
            yield connection

    async def _save_version(self, connection: Any, connector: Connector, by: str) -> None:
        await self._sql.insert_version(
            connection,
            connector_id=connector.id,
            version=connector.version,
            workspace_id=connector.workspace_id,
            definition=connector.definition,
            created_by=by,
            created_at=connector.updated_at,
        )
        await self._save_credential(connection, connector)

    async def _save_credential(self, connection: Any, connector: Connector) -> None:
        credential = connector.credential
        if credential is None:
            await self._sql.delete_credential(
                connection, connector_id=connector.id, workspace_id=connector.workspace_id
            )
            return
        await self._sql.save_credential(
            connection,
            id=credential.id,
            workspace_id=credential.workspace_id,
            connector_id=credential.connector_id,
            type=credential.type,
            public=credential.public,
            sealed=credential.sealed,
            key_id=credential.key_id,
            created_at=credential.created_at,
            updated_at=credential.updated_at,
        )

    async def _announce(self, connection: Any, connector_id: UUID, value: bytes) -> None:
        await self._sql.add_message(connection, topic=self._topic, key=str(connector_key(connector_id)), value=value)


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
    }


def _pattern(text: str | None) -> str | None:
    if not text:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
