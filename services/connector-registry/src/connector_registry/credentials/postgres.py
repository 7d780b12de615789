"""The own credential of a connector in Postgres, in a transaction that has entered its workspace."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql

from connector_registry.credentials.port import Credential
from connector_registry.outbox.postgres import PostgresOutgoing
from connectors_shared.contract.credential import CredentialStatus
from connectors_shared.contract.facts import credential_key

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)
COLUMNS: Final = (
    "id",
    "workspace_id",
    "connector_id",
    "name",
    "type",
    "public",
    "sealed",
    "last_four",
    "allowed_origins",
    "status",
    "revision",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
)


class PostgresCredentialRows:
    """`outgoing` announces in the same transaction."""

    def __init__(self, outgoing: PostgresOutgoing) -> None:
        self._outgoing = outgoing

    async def find(self, connection: Any, workspace_id: UUID, connector_id: UUID) -> Credential | None:
        row = await queries.find_own_credential(connection, connector_id=connector_id, workspace_id=workspace_id)
        return credential_of(row) if row else None

    async def find_shared(self, connection: Any, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        row = await queries.find_shared_credential(connection, id=credential_id, workspace_id=workspace_id)
        return credential_of(row) if row else None

    async def save(self, connection: Any, credential: Credential) -> None:
        await queries.save_own_credential(connection, **row_of(credential))
        key = credential_key(credential.id)
        await self._outgoing.announce(connection, key, credential.published().to_json())

    async def delete(self, connection: Any, credential: Credential, at: datetime, by: str) -> None:
        await queries.delete_own_credential(connection, id=credential.id, workspace_id=credential.workspace_id)
        key = credential_key(credential.id)
        await self._outgoing.announce_deletion(connection, key, credential.deletion(at), by)

    async def withdraw(self, connection: Any, credential: Credential) -> None:
        await queries.save_own_credential(connection, **row_of(credential))
        key = credential_key(credential.id)
        await self._outgoing.announce_deletion(connection, key, credential.withdrawal(), credential.updated_by)

    async def restore(self, connection: Any, credential: Credential) -> None:
        await self._outgoing.forget_deletion(connection, credential_key(credential.id))
        await self.save(connection, credential)

    async def is_published(self, connection: Any, credential_id: UUID) -> bool:
        return not await self._outgoing.has(connection, credential_key(credential_id))


def credential_of(row: Any) -> Credential:
    known = {name: row[name] for name in COLUMNS}
    return Credential(**known | {"status": CredentialStatus(row["status"])})


def row_of(credential: Credential) -> dict[str, Any]:
    row = {name: getattr(credential, name) for name in COLUMNS}
    return row | {"status": credential.status.value, "key_ids": sorted(set(credential.key_ids.values()))}
