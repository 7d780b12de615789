"""Contacts in Postgres, as the API reads them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from connectors_shared.http.cursor import Cursor
from field_mapper.model import Contact
from field_mapper.outbound.searching import ContactFilter, Position, reading, search
from field_mapper.outbound.session import contact_from, custom_from

PAGE_BYTES: Final = 2 * 1024 * 1024
"""Of the contacts of one page, and of the custom fields of a contact that alone takes more."""
HISTORY_BYTES: Final = 2 * 1024 * 1024
"""Of the changes of one page, unless one alone takes more."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an execution or a person changed of a contact, as it is stored; see `stages.changes.Changes`."""

    sequence: int
    at: datetime
    execution_id: UUID | None
    connector_id: UUID | None
    connector_version: int | None
    flow_id: str | None
    flow_run_id: str | None
    edited_by: str | None
    undoes: UUID | None
    created: bool
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """`more`: there are others after them. `truncated`: not all contacts that may match were looked at."""

    contacts: list[Contact]
    more: bool
    truncated: bool = False


class ContactReader:
    """Raises what asyncpg raises."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def get(
        self, workspace_id: UUID, contact_id: UUID, custom_fields: Collection[str] | None = None
    ) -> Contact | None:
        """With these custom fields or, without any named, all; of very large ones as many as `PAGE_BYTES` hold."""
        row = await reading.get_contact(self._pool, workspace_id=workspace_id, id=contact_id)
        if row is None:
            return None
        [contact] = await self._with_custom(workspace_id, [contact_from(row)], custom_fields)
        return contact

    async def page(self, workspace_id: UUID, wanted: ContactFilter, after: Cursor | None, most: int) -> Page:
        """Oldest first, with all custom fields; fewer than `most` where they would take more than `PAGE_BYTES`."""
        if wanted:
            return await self._found(workspace_id, wanted, after, most)
        rows = reading.places_after(
            self._pool,
            workspace_id=workspace_id,
            after_time=after and after.created_at,
            after_id=after and after.id,
            most=most + 1,
        )
        return await self._shown(workspace_id, [row["id"] async for row in rows], most)

    async def _found(self, workspace_id: UUID, wanted: ContactFilter, after: Cursor | None, most: int) -> Page:
        found = await search(self._pool, workspace_id, wanted)
        last = Position(after.created_at, after.id) if after else None
        left = sorted(position for position in found.positions if last is None or position > last)
        page = await self._shown(workspace_id, [place.id for place in left[: most + 1]], most)
        return replace(page, truncated=found.truncated)

    async def _shown(self, workspace_id: UUID, ids: list[UUID], most: int) -> Page:
        """The first of them, which are in the order of the page."""
        rows = reading.contacts_of(self._pool, workspace_id=workspace_id, ids=ids[:most], most_bytes=PAGE_BYTES)
        contacts = await self._with_custom(workspace_id, [contact_from(row) async for row in rows])
        return Page(contacts, more=len(contacts) < len(ids))

    async def history(
        self, workspace_id: UUID, contact_id: UUID, field: str | None, before: int | None, most: int
    ) -> tuple[list[Change], bool]:
        """Newest first, those before a sequence, of one field or of all; and whether there are more."""
        rows = [
            row
            async for row in reading.history_of(
                self._pool,
                workspace_id=workspace_id,
                contact_id=contact_id,
                field=field,
                before=before,
                most=most + 1,
                most_bytes=HISTORY_BYTES,
            )
        ]
        shown = [Change(**row) for row in rows[:most] if row["changes"] is not None]
        return shown, len(shown) < len(rows)

    async def custom_fields(self, workspace_id: UUID) -> list[dict[str, str]]:
        """`[{name, type}]` by name."""
        rows = reading.custom_field_definitions(self._pool, workspace_id=workspace_id)
        return [dict(row) async for row in rows]

    async def _with_custom(
        self, workspace_id: UUID, contacts: Iterable[Contact], names: Collection[str] | None = None
    ) -> list[Contact]:
        by_id = {contact.id: contact for contact in contacts}
        rows = reading.custom_fields_of(
            self._pool,
            workspace_id=workspace_id,
            contact_ids=list(by_id),
            names=None if names is None else list(names),
            most_bytes=PAGE_BYTES,
        )
        async for row in rows:
            by_id[row["contact_id"]].custom[row["field_name"]] = custom_from(row, large=not row["fits"])
        return list(by_id.values())
