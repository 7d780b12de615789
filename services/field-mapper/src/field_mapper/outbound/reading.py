"""Contacts in Postgres, as the API reads them."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.postgres import Connection, Work, of_workspaces, session
from field_mapper.model import Contact
from field_mapper.outbound.listing import places_of
from field_mapper.outbound.searching import ContactFilter, Position, reading
from field_mapper.outbound.session import contact_from, custom_from

PLANS: Final = {"plan_cache_mode": "force_custom_plan"}
"""Of the sessions that read: which index is best depends on how much a value leads to, so that each request is planned
for its own. A plan for all values read the whole workspace for a phone number, once Postgres had taken to it."""
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
    import_id: UUID | None
    created: bool
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """`rest`: where the next page begins; it may be there though this one is short, or even empty. `truncated`: not all
    contacts that may match were looked at.
    """

    contacts: list[Contact]
    rest: Cursor | None = None
    truncated: bool = False


class ContactReader:
    """On a pool of the app's role, with `PLANS`. Raises DatabaseUnavailableError, and what asyncpg raises."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def get(
        self, workspace_id: UUID, contact_id: UUID, custom_fields: Collection[str] | None = None
    ) -> Contact | None:
        """With these custom fields or, without any named, all; of very large ones as many as `PAGE_BYTES` hold."""
        async with self._reading(workspace_id) as connection:
            return await contact_in(connection, workspace_id, contact_id, custom_fields)

    async def page(self, workspace_id: UUID, wanted: ContactFilter, after: Cursor | None, most: int) -> Page:
        """Oldest first, with all custom fields; fewer than `most` where they would take more than `PAGE_BYTES`."""
        last = Position(after.created_at, after.id) if after else None
        async with self._reading(workspace_id) as connection:
            places = await places_of(connection, workspace_id, wanted, last, most)
            contacts = await _shown(connection, workspace_id, places.positions)
        last = places.rest
        if len(contacts) < len(places.positions):
            last = places.positions[max(0, len(contacts) - 1)]
        return Page(contacts, Cursor(last.created_at, last.id) if last else None, places.truncated)

    async def history(
        self, workspace_id: UUID, contact_id: UUID, field: str | None, before: int | None, most: int
    ) -> tuple[list[Change], bool]:
        """Newest first, those before a sequence, of one field or of all; and whether there are more."""
        async with self._reading(workspace_id) as connection:
            found = reading.history_of(
                connection,
                workspace_id=workspace_id,
                contact_id=contact_id,
                field=field,
                before=before,
                most=most + 1,
                most_bytes=HISTORY_BYTES,
            )
            rows = [row async for row in found]
        shown = [Change(**row) for row in rows[:most] if row["changes"] is not None]
        return shown, len(shown) < len(rows)

    async def custom_fields(self, workspace_id: UUID) -> list[dict[str, str]]:
        """`[{name, type}]` by name."""
        async with self._reading(workspace_id) as connection:
            rows = reading.custom_field_definitions(connection, workspace_id=workspace_id)
            return [dict(row) async for row in rows]

    def _reading(self, workspace_id: UUID) -> AbstractAsyncContextManager[Connection]:
        return session(self._pool, of_workspaces([workspace_id]), Work.READ)


async def contact_in(
    connection: Connection, workspace_id: UUID, contact_id: UUID, custom_fields: Collection[str] | None = None
) -> Contact | None:
    """As `ContactReader.get`, as the transaction of this connection sees it."""
    row = await reading.get_contact(connection, workspace_id=workspace_id, id=contact_id)
    if row is None:
        return None
    [contact] = await _with_custom(connection, workspace_id, [contact_from(row)], custom_fields)
    return contact


async def _shown(connection: Connection, workspace_id: UUID, places: Sequence[Position]) -> list[Contact]:
    """The first of them, as many as a page holds; they are in its order."""
    ids = [place.id for place in places]
    rows = reading.contacts_of(connection, workspace_id=workspace_id, ids=ids, most_bytes=PAGE_BYTES)
    return await _with_custom(connection, workspace_id, [contact_from(row) async for row in rows])


async def _with_custom(
    connection: Connection, workspace_id: UUID, contacts: Iterable[Contact], names: Collection[str] | None = None
) -> list[Contact]:
    by_id = {contact.id: contact for contact in contacts}
    rows = reading.custom_fields_of(
        connection,
        workspace_id=workspace_id,
        contact_ids=list(by_id),
        names=None if names is None else list(names),
        most_bytes=PAGE_BYTES,
    )
    async for row in rows:
        by_id[row["contact_id"]].custom[row["field_name"]] = custom_from(row, large=not row["fits"])
    return list(by_id.values())
