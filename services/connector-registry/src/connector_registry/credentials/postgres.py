"""Credentials in Postgres, in a transaction that has entered their workspace."""

from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql

from connector_registry.credentials.port import Credential

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)


class PostgresCredentialRows:
    async def find(self, connection: Any, workspace_id: UUID, connector_id: UUID) -> Credential | None:
        row = await queries.find_credential(connection, connector_id=connector_id, workspace_id=workspace_id)
        return Credential(**row) if row else None

    async def save(self, connection: Any, credential: Credential) -> None:
        await queries.save_credential(
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

    async def delete(self, connection: Any, workspace_id: UUID, connector_id: UUID) -> None:
        await queries.delete_credential(connection, connector_id=connector_id, workspace_id=workspace_id)
