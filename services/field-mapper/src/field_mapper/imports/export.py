"""Contacts as CSV, page by page, with a header that an import takes again."""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Final, Protocol
from uuid import UUID

from connectors_shared.contract.contact import USER_FIELDS
from connectors_shared.http.cursor import Cursor
from field_mapper.coercion import CustomFieldType
from field_mapper.imports.cells import cell_of, csv_of, guarded, json_cell_of
from field_mapper.imports.columns import CONTACT_ID, CUSTOM_PREFIX
from field_mapper.model import EXTERNAL_ID, Contact, CustomValue
from field_mapper.outbound.reading import Page
from field_mapper.outbound.searching import ContactFilter

AT_ONCE: Final = 200
"""Contacts that are read together, or as many as take two megabytes."""
TIMES: Final = ("created_at", "updated_at")
"""The last columns, which an import leaves alone."""


class Contacts(Protocol):
    """Where contacts are read."""

    async def page(self, workspace_id: UUID, wanted: ContactFilter, after: Cursor | None, most: int) -> Page: ...
    async def get(
        self, workspace_id: UUID, contact_id: UUID, custom_fields: Collection[str] | None = None
    ) -> Contact | None: ...


class Export:
    """Of those contacts of a workspace that are `wanted`, with these custom fields, oldest first."""

    def __init__(
        self, contacts: Contacts, workspace_id: UUID, wanted: ContactFilter, custom_fields: Sequence[str]
    ) -> None:
        self._contacts = contacts
        self._workspace_id = workspace_id
        self._wanted = wanted
        self._fields = custom_fields

    async def first(self) -> Page:
        """Before anything is sent, so that what cannot be exported can still be refused."""
        return await self._contacts.page(self._workspace_id, self._wanted, None, AT_ONCE)

    async def lines(self, page: Page) -> AsyncIterator[bytes]:
        """CSV in UTF-8, from the first page on."""
        custom = [guarded(CUSTOM_PREFIX + name) for name in self._fields]
        yield csv_of([[CONTACT_ID, EXTERNAL_ID, *USER_FIELDS, *custom, *TIMES]])
        while True:
            yield csv_of([await self._cells(contact) for contact in page.contacts])
            if page.rest is None:
                return
            page = await self._contacts.page(self._workspace_id, self._wanted, page.rest, AT_ONCE)

    async def _cells(self, contact: Contact) -> list[str]:
        custom = [await self._custom_cell(contact, name) for name in self._fields]
        user = [cell_of(contact.user.get(name)) for name in USER_FIELDS]
        times = [moment.isoformat() if moment else "" for moment in (contact.created_at, contact.updated_at)]
        return [str(contact.id), cell_of(contact.external_id), *user, *custom, *times]

    async def _custom_cell(self, contact: Contact, name: str) -> str:
        value = contact.custom.get(name)
        if value is not None and value.large:
            whole = await self._contacts.get(self._workspace_id, contact.id, [name])
            value = whole.custom.get(name) if whole else None
        return _cell(value) if value else ""


def _cell(value: CustomValue) -> str:
    return json_cell_of(value.value) if value.type is CustomFieldType.JSON else cell_of(value.value)
