"""Tokens in Postgres: the row of a token is locked for as long as it is asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.credentials.port import Credential, CredentialRows, Token
from connector_registry.oauth import audit
from connector_registry.oauth.port import Due, Renewable, TokenChanged
from connector_registry.oauth.signing_in import GOOD_FOR, SignIn
from connectors_shared.http.audit.postgres import record
from connectors_shared.runtime.postgres import Work, of_workspace, session, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)
FROZEN_MS: Final = 30_000
"""Longer than a token request takes."""
SAVED: Final = (
    "generation",
    "made_for",
    "access_token",
    "refresh_token",
    "key_ids",
    "why",
    "obtained_at",
    "expires_at",
    "due_at",
    "failures",
    "unanswered_at",
    "connected_by",
)


class PostgresTokenStore:
    """`worker` finds what is due in all workspaces, `app` works within one: it has connections of its own for this, so
    that a provider that takes its time keeps nobody else waiting. `credentials` read and announce in the transaction
    of the token."""

    def __init__(self, app: asyncpg.Pool, worker: asyncpg.Pool, credentials: CredentialRows) -> None:
        self._app = app
        self._worker = worker
        self._credentials = credentials

    async def due(self, before: datetime, limit: int) -> list[Due]:
        async with session(self._worker, {}, Work.BACKGROUND) as connection:
            return [Due(**row) async for row in queries.due_tokens(connection, before=before, limit=limit)]

    async def postpone(self, due: Due, now: datetime, until: datetime) -> None:
        async with transaction(self._app, of_workspace(due.workspace_id), Work.BACKGROUND) as connection:
            await queries.postpone_token(connection, **asdict(due), now=now, until=until)

    async def oldest_seconds(self) -> float:
        async with session(self._worker, {}, Work.BACKGROUND) as connection:
            seconds: float = await queries.overdue_seconds(connection)
        return seconds

    @asynccontextmanager
    async def renewable(
        self, workspace_id: UUID, credential_id: UUID, *, wait: bool
    ) -> AsyncIterator[Renewable | None]:
        take = queries.wait_for_token if wait else queries.take_token
        async with transaction(self._app, of_workspace(workspace_id), Work.BACKGROUND) as connection:
            await queries.end_idle_transaction(connection, milliseconds=str(FROZEN_MS))
            taken = await take(connection, credential_id=credential_id, workspace_id=workspace_id)
            found = taken and await self._credentials.find_any(connection, workspace_id, credential_id)
            yield PostgresRenewable(connection, found, self._credentials) if found else None


class PostgresRenewable:
    """Within the transaction that has the lock; `generation` is compared as well, should the lock be lost."""

    def __init__(self, connection: Any, credential: Credential, credentials: CredentialRows) -> None:
        self.credential = credential
        self._connection = connection
        self._credentials = credentials

    async def keep(self, token: Token, connected_by: str | None = None) -> None:
        assert self.credential.token is not None
        told = replace(token, generation=self.credential.token.generation + 1)
        await self._save(told)
        entry = audit.kept(self.credential, self.credential.token, told, connected_by)
        if entry is not None:
            await record(self._connection, entry)
        await self._credentials.announce(self._connection, replace(self.credential, token=told))

    async def note(self, token: Token) -> None:
        await self._save(token)

    async def _save(self, token: Token) -> None:
        credential = self.credential
        assert credential.token is not None
        row = {name: getattr(token, name) for name in SAVED}
        whose = {"credential_id": credential.id, "workspace_id": credential.workspace_id}
        known = {"known": credential.token.generation, "state": token.state.value}
        if await queries.save_token(self._connection, **row, **whose, **known) is None:
            raise TokenChanged


class PostgresSignInStore:
    """`app` within a workspace; `worker` finds by its state whom a provider sends back."""

    def __init__(self, app: asyncpg.Pool, worker: asyncpg.Pool, credentials: CredentialRows) -> None:
        self._app = app
        self._worker = worker
        self._credentials = credentials

    async def credential(self, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        async with transaction(self._app, of_workspace(workspace_id), Work.READ) as connection:
            return await self._credentials.find_any(connection, workspace_id, credential_id)

    async def add(self, sign_in: SignIn) -> None:
        row = asdict(sign_in)
        whose = {name: row[name] for name in ("workspace_id", "credential_id", "asked_by")}
        async with transaction(self._app, of_workspace(sign_in.workspace_id), Work.WRITE) as connection:
            await queries.forget_sign_ins(connection, **whose, now=sign_in.expires_at - GOOD_FOR)
            await queries.insert_sign_in(connection, **row)

    async def sweep(self, now: datetime) -> None:
        async with session(self._worker, {}, Work.BACKGROUND) as connection:
            await queries.sweep_sign_ins(connection, now=now)

    async def take(self, state_hash: bytes, now: datetime) -> SignIn | None:
        async with session(self._worker, {}, Work.WRITE) as connection:
            row = await queries.take_sign_in(connection, state_hash=state_hash)
        return SignIn(**row) if row and row["expires_at"] > now else None
