"""Definitions of custom fields in Postgres, and the stored values that they are about."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg
import msgspec

from connectors_shared.http.answers.postgres import keep_promise
from connectors_shared.http.audit.postgres import record
from connectors_shared.http.idempotency import no_promise
from connectors_shared.runtime.postgres import Connection, Work, of_workspaces, session, transaction
from field_mapper.coercion import FieldDefinition, ValueRefusedError
from field_mapper.outbound import audit
from field_mapper.outbound.session import (
    MOST_FIELDS,
    ROOM_CLASS,
    TYPES_CLASS,
    bucket_of,
    definition_from,
    hold,
)

PAGE_VALUES: Final = 500
PAGE_BYTES: Final = 1024 * 1024
DELETE_AT_ONCE: Final = 5000
SHOWN_UNFIT: Final = 10

ReadPage = Callable[[UUID | None], Awaitable[list[asyncpg.Record]]]
"""The values of a field after those of that contact, in order; none when there are no more."""

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "fields.sql", "asyncpg", mandatory_parameters=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A custom field of a workspace. `inferred`: its type is that of its first value."""

    name: str
    definition: FieldDefinition
    label: str | None
    description: str | None
    inferred: bool
    changed_by: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a definition is to be; `by` whom."""

    name: str
    definition: FieldDefinition
    label: str | None
    description: str | None
    by: str


@dataclass(slots=True)
class Fit:
    """How stored values fit a definition. `unfit_contacts`: some of those with one that does not, and why."""

    checked: int = 0
    unfit: int = 0
    unfit_contacts: dict[UUID, str] | None = None

    def refused(self, contact_id: UUID, reason: str) -> None:
        self.unfit += 1
        shown = self.unfit_contacts = {} if self.unfit_contacts is None else self.unfit_contacts
        if len(shown) < SHOWN_UNFIT:
            shown[contact_id] = reason


class NoRoomError(Exception):
    """The workspace has as many fields as it may have."""


class UnfitValuesError(Exception):
    """A definition was not changed, since stored values do not fit."""

    def __init__(self, fit: Fit) -> None:
        super().__init__(f"{fit.unfit} of {fit.checked} values do not fit")
        self.fit = fit


class CustomFields:
    """On a pool of the app's role. A definition changes while nobody is about to write a value of an older one.

    Raises DatabaseUnavailableError, and what asyncpg raises.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def all(self, workspace_id: UUID) -> list[Field]:
        """By name."""
        async with self._each(workspace_id, Work.READ) as connection:
            return [_field(row) async for row in queries.list_fields(connection, workspace_id=workspace_id)]

    async def get(self, workspace_id: UUID, name: str) -> Field | None:
        async with self._each(workspace_id, Work.READ) as connection:
            row = await queries.get_field(connection, workspace_id=workspace_id, name=name)
        return row and _field(row)

    async def create(
        self, workspace_id: UUID, wanted: Wanted, promise: Callable[[Field], None] = no_promise
    ) -> Field | None:
        """None when there is one of that name; raises NoRoomError. `promise` is told of it before it is there."""
        async with self._alone(workspace_id, ROOM_CLASS) as connection:
            count = await queries.count_fields(connection, workspace_id=workspace_id)
            row = await queries.create_field(connection, **_columns(workspace_id, wanted))
            if row is not None and count >= MOST_FIELDS:
                raise NoRoomError
            if row is not None:
                await record(connection, audit.field_defined(workspace_id, wanted.name, wanted.definition))
                promise(_field(row))
                await keep_promise(connection)
        return row and _field(row)

    async def change(self, workspace_id: UUID, wanted: Wanted, *, refuse_unfit: bool = False) -> Field | None:
        """None when there is none of that name, or it is being deleted. Values are converted by `convert`.

        With `refuse_unfit` raises UnfitValuesError when one does not fit: nobody writes another in between.
        """
        async with self._alone(workspace_id, TYPES_CLASS) as connection:
            if refuse_unfit:

                async def read(after: UUID | None) -> list[asyncpg.Record]:
                    return await _page(connection, workspace_id, wanted.name, after)

                fit = await _fit(read, wanted.definition)
                if fit.unfit:
                    raise UnfitValuesError(fit)
            was = await queries.get_field(connection, workspace_id=workspace_id, name=wanted.name)
            row = await queries.change_field(connection, **_columns(workspace_id, wanted))
            if row is not None:
                before = definition_from(was) if was else None
                await record(connection, audit.field_changed(workspace_id, wanted.name, before, wanted.definition))
        return row and _field(row)

    async def fit(self, workspace_id: UUID, name: str, definition: FieldDefinition) -> Fit:
        """How what is stored would fit."""
        return await _fit(self._reading(workspace_id, name), definition)

    async def convert(self, workspace_id: UUID, field: Field, *, remove_unfit: bool) -> Fit:
        """Make stored values fit what the field was changed to; those that do not are removed, or left as they are."""
        fit, about = Fit(), {"workspace_id": workspace_id, "name": field.name, "defined_at": field.updated_at}
        async for page in _pages(self._reading(workspace_id, field.name)):
            fit.checked += len(page)
            pairs = [(row, _fitting(row, field.definition, fit)) for row in page]
            await self._replace(about, field.definition, [(row, value) for row, value in pairs if value is not None])
            unfit = [row for row, value in pairs if value is None]
            if remove_unfit and unfit:
                async with self._each(workspace_id) as connection:
                    await queries.remove_unfit(connection, **about, **_as_read(unfit))
        return fit

    async def delete(self, workspace_id: UUID, name: str, by: str) -> int | None:
        """How many values were removed with it; None when there is no such field. One that was interrupted goes on."""
        async with self._alone(workspace_id, TYPES_CLASS) as connection:
            if await queries.begin_deletion(connection, workspace_id=workspace_id, name=name, changed_by=by) is None:
                return None
            await record(connection, audit.field_deleted(workspace_id, name))
        removed, last = 0, DELETE_AT_ONCE
        while last == DELETE_AT_ONCE:
            async with self._each(workspace_id) as connection:
                status = await queries.remove_values(
                    connection, workspace_id=workspace_id, name=name, most=DELETE_AT_ONCE
                )
            last = int(str(status).rpartition(" ")[2])
            removed += last
        async with self._each(workspace_id) as connection:
            await queries.delete_field(connection, workspace_id=workspace_id, name=name)
        return removed

    async def _replace(
        self, about: dict[str, Any], definition: FieldDefinition, fitting: Sequence[tuple[asyncpg.Record, str]]
    ) -> None:
        changed = [
            (row, value)
            for row, value in fitting
            if row["field_type"] != definition.type or value != _json(row["field_value"])
        ]
        if not changed:
            return
        rows = [row for row, _ in changed]
        async with self._each(about["workspace_id"]) as connection:
            await queries.convert_values(
                connection,
                **about,
                type=definition.type.value,
                old_types=[row["field_type"] for row in rows],
                values=[value for _, value in changed],
                **_as_read(rows),
            )

    def _reading(self, workspace_id: UUID, name: str) -> ReadPage:
        """Others write between two pages."""

        async def read(after: UUID | None) -> list[asyncpg.Record]:
            async with self._each(workspace_id, Work.READ) as connection:
                return await _page(connection, workspace_id, name, after)

        return read

    @asynccontextmanager
    async def _alone(self, workspace_id: UUID, lock_class: int) -> AsyncIterator[Connection]:
        """Whoever holds definitions of this workspace has ended."""
        async with transaction(self._pool, of_workspaces([workspace_id]), Work.WRITE) as connection:
            await hold(connection, lock_class, [bucket_of(workspace_id)])
            yield connection

    def _each(self, workspace_id: UUID, work: Work = Work.WRITE) -> AbstractAsyncContextManager[Connection]:
        """For one statement; many of them are no transaction, so that others may write in between."""
        return session(self._pool, of_workspaces([workspace_id]), work)


