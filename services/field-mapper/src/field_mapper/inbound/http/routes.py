"""Contacts and custom fields of the caller's workspace."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.cursor import Cursor, cursor_text, parse_cursor
from connectors_shared.http.openapi import request_body
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import problem_responses
from connectors_shared.runtime.clock import Clock
from field_mapper.coercion import UserFieldCoercion, ValueRefusedError
from field_mapper.inbound.http.editing import ContactEditor, ContactExistsError, ContactNotFoundError
from field_mapper.inbound.http.shapes import (
    ContactPage,
    ContactShape,
    CreateContact,
    CustomFieldShape,
    UpdateContact,
    shape_of,
)
from field_mapper.model import Contact
from field_mapper.outbound.repository import ContactFilter, PostgresContacts

Filter = Annotated[str | None, Query(min_length=1, max_length=200)]


def contacts_router(access: Access, coerce: UserFieldCoercion, clock: Clock) -> APIRouter:
    """Routes that find the contacts in `app.state.contacts`."""
    router = APIRouter(prefix="/api", tags=["contacts"])
    reader, writer = access.requires(Scope.CONTACTS_READ), access.requires(Scope.CONTACTS_EDIT)
    created, changed = Depends(body_of(CreateContact)), Depends(body_of(UpdateContact))

    def contacts_of(request: Request) -> PostgresContacts:
        found: PostgresContacts = request.app.state.contacts
        return found

    def editor_of(request: Request) -> ContactEditor:
        return ContactEditor(contacts_of(request), coerce, clock)

    async def shown(contacts: PostgresContacts, workspace_id: UUID, contact_id: UUID) -> Any:
        contact = await contacts.get(workspace_id, contact_id)
        if contact is None:
            raise ContactNotFoundError
        return shape_of(contact)

    @router.get("/contacts")
    async def list_contacts(
        request: Request,
        principal: Principal = reader,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: str | None = None,
        q: Filter = None,
        phone: Filter = None,
        email: Filter = None,
    ) -> ContactPage:
        """Oldest first. `q` is looked for in names, email, phone and company; `phone` and `email` are exact."""
        wanted = ContactFilter(_storable(q), _normalized(coerce, phone), _storable(email))
        found = await contacts_of(request).page(principal.workspace_id, wanted, parse_cursor(cursor), limit + 1)
        page = found[:limit]
        more = _cursor_after(page[-1]) if len(found) > limit else None
        return ContactPage(contacts=[shape_of(contact) for contact in page], next_cursor=more)

    @router.post(
        "/contacts",
        status_code=201,
        response_model=ContactShape,
        responses=problem_responses(ContactExistsError),
        openapi_extra=request_body(CreateContact),
    )
    async def create_contact(request: Request, principal: Principal = writer, body: Any = created) -> Any:
        """The body is a row: user fields by name, and `custom_fields`. With an `id`, sending it twice is a 409."""
        fields = body.model_dump(exclude={"id", "custom_fields"}, exclude_none=True)
        contact_id = await editor_of(request).create(
            principal.workspace_id,
            body.id,
            fields,
            body.custom_fields,
        )
        return await shown(contacts_of(request), principal.workspace_id, contact_id)

    @router.get(
        "/contacts/{contact_id}", response_model=ContactShape, responses=problem_responses(ContactNotFoundError)
    )
    async def get_contact(request: Request, contact_id: UUID, principal: Principal = reader) -> Any:
        return await shown(contacts_of(request), principal.workspace_id, contact_id)

    @router.post(
        "/contacts/{contact_id}/update",
        response_model=ContactShape,
        responses=problem_responses(ContactNotFoundError),
        openapi_extra=request_body(UpdateContact),
    )
    async def update_contact(
        request: Request, contact_id: UUID, principal: Principal = writer, body: UpdateContact = changed
    ) -> Any:
        """Writes the fields given, all or none; null empties a field."""
        await editor_of(request).update(principal.workspace_id, contact_id, body.user_fields, body.custom_fields)
        return await shown(contacts_of(request), principal.workspace_id, contact_id)

    @router.get("/custom-fields")
    async def list_custom_fields(request: Request, principal: Principal = reader) -> list[CustomFieldShape]:
        """The fields that the workspace defined, by name."""
        rows = await contacts_of(request).custom_fields(principal.workspace_id)
        return [CustomFieldShape(**row) for row in rows]

    return router


def _normalized(coerce: UserFieldCoercion, phone: str | None) -> str | None:
    """A number as it is stored; what is none is looked for as it is, and not found."""
    if phone is None:
        return None
    try:
        return str(coerce("phone", phone))
    except ValueRefusedError:
        return _storable(phone)


def _cursor_after(contact: Contact) -> str:
    assert contact.created_at is not None
    return cursor_text(Cursor(contact.created_at, contact.id))


def _storable(text: str | None) -> str | None:
    return text.replace("\x00", "") if text else text
