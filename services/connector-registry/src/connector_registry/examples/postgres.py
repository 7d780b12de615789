"""Examples in Postgres. Row-level security checks whose they are."""

import json
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg
import msgspec

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.examples import audit
from connector_registry.examples.port import Example, ExampleExists, TooManyExamples
from connectors_shared.http.answers.postgres import keep_promise
from connectors_shared.http.audit.postgres import record
from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.postgres import Connection, Work, of_workspace, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)


class PostgresExampleStore:
    """On the app's pool."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, example: Example, most: int) -> None:
        whose = {"workspace_id": example.workspace_id, "connector_id": example.connector_id}
        written = {"inputs": json.dumps(example.inputs), "output": json.dumps(example.output)}
        async with self._inside(example.workspace_id, Work.WRITE) as connection:
            if await queries.lock_connector(connection, **whose) is None:
                raise ConnectorMissing
            present = await queries.count_examples(connection, **whose)
            if await queries.insert_example(connection, **asdict(example) | written) is None:
                raise ExampleExists
            if present >= most:
                raise TooManyExamples
            await record(connection, audit.kept(example))
            await keep_promise(connection)

    async def find(self, workspace_id: UUID, connector_id: UUID, example_id: UUID) -> Example | None:
        async with self._inside(workspace_id, Work.READ) as connection:
            row = await queries.find_example(
                connection, id=example_id, connector_id=connector_id, workspace_id=workspace_id
            )
        return None if row is None else _example(row)

    async def page(self, workspace_id: UUID, connector_id: UUID, limit: int, after: Cursor | None) -> list[Example]:
        async with self._inside(workspace_id, Work.READ) as connection:
            rows = queries.page_of_examples(
                connection,
                connector_id=connector_id,
                workspace_id=workspace_id,
                limit=limit,
                after_at=after.created_at if after else None,
                after_id=after.id if after else None,
            )
            return [_example(row) async for row in rows]

    async def remove(self, workspace_id: UUID, connector_id: UUID, example_id: UUID) -> bool:
        async with self._inside(workspace_id, Work.WRITE) as connection:
            name = await queries.delete_example(
                connection, id=example_id, connector_id=connector_id, workspace_id=workspace_id
            )
            if name is None:
                return False
            await record(connection, audit.removed(workspace_id, connector_id, example_id, name))
        return True

    def _inside(self, workspace_id: UUID, work: Work) -> AbstractAsyncContextManager[Connection]:
        return transaction(self._pool, of_workspace(workspace_id), work)


def _example(row: Any) -> Example:
    read = {name: msgspec.json.decode(row[name]) for name in ("inputs", "output")}
    return Example(**dict(row) | read)