async def _page(connection: Connection, workspace_id: UUID, name: str, after: UUID | None) -> list[asyncpg.Record]:
    rows = queries.values_of(
        connection, workspace_id=workspace_id, name=name, after=after, most=PAGE_VALUES, most_bytes=PAGE_BYTES
    )
    return [row async for row in rows]


async def _pages(read: ReadPage) -> AsyncIterator[list[asyncpg.Record]]:
    after: UUID | None = None
    while page := await read(after):
        yield page
        after = page[-1]["contact_id"]
        await asyncio.sleep(0)


async def _fit(read: ReadPage, definition: FieldDefinition) -> Fit:
    fit = Fit()
    async for page in _pages(read):
        fit.checked += len(page)
        for row in page:
            _fitting(row, definition, fit)
    return fit


def _fitting(row: asyncpg.Record, definition: FieldDefinition, fit: Fit) -> str | None:
    """The value as JSON that is to be stored; None when it does not fit."""
    value = row["field_value"]
    try:
        return _json(None if value is None else definition.fit(value))
    except ValueRefusedError as error:
        fit.refused(row["contact_id"], str(error))
        return None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _as_read(rows: Iterable[asyncpg.Record]) -> dict[str, list[Any]]:
    rows = list(rows)
    return {
        "contact_ids": [row["contact_id"] for row in rows],
        "olds": [_json(row["field_value"]) for row in rows],
    }


def _columns(workspace_id: UUID, wanted: Wanted) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "name": wanted.name,
        "type": wanted.definition.type.value,
        "label": wanted.label,
        "description": wanted.description,
        "options": msgspec.to_builtins(wanted.definition.options),
        "changed_by": wanted.by,
    }


def _field(row: asyncpg.Record) -> Field:
    return Field(
        name=row["name"],
        definition=definition_from(row),
        label=row["label"],
        description=row["description"],
        inferred=row["inferred"],
        changed_by=row["changed_by"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
