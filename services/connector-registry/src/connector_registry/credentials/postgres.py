"""Credentials in Postgres. Every query names the workspace, and row-level security checks it again."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg
import msgspec

from connector_registry.credentials import audit
from connector_registry.credentials.port import (
    Credential,
    CredentialUsed,
    CredentialUser,
    Published,
    RevisionChanged,
    Token,
)
from connector_registry.credentials.staleness import gone, said_of
from connector_registry.noticing.notice import Said
from connector_registry.noticing.postgres import say
from connector_registry.outbox.postgres import PostgresOutgoing
from connectors_shared.contract.credential import CredentialStatus
from connectors_shared.contract.facts import Deletion, credential_key
from connectors_shared.http.audit.postgres import record
from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.postgres import Connection, Work, of_workspace, transaction

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
    "entered_at",
    "sealings",
)
COUNTED: Final = "sealings"
"""Counted by the database."""


class PostgresCredentialRows:
    """Own credentials, in a transaction that has entered their workspace; `outgoing` announces in the same."""

    def __init__(self, outgoing: PostgresOutgoing, published: Published = Credential.published) -> None:
        self._outgoing = outgoing
        self._published = published

    async def find(self, connection: Any, workspace_id: UUID, connector_id: UUID) -> Credential | None:
        row = await queries.find_own_credential(connection, connector_id=connector_id, workspace_id=workspace_id)
        return credential_of(row) if row else None

    async def find_shared(self, connection: Any, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        row = await queries.find_shared_credential(connection, id=credential_id, workspace_id=workspace_id)
        return credential_of(row) if row else None

    async def find_any(self, connection: Any, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        row = await queries.find_credential(connection, id=credential_id, workspace_id=workspace_id)
        return credential_of(row) if row else None

    async def announce(self, connection: Any, credential: Credential) -> None:
        await _tell(connection, said_of(credential))
        await self._outgoing.announce(connection, credential_key(credential.id), self._published(credential).to_json())

    async def announce_deletion(self, connection: Any, credential: Credential, deletion: Deletion, by: str) -> None:
        await _tell(connection, gone(credential))
        await self._outgoing.announce_deletion(connection, credential_key(credential.id), deletion, by)

    async def save(self, connection: Any, credential: Credential) -> None:
        credential = await locked(connection, credential)
        await queries.save_own_credential(connection, **row_of(credential))
        await self.announce(connection, await expecting(connection, credential))

    async def delete(self, connection: Any, credential: Credential, at: datetime, by: str) -> None:
        credential = await locked(connection, credential)
        await queries.delete_own_credential(connection, id=credential.id, workspace_id=credential.workspace_id)
        await self.announce_deletion(connection, credential, credential.deletion(at), by)

    async def withdraw(self, connection: Any, credential: Credential) -> None:
        credential = await locked(connection, credential)
        await queries.save_own_credential(connection, **row_of(credential))
        await self.announce_deletion(connection, credential, credential.withdrawal(), credential.updated_by)
        await queries.withdraw_token(connection, id=credential.id, workspace_id=credential.workspace_id)

    async def restore(self, connection: Any, credential: Credential) -> None:
        await self._outgoing.forget_deletion(connection, credential_key(credential.id))
        await self.save(connection, credential)

    async def is_published(self, connection: Any, credential_id: UUID) -> bool:
        return not await self._outgoing.has(connection, credential_key(credential_id))


class PostgresCredentialStore:
    """Shared credentials, on the app's pool; `rows` announce in the transaction of the change."""

    def __init__(self, pool: asyncpg.Pool, rows: PostgresCredentialRows) -> None:
        self._pool = pool
        self._rows = rows

    async def add(self, credential: Credential) -> None:
        async with self._workspace(credential.workspace_id) as connection:
            await queries.insert_credential(connection, **row_of(credential))
            await record(connection, audit.created(credential))
            await self._rows.announce(connection, await expecting(connection, credential))

    async def find(self, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        async with self._workspace(workspace_id) as connection:
            return await self._rows.find_shared(connection, workspace_id, credential_id)

    async def page(self, workspace_id: UUID, limit: int, after: Cursor | None) -> list[Credential]:
        async with self._workspace(workspace_id) as connection:
            rows = queries.page_of_credentials(
                connection,
                workspace_id=workspace_id,
                after_time=after.created_at if after else None,
                after_id=after.id if after else None,
                limit=limit,
            )
            return [credential_of(row) async for row in rows]

    async def users(
        self, workspace_id: UUID, credential_id: UUID, limit: int, after: Cursor | None = None
    ) -> list[CredentialUser]:
        async with self._workspace(workspace_id) as connection:
            rows = queries.page_of_users(
                connection,
                workspace_id=workspace_id,
                credential_id=credential_id,
                after_time=after.created_at if after else None,
                after_id=after.id if after else None,
                limit=limit,
            )
            return [CredentialUser(**row) async for row in rows]

    async def count_users(self, workspace_id: UUID, credential_ids: Sequence[UUID]) -> dict[UUID, int]:
        async with self._workspace(workspace_id) as connection:
            rows = queries.count_users(connection, workspace_id=workspace_id, ids=list(credential_ids))
            return {row["credential_id"]: row["users"] async for row in rows}

    async def replace(self, credential: Credential, stored: Credential) -> None:
        async with self._workspace(credential.workspace_id) as connection:
            credential = await locked(connection, credential)
            row = row_of(credential) | {"known": stored.revision}
            if await queries.update_credential(connection, **row) is None:
                raise RevisionChanged
            if not credential.asks_alike(stored):
                credential = await expecting(connection, credential)
            if credential.revision != stored.revision:
                await record(connection, audit.changed(stored, credential))
            await self._rows.announce(connection, credential)

    async def remove(self, stored: Credential, at: datetime, by: str) -> None:
        try:
            async with self._workspace(stored.workspace_id) as connection:
                stored = await locked(connection, stored)
                deleted = await queries.delete_credential(
                    connection, id=stored.id, workspace_id=stored.workspace_id, revision=stored.revision
                )
                if deleted is None:
                    raise RevisionChanged
                await record(connection, audit.deleted(stored))
                await self._rows.announce_deletion(connection, stored, stored.deletion(at), by)
        except asyncpg.ForeignKeyViolationError:
            raise CredentialUsed from None

    async def is_published(self, workspace_id: UUID, credential_id: UUID) -> bool:
        async with self._workspace(workspace_id) as connection:
            return await self._rows.is_published(connection, credential_id)

    def _workspace(self, workspace_id: UUID) -> AbstractAsyncContextManager[Connection]:
        return transaction(self._pool, of_workspace(workspace_id), Work.WRITE)


async def _tell(connection: Any, said: Said | None) -> None:
    if said is not None:
        await say(connection, said)


async def locked(connection: Any, credential: Credential) -> Credential:
    """With its token, and how often it was sealed, as they are now; nobody changes them until the transaction ends."""
    row = await queries.lock_token(connection, id=credential.id, workspace_id=credential.workspace_id)
    sealings = await queries.lock_sealings(connection, id=credential.id, workspace_id=credential.workspace_id)
    return replace(credential, token=token_of(row), sealings=sealings or 0)


async def expecting(connection: Any, credential: Credential) -> Credential:
    """It has been saved, and its token is to be looked at, if it has one."""
    if credential.is_issued:
        by_people = credential.is_connected_by_people
        await queries.expect_token(
            connection, id=credential.id, workspace_id=credential.workspace_id, by_people=by_people
        )
    return credential


def credential_of(row: Any) -> Credential:
    known = {name: row[name] for name in COLUMNS}
    return Credential(**known | {"status": CredentialStatus(row["status"]), "token": token_of(row["token"])})


def token_of(row: dict[str, Any] | None) -> Token | None:
    return None if row is None else msgspec.convert(row, Token)


def row_of(credential: Credential) -> dict[str, Any]:
    row = {name: getattr(credential, name) for name in COLUMNS if name != COUNTED}
    return row | {"status": credential.status.value, "key_ids": sorted(set(credential.key_ids.values()))}
