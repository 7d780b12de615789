"""API keys in Postgres. Row-level security checks whose they are; who presents one sees the row of that one."""

from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.access import audit
from connector_registry.access.port import NOTED_EVERY, ApiKey, ApiKeyExists, TooManyApiKeys
from connectors_shared.http.audit.postgres import record
from connectors_shared.http.cursor import Cursor
from connectors_shared.http.principal import Kind
from connectors_shared.http.tokens import known_scopes
from connectors_shared.runtime.postgres import Connection, Work, brief_session, of_workspace, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)


class PostgresApiKeyStore:
    """On the app's pool. Keys are looked up in `looking_up`, another one: a flood of made-up keys takes no connection
    from those who are known."""

    def __init__(self, pool: asyncpg.Pool, looking_up: asyncpg.Pool) -> None:
        self._pool = pool
        self._looking_up = looking_up

    async def presented(self, key_hash: bytes, at: datetime) -> ApiKey | None:
        async with brief_session(self._looking_up) as connection:
            row = await queries.presented(connection, key_hash=key_hash, at=at, noted_every=NOTED_EVERY)
        return None if row is None else _key(row)

    async def add(self, key: ApiKey, key_hash: bytes, most: int) -> None:
        written = {"key_hash": key_hash, "kind": key.kind.value, "scopes": sorted(key.scopes)}
        async with self._inside(key.workspace_id, Work.WRITE) as connection:
            await queries.wait_for_turn(connection, workspace_id=str(key.workspace_id))
            await queries.forget_ended(connection, workspace_id=key.workspace_id, at=key.created_at)
            present = await queries.count_keys(connection, workspace_id=key.workspace_id)
            if await queries.insert_key(connection, **asdict(key) | written) is None:
                raise ApiKeyExists
            if present >= most:
                raise TooManyApiKeys
            await record(connection, audit.created(key))

    async def page(self, workspace_id: UUID, limit: int, after: Cursor | None) -> list[ApiKey]:
        async with self._inside(workspace_id, Work.READ) as connection:
            rows = queries.page_of_keys(
                connection,
                workspace_id=workspace_id,
                limit=limit,
                after_at=after.created_at if after else None,
                after_id=after.id if after else None,
            )
            return [_key(row) async for row in rows]

    async def revoke(self, workspace_id: UUID, key_id: UUID, at: datetime, by: str) -> bool:
        async with self._inside(workspace_id, Work.WRITE) as connection:
            found = await queries.revoke_key(connection, id=key_id, workspace_id=workspace_id, at=at, by=by)
            if found is not None and found["is_new"]:
                await record(connection, audit.revoked(workspace_id, key_id, found["name"]))
        return found is not None

    def _inside(self, workspace_id: UUID, work: Work) -> AbstractAsyncContextManager[Connection]:
        return transaction(self._pool, of_workspace(workspace_id), work)


def _key(row: Any) -> ApiKey:
    """A scope that only another version knows gives nothing here."""
    return ApiKey(**dict(row) | {"kind": Kind(row["kind"]), "scopes": known_scopes(row["scopes"])})
