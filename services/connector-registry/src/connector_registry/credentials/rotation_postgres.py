"""What is sealed under which key, in Postgres."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.credentials import audit
from connector_registry.credentials.port import Credential, CredentialRows
from connector_registry.credentials.postgres import locked
from connector_registry.credentials.rotation import Came, Counts, SealedAnew, UnderFormer
from connectors_shared.http.audit.postgres import record
from connectors_shared.runtime.postgres import Work, of_workspace, session, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "rotation.sql", "asyncpg", mandatory_parameters=False)


class PostgresSealedStore:
    """`worker` finds them in all workspaces, `app` seals within one; `rows` announce in the same transaction."""

    def __init__(self, app: asyncpg.Pool, worker: asyncpg.Pool, rows: CredentialRows) -> None:
        self._app = app
        self._worker = worker
        self._rows = rows

    async def sealed_under(self, keys: Sequence[str], after: UUID | None, limit: int) -> list[UnderFormer]:
        async with session(self._worker, {}, Work.BACKGROUND) as connection:
            found = queries.sealed_under(connection, keys=list(keys), after=after, limit=limit)
            return [UnderFormer(**row) async for row in found]

    async def seal(self, one: UnderFormer, sealed_anew: SealedAnew) -> Came:
        async with transaction(self._app, of_workspace(one.workspace_id), Work.BACKGROUND) as connection:
            return await self._seal(connection, one, sealed_anew)

    async def _seal(self, connection: Any, one: UnderFormer, sealed_anew: SealedAnew) -> Came:
        stored = await self._rows.find_any(connection, one.workspace_id, one.credential_id)
        if stored is None:
            return Came.GONE
        whose = {"id": one.credential_id, "workspace_id": one.workspace_id}
        if stored.token is not None and await queries.take_token(connection, **whose) is None:
            return Came.LATER
        await locked(connection, stored)
        stored = await self._rows.find_any(connection, one.workspace_id, one.credential_id)
        if stored is None:
            return Came.GONE
        anew = sealed_anew(stored)
        if (anew.sealed, anew.token) == (stored.sealed, stored.token):
            return Came.GONE
        anew = await _saved(connection, anew)
        await record(connection, audit.rotated(anew))
        if not await self._is_withdrawn(connection, anew):
            await self._rows.announce(connection, anew)
        return Came.SEALED

    async def _is_withdrawn(self, connection: Any, credential: Credential) -> bool:
        """Its connector is deleted, and so is what executors have of it."""
        whose = {"connector_id": credential.connector_id, "workspace_id": credential.workspace_id}
        return credential.connector_id is not None and bool(await queries.is_withdrawn(connection, **whose))

    async def counts(self, former: Sequence[str], known: Sequence[str]) -> Counts:
        async with session(self._worker, {}, Work.BACKGROUND) as connection:
            return Counts(**await queries.count_sealed(connection, former=list(former), known=list(known)))


async def _saved(connection: Any, credential: Credential) -> Credential:
    whose = {"id": credential.id, "workspace_id": credential.workspace_id}
    key_ids = sorted(set(credential.key_ids.values()))
    sealings = await queries.save_sealed(connection, **whose, sealed=credential.sealed, key_ids=key_ids)
    token = credential.token
    if token is not None:
        kept = {"access_token": token.access_token, "refresh_token": token.refresh_token, "key_ids": token.key_ids}
        await queries.save_token_sealed(connection, **whose, **kept)
    return replace(credential, sealings=sealings)
