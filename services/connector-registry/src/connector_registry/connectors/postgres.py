"""Connectors in Postgres. Every query names the workspace, and row-level security checks it again."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.connectors import audit
from connector_registry.connectors.connector import HEAD_FIELDS, Connector, ConnectorSummary, Head, ListFilter
from connector_registry.connectors.port import CredentialGone, VersionChanged
from connector_registry.credentials.port import Credential, CredentialRows
from connector_registry.noticing.postgres import close_all_of
from connector_registry.outbox.postgres import PostgresOutgoing
from connectors_shared.contract.facts import connector_key, version_key
from connectors_shared.http.audit.postgres import record
from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.postgres import Connection, Work, like_pattern, of_workspace, session, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)


class PostgresConnectorStore:
    """On a pool of the app's role. `credentials` and `outgoing` write in the transaction of the connector's change."""

    def __init__(self, pool: asyncpg.Pool, credentials: CredentialRows, outgoing: PostgresOutgoing) -> None:
        self._pool = pool
        self._credentials = credentials
        self._outgoing = outgoing

    async def add(self, connector: Connector, message: bytes) -> None:
        async with self._workspace(connector.workspace_id) as connection:
            row = _row(connector) | {"created_at": connector.created_at, "created_by": connector.created_by}
            await queries.insert_connector(connection, **row)
            await self._save_version(connection, connector)
            await self._save_own(connection, None, connector)
            await record(connection, audit.created(connector))
            await self._outgoing.announce(connection, connector_key(connector.id), message)

    async def find(self, workspace_id: UUID, connector_id: UUID) -> Connector | None:
        return await self._find(workspace_id, connector_id, deleted=False)

    async def find_deleted(self, workspace_id: UUID, connector_id: UUID) -> Connector | None:
        return await self._find(workspace_id, connector_id, deleted=True)

    async def shared(self, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        async with self._workspace(workspace_id) as connection:
            return await self._credentials.find_shared(connection, workspace_id, credential_id)

    async def page(self, workspace_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        after: Cursor | None = wanted.after
        async with self._workspace(workspace_id, Work.READ) as connection:
            rows = queries.page_of_connectors(
                connection,
                workspace_id=workspace_id,
                deleted=wanted.deleted,
                after_time=after.created_at if after else None,
                after_id=after.id if after else None,
                pattern=like_pattern(wanted.text),
                category=wanted.category,
                enabled=wanted.enabled,
                limit=wanted.limit,
            )
            return [ConnectorSummary(**row) async for row in rows]

    async def replace(self, was: Connector, now: Connector, message: bytes) -> None:
        async with self._workspace(now.workspace_id) as connection:
            await self._update(connection, now, was_deleted=False)
            if now.version != was.version:
                await self._supersede(connection, was, now)
            await self._save_own(connection, was.own, now)
            await record(connection, audit.changed(was, now))
            await self._outgoing.announce(connection, connector_key(now.id), message)

    async def remove(self, now: Connector) -> None:
        key = connector_key(now.id)
        async with self._workspace(now.workspace_id) as connection:
            await self._update(connection, now, was_deleted=False)
            await self._outgoing.announce_deletion(connection, key, now.deletion(), now.updated_by)
            if now.own is not None:
                await self._credentials.withdraw(connection, now.own)
            await close_all_of(connection, now.workspace_id, now.id)
            await record(connection, audit.deleted(now))

    async def restore(self, now: Connector, message: bytes) -> None:
        key = connector_key(now.id)
        async with self._workspace(now.workspace_id) as connection:
            # Before the connector, as the purge locks them.
            await self._outgoing.forget_deletion(connection, key)
            await self._update(connection, now, was_deleted=True)
            if now.own is not None:
                await self._credentials.restore(connection, now.own)
            await record(connection, audit.restored(now))
            await self._outgoing.announce(connection, key, message)

    async def is_published(self, connector: Connector) -> bool:
        async with self._workspace(connector.workspace_id, Work.READ) as connection:
            if connector.own and not await self._credentials.is_published(connection, connector.own.id):
                return False
            return not await self._outgoing.has(connection, connector_key(connector.id))

    @asynccontextmanager
    async def _workspace(self, workspace_id: UUID, work: Work = Work.WRITE) -> AsyncIterator[Connection]:
        """A transaction, where something is changed."""
        entered = session if work is Work.READ else transaction
        try:
            async with entered(self._pool, of_workspace(workspace_id), work) as connection:
                yield connection
        except asyncpg.ForeignKeyViolationError:
            raise CredentialGone from None

    async def _find(self, workspace_id: UUID, connector_id: UUID, *, deleted: bool) -> Connector | None:
        async with self._workspace(workspace_id, Work.READ) as connection:
            row = await queries.find_connector(connection, id=connector_id, workspace_id=workspace_id, deleted=deleted)
            if row is None:
                return None
            own = await self._credentials.find(connection, workspace_id, connector_id)
            shared_id = row["credential_id"]
            shared = shared_id and await self._credentials.find_shared(connection, workspace_id, shared_id)
        return _connector(row, own, shared)

    async def _update(self, connection: Any, now: Connector, *, was_deleted: bool) -> None:
        row = _row(now) | {"deleted_at": now.deleted_at, "deleted_by": now.deleted_by}
        if await queries.update_connector(connection, **row, was_deleted=was_deleted) is None:
            raise VersionChanged

    async def _supersede(self, connection: Any, was: Connector, now: Connector) -> None:
        """The definition that was there can be asked for by its number, as long as it is one of the last."""
        await self._save_version(connection, now)
        former = was.superseded_by(now).to_json()
        await self._outgoing.announce(connection, version_key(was.id, was.version), former)
        forgotten = queries.forget_versions(
            connection,
            connector_id=now.id,
            workspace_id=now.workspace_id,
            oldest=now.oldest_version,
            published=now.version,
        )
        for number in [row["version"] async for row in forgotten]:
            await self._outgoing.announce(connection, version_key(now.id, number), None)

    async def _save_version(self, connection: Any, connector: Connector) -> None:
        await queries.insert_version(
            connection,
            connector_id=connector.id,
            version=connector.version,
            workspace_id=connector.workspace_id,
            definition=connector.definition,
            created_by=connector.updated_by,
            created_at=connector.updated_at,
        )

    async def _save_own(self, connection: Any, was: Credential | None, now: Connector) -> None:
        if now.own is not None and now.own != was:
            await self._credentials.save(connection, now.own)
        if was is not None and now.own is None:
            await self._credentials.delete(connection, was, now.updated_at, now.updated_by)


class ConnectorPurge:
    """What goes with the deletion of a connector, in the worker's transaction that purges it."""

    def __init__(self, outgoing: PostgresOutgoing) -> None:
        self._outgoing = outgoing

    async def __call__(self, connection: Any, workspace_id: UUID, connector_id: UUID) -> None:
        await queries.enter_workspace(connection, workspace_id=str(workspace_id))
        former = queries.former_versions(connection, id=connector_id, workspace_id=workspace_id)
        for number in [row["version"] async for row in former]:
            await self._outgoing.announce(connection, version_key(connector_id, number), None)
        await queries.purge_connector(connection, id=connector_id, workspace_id=workspace_id)


def _row(connector: Connector) -> dict[str, Any]:
    return asdict(connector.head) | {
        "id": connector.id,
        "workspace_id": connector.workspace_id,
        "revision": connector.revision,
        "version": connector.version,
        "updated_at": connector.updated_at,
        "updated_by": connector.updated_by,
        "credential_id": connector.shared.id if connector.shared else None,
    }


def _connector(row: Mapping[str, Any], own: Credential | None, shared: Credential | None) -> Connector:
    head = Head(**{name: row[name] for name in HEAD_FIELDS})
    rest = {name: value for name, value in row.items() if name not in (*HEAD_FIELDS, "credential_id")}
    return Connector(**rest, head=head, own=own, shared=shared)
