"""Contacts in Postgres as a preview sees them: it locks nobody out, and nothing of it is written."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connectors_shared.runtime.postgres import Connection, Work, of_workspaces, transaction
from field_mapper.coercion import CustomFieldType, FieldDefinition
from field_mapper.model import Contact, ContactKey, ContactRef
from field_mapper.outbound.session import MOST_FIELDS, PostgresContactSession, contact_from, definition_from, queries
from field_mapper.stages.session import FieldName

reading: Final[Any] = aiosql.from_path(Path(__file__).parent / "previewing.sql", "asyncpg", mandatory_parameters=False)


class PostgresPreviews:
    """On a pool of the app's role. Raises DatabaseUnavailableError, and what asyncpg raises."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def previewing(self, workspace_id: UUID) -> AsyncIterator[PostgresContactSession]:
        """The contacts of a workspace at one moment."""
        async with transaction(self._pool, of_workspaces([workspace_id]), Work.READ) as connection:
            yield await only_reading(connection)


async def only_reading(connection: Connection) -> PostgresContactSession:
    """In a transaction that has just begun."""
    await reading.only_read(connection)
    return _PreviewSession(connection)


class _PreviewSession(PostgresContactSession):
    """A transaction that only reads: custom fields that would be defined are known to it alone."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._defined: dict[FieldName, CustomFieldType] = {}

    async def serialize_creation(self, keys: Collection[ContactKey]) -> None:
        """No contact is made."""

    async def lock(self, refs: Collection[ContactRef]) -> dict[ContactRef, Contact]:
        """Whoever changes them meanwhile is not waited for."""
        ids = {"workspace_ids": [ref.workspace_id for ref in refs], "ids": [ref.id for ref in refs]}
        rows = reading.contacts_as_they_are(self.connection, **ids)
        return {contact.ref: contact async for row in rows if (contact := contact_from(row))}

    async def define(self, first_types: Mapping[FieldName, CustomFieldType]) -> None:
        """As many as there is room for, by their names."""
        [workspace_id] = {workspace_id for workspace_id, _ in first_types}
        there = await reading.count_definitions(self.connection, workspace_id=workspace_id)
        self._defined = dict(sorted(first_types.items())[: max(0, MOST_FIELDS - there)])

    async def definitions(self, names: Collection[FieldName]) -> dict[FieldName, FieldDefinition]:
        new = {name: FieldDefinition(kind) for name, kind in self._defined.items() if name in names}
        ids = {"workspace_ids": [workspace_id for workspace_id, _ in names], "names": [name for _, name in names]}
        rows = queries.custom_field_types(self.connection, **ids)
        return new | {(row["workspace_id"], row["name"]): definition_from(row) async for row in rows}
