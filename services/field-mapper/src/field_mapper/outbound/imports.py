"""Imports in Postgres: as the app, and as the worker for what spans workspaces, which is finding the next one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg
import msgspec

from connectors_shared.contract.updates import MappingReason
from connectors_shared.http.audit.postgres import record
from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.postgres import Connection, Work, of_workspaces, session, transaction
from field_mapper.coercion import storable
from field_mapper.imports.plans import Counts, Plan
from field_mapper.imports.port import (
    Import,
    Look,
    NewImport,
    NoRoomError,
    NotNowError,
    Status,
    Turn,
)
from field_mapper.imports.rows import CellError
from field_mapper.imports.sheets import Delimiter, Encoding, Row
from field_mapper.outbound import audit
from field_mapper.outbound.previewing import only_reading
from field_mapper.outbound.session import PostgresContactSession, bucket_of, hold

LEASE_SECONDS: Final = 30.0
"""After which whoever says nothing is gone: a part takes a second."""
IMPORTS_CLASS: Final = 0x696D706F
MOST_UNFINISHED: Final = 5
"""Imports of one workspace, whose files are kept."""
MOST_ERRORS: Final = 100_000
"""That are kept of one import; the others are counted."""
ROW_ONLY: Final = -1

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "imports.sql", "asyncpg", mandatory_parameters=False)
_ROWS: Final = msgspec.json.Decoder(list[Row])


class PostgresImports:
    """`port.ImportStore`. `pool` is the app's, `worker` the worker's."""

    def __init__(self, pool: asyncpg.Pool, worker: asyncpg.Pool) -> None:
        self._pool = pool
        self._worker = worker

    async def begin(self, new: NewImport) -> None:
        async with self._whole(new.workspace_id) as connection:
            await hold(connection, IMPORTS_CLASS, [bucket_of(new.workspace_id)])
            if await queries.count_unfinished(connection, workspace_id=new.workspace_id) >= MOST_UNFINISHED:
                raise NoRoomError
            await queries.begin_import(
                connection,
                workspace_id=new.workspace_id,
                id=new.id,
                file_name=new.file_name and storable(new.file_name),
                file_bytes=new.file_bytes,
                encoding=new.encoding.value,
                delimiter=new.delimiter.value,
                header=_storable_texts(new.header),
                created_by=storable(new.created_by),
            )

    async def add_part(self, workspace_id: UUID, import_id: UUID, number: int, rows: Sequence[Row]) -> None:
        async with self._each(workspace_id) as connection:
            kept = await queries.add_part(
                connection, workspace_id=workspace_id, id=import_id, number=number, rows=msgspec.json.encode(rows)
            )
        if kept is None:
            raise NotNowError(Status.CANCELLED)

    async def finish(
        self, workspace_id: UUID, import_id: UUID, rows: int, parts: int, samples: list[list[str]]
    ) -> Import:
        async with self._each(workspace_id) as connection:
            row = await queries.finish_upload(
                connection,
                workspace_id=workspace_id,
                id=import_id,
                rows=rows,
                parts=parts,
                samples=[_storable_texts(sample) for sample in samples],
            )
        if row is None:
            raise NotNowError(Status.CANCELLED)
        return _import(row)

    async def drop(self, workspace_id: UUID, import_id: UUID) -> None:
        async with self._each(workspace_id) as connection:
            await queries.drop_import(connection, workspace_id=workspace_id, id=import_id)

    async def get(self, workspace_id: UUID, import_id: UUID) -> Import | None:
        async with self._each(workspace_id) as connection:
            row = await queries.get_import(connection, workspace_id=workspace_id, id=import_id)
        return row and _import(row)

    async def page(self, workspace_id: UUID, before: Cursor | None, most: int) -> list[Import]:
        """Newest first."""
        async with self._each(workspace_id) as connection:
            rows = queries.list_imports(
                connection,
                workspace_id=workspace_id,
                before_time=before and before.created_at,
                before_id=before and before.id,
                most=most,
            )
            return [_import(row) async for row in rows]

    async def begin_run(
        self, workspace_id: UUID, import_id: UUID, status: Status, plan: Plan, by: str
    ) -> Import | None:
        about = {"workspace_id": workspace_id, "id": import_id}
        async with self._whole(workspace_id) as connection:
            row = await queries.lock_import(connection, **about)
            if row is None:
                return None
            if row["status"] not in (Status.UPLOADED, Status.CHECKED):
                raise NotNowError(Status(row["status"]))
            await queries.drop_errors(connection, **about)
            await queries.drop_check(connection, **about)
            row = await queries.plan_import(
                connection, **about, status=status.value, plan=msgspec.to_builtins(plan), planned_by=storable(by)
            )
            found = _import(row)
            if status is Status.IMPORTING:
                await record(connection, audit.import_begun(found))
        return found

    async def cancel(self, workspace_id: UUID, import_id: UUID) -> Import | None:
        about = {"workspace_id": workspace_id, "id": import_id}
        async with self._whole(workspace_id) as connection:
            row = await queries.lock_import(connection, **about)
            if row is None:
                return None
            if row["status"] == Status.DONE:
                raise NotNowError(Status.DONE)
            if row["status"] == Status.CANCELLED:
                return _import(row)
            status = Status.UPLOADED if row["status"] == Status.CHECKING else Status.CANCELLED
            if status is Status.CANCELLED:
                await queries.drop_parts(connection, **about)
            row = await queries.end_import(connection, **about, status=status.value)
            found = _import(row)
            await record(connection, audit.import_cancelled(found))
        return found

    async def errors(self, workspace_id: UUID, import_id: UUID, after: tuple[int, int], most: int) -> list[CellError]:
        async with self._each(workspace_id) as connection:
            rows = queries.errors_after(
                connection,
                workspace_id=workspace_id,
                id=import_id,
                after_row=after[0],
                after_place=after[1],
                most=most,
            )
            return [_error(row) async for row in rows]

    async def claim(self, lease: UUID) -> tuple[UUID, UUID] | None:
        async with session(self._worker, {}, Work.BACKGROUND) as connection:
            row = await queries.claim_import(connection, lease=lease, seconds=LEASE_SECONDS)
        return row and (row["workspace_id"], row["id"])

    @asynccontextmanager
    async def turn(self, workspace_id: UUID, import_id: UUID, lease: UUID) -> AsyncIterator[Turn | None]:
        async with transaction(self._pool, of_workspaces([workspace_id]), Work.BACKGROUND) as connection:
            row = await queries.hold_import(connection, workspace_id=workspace_id, id=import_id, lease=lease)
            yield row and _PostgresTurn(connection, _import(row))

    @asynccontextmanager
    async def look(self, workspace_id: UUID, import_id: UUID) -> AsyncIterator[Look]:
        async with transaction(self._pool, of_workspaces([workspace_id]), Work.BACKGROUND) as connection:
            yield _PostgresLook(connection, await only_reading(connection), workspace_id, import_id)

    async def release(self, workspace_id: UUID, import_id: UUID, lease: UUID) -> None:
        async with self._each(workspace_id) as connection:
            await queries.release_import(connection, workspace_id=workspace_id, id=import_id, lease=lease)

    def _each(self, workspace_id: UUID) -> AbstractAsyncContextManager[Connection]:
        return session(self._pool, of_workspaces([workspace_id]), Work.WRITE)

    def _whole(self, workspace_id: UUID) -> AbstractAsyncContextManager[Connection]:
        return transaction(self._pool, of_workspaces([workspace_id]), Work.WRITE)


async def _rows_of(connection: Connection, workspace_id: UUID, import_id: UUID, part: int) -> list[Row]:
    body = await queries.rows_of_part(connection, workspace_id=workspace_id, id=import_id, number=part)
    return _ROWS.decode(body) if body is not None else []


@dataclass(frozen=True, slots=True)
class _PostgresLook:
    """`port.Look`."""

    connection: Connection
    session: PostgresContactSession
    workspace_id: UUID
    import_id: UUID

    async def rows(self, part: int) -> list[Row]:
        return await _rows_of(self.connection, self.workspace_id, self.import_id, part)


class _PostgresTurn:
    """`port.Turn` inside a transaction, in which the import's row is locked."""

    def __init__(self, connection: Connection, found: Import) -> None:
        self._connection = connection
        self.found = found
        self.session = PostgresContactSession(connection)
        self._about = {"workspace_id": found.workspace_id, "id": found.id}

    async def rows(self) -> list[Row]:
        found = self.found
        return await _rows_of(self._connection, found.workspace_id, found.id, found.next_part)

    async def advance(self, counts: Counts, errors: Sequence[CellError]) -> Import:
        kept = max(0, MOST_ERRORS - self.found.counts.errors)
        if errors[:kept]:
            await self._keep(errors[:kept])
        found = await self._go_to(self.found.next_part + 1, counts)
        return await self._end() if found.next_part >= found.parts else found

    async def restart(self) -> Import:
        await queries.drop_errors(self._connection, **self._about)
        return await self._go_to(0, Counts())

    async def kept(self) -> bytes | None:
        found = await queries.check_at(self._connection, **self._about, part=self.found.next_part)
        return None if found is None else bytes(found)

    async def keep(self, part: int, known: bytes) -> None:
        await queries.keep_check(self._connection, **self._about, part=part, known=known)

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        async with self._connection.transaction():
            yield

    async def _go_to(self, part: int, counts: Counts) -> Import:
        told = msgspec.to_builtins(counts)
        row = await queries.advance_import(
            self._connection, **self._about, next_part=part, counts=told, seconds=LEASE_SECONDS
        )
        return _import(row)

    async def _keep(self, errors: Sequence[CellError]) -> None:
        await queries.add_errors(
            self._connection,
            **self._about,
            rows=[error.row for error in errors],
            places=[ROW_ONLY if error.column is None else error.column for error in errors],
            reasons=[error.reason.value for error in errors],
            details=[storable(error.detail) for error in errors],
            cells=[storable(error.cell) for error in errors],
        )

    async def _end(self) -> Import:
        checked = self.found.status is Status.CHECKING
        if checked:
            await queries.drop_check(self._connection, **self._about)
        else:
            await queries.drop_parts(self._connection, **self._about)
        status = Status.CHECKED if checked else Status.DONE
        return _import(await queries.end_import(self._connection, **self._about, status=status.value))


def _import(row: asyncpg.Record) -> Import:
    return Import(
        workspace_id=row["workspace_id"],
        id=row["id"],
        status=Status(row["status"]),
        file_name=row["file_name"],
        file_bytes=row["file_bytes"],
        encoding=Encoding(row["encoding"]),
        delimiter=Delimiter(row["delimiter"]),
        header=row["header"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        samples=row["samples"],
        row_count=row["row_count"],
        parts=row["parts"],
        plan=msgspec.convert(row["plan"], Plan) if row["plan"] else None,
        planned_by=row["planned_by"],
        next_part=row["next_part"],
        counts=msgspec.convert(row["counts"], Counts),
    )


def _error(row: asyncpg.Record) -> CellError:
    column = None if row["place"] == ROW_ONLY else row["place"]
    return CellError(row["row_number"], column, MappingReason(row["reason"]), row["detail"], row["cell"])


def _storable_texts(texts: Sequence[str]) -> list[str]:
    return [storable(text) for text in texts]
