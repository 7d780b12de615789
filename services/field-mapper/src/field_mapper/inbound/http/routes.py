"""Contacts and custom fields of the caller's workspace."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.conditions import IfMatch, etag, expected_revisions
from connectors_shared.http.cursor import cursor_text, parse_cursor
from connectors_shared.http.idempotency import Idempotency, promise
from connectors_shared.http.openapi import idempotent_body, request_body
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import (
    FieldProblem,
    InvalidRequestError,
    MalformedHeaderError,
    StoreUnavailableError,
    problem_responses,
)
from connectors_shared.runtime.clock import Clock
from field_mapper.coercion import UserFieldCoercion, is_storable, storable
from field_mapper.inbound.http.editing import (
    ContactChangedError,
    ContactEditor,
    ContactExistsError,
    ContactNotFoundError,
)
from field_mapper.inbound.http.filters import Asked, asked_for, wanted_of
from field_mapper.inbound.http.history import add_history
from field_mapper.inbound.http.searching import SearchTooSlowError, SearchTurns, TooManySearchesError
from field_mapper.inbound.http.shapes import (
    ContactPage,
    ContactShape,
    CreateContact,
    CustomFieldShape,
    PatchContact,
    UpdateContact,
    shape_of,
)
from field_mapper.model import Contact
from field_mapper.outbound.reading import ContactReader

CustomFieldNames = Annotated[list[str] | None, Query(max_length=20)]


def contacts_router(
    access: Access, idempotency: Idempotency, coercion_of: Callable[[UUID], UserFieldCoercion], clock: Clock
) -> APIRouter:
    """Routes that find the contacts in `app.state.contacts`."""
    router = APIRouter(
        prefix="/api",
        tags=["contacts"],
        responses=problem_responses(StoreUnavailableError),
        route_class=idempotency.route_class,
    )
    reader, writer = access.requires(Scope.CONTACTS_READ), access.requires(Scope.CONTACTS_EDIT)
    turns = SearchTurns()
    created, changed = Depends(body_of(CreateContact)), Depends(body_of(UpdateContact))
    patched, filters = Depends(body_of(PatchContact)), Depends(asked_for)

    def contacts_of(request: Request) -> ContactReader:
        found: ContactReader = request.app.state.reader
        return found

    def editor_of(request: Request) -> ContactEditor:
        return ContactEditor(request.app.state.contacts, coercion_of, clock)

    async def shown(
        request: Request,
        response: Response,
        workspace_id: UUID,
        contact_id: UUID,
        custom_fields: list[str] | None = None,
    ) -> Any:
        contact = await contacts_of(request).get(workspace_id, contact_id, custom_fields)
        if contact is None:
            raise ContactNotFoundError
        response.headers["ETag"] = etag(contact.revision)
        return shape_of(contact)

    @router.get("/contacts", responses=problem_responses(TooManySearchesError, SearchTooSlowError))
    async def list_contacts(
        request: Request,
        principal: Principal = reader,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: str | None = None,
        asked: Asked = filters,
    ) -> ContactPage:
        """Oldest first; all that is asked for has to hold. Go on while there is a `next_cursor`: where few of very many
        contacts are wanted, a page may be short, or empty, before the end.
        """
        wanted = await wanted_of(request, principal.workspace_id, coercion_of(principal.workspace_id), asked)
        after = parse_cursor(cursor)
        async with turns.of(principal.workspace_id) if wanted else nullcontext():
            page = await contacts_of(request).page(principal.workspace_id, wanted, after, limit)
        return ContactPage(
            contacts=[shape_of(contact) for contact in page.contacts],
            next_cursor=page.rest and cursor_text(page.rest),
            truncated=page.truncated,
        )

    @router.post(
        "/contacts",
        status_code=201,
        response_model=ContactShape,
        responses=problem_responses(ContactExistsError),
        openapi_extra=idempotent_body(CreateContact),
    )
    async def create_contact(
        request: Request, response: Response, principal: Principal = writer, body: Any = created
    ) -> Any:
        """The body is a row: user fields by name, and `custom_fields`.

        With an `id` or an `external_id`, sending it twice is a 409.
        """
        fields = body.model_dump(exclude={"id", "external_id", "custom_fields"}, exclude_none=True)
        contact_id = await editor_of(request).create(
            principal.workspace_id,
            principal.user_id,
            body.id,
            _external_id(body.external_id),
            fields,
            body.custom_fields,
            partial(_promise, 201),
        )
        return await shown(request, response, principal.workspace_id, contact_id)

    @router.get(
        "/contacts/{contact_id}", response_model=ContactShape, responses=problem_responses(ContactNotFoundError)
    )
    async def get_contact(
        request: Request,
        response: Response,
        contact_id: UUID,
        principal: Principal = reader,
        custom_field: CustomFieldNames = None,
    ) -> Any:
        """With all custom fields, or with those of `custom_field`, which may be given several times."""
        names = None if custom_field is None else [storable(name) for name in custom_field]
        return await shown(request, response, principal.workspace_id, contact_id, names)

    async def update(
        request: Request,
        principal: Principal,
        contact_id: UUID,
        body: Any,
        user_fields: dict[str, Any],
        if_match: str | None,
        pointer: str,
    ) -> None:
        named = {"external_id": _external_id(body.external_id)} if "external_id" in body.model_fields_set else {}
        await editor_of(request).update(
            principal.workspace_id,
            principal.user_id,
            contact_id,
            user_fields,
            body.custom_fields,
            partial(_promise, 200),
            expected_revisions(if_match),
            pointer,
            **named,
        )

    @router.post(
        "/contacts/{contact_id}/update",
        response_model=ContactShape,
        responses=problem_responses(ContactNotFoundError, ContactExistsError, ContactChangedError),
        openapi_extra=idempotent_body(UpdateContact),
    )
    async def update_contact(
        request: Request,
        response: Response,
        contact_id: UUID,
        principal: Principal = writer,
        body: UpdateContact = changed,
        if_match: IfMatch = None,
    ) -> Any:
        """Writes the fields given, all or none; null empties a field."""
        await update(request, principal, contact_id, body, body.user_fields, if_match, "/user_fields")
        return await shown(request, response, principal.workspace_id, contact_id)

    @router.patch(
        "/contacts/{contact_id}",
        response_model=ContactShape,
        responses=problem_responses(
            ContactNotFoundError, ContactExistsError, ContactChangedError, MalformedHeaderError
        ),
        openapi_extra=request_body(PatchContact),
    )
    async def patch_contact(
        request: Request,
        response: Response,
        contact_id: UUID,
        principal: Principal = writer,
        body: Any = patched,
        if_match: IfMatch = None,
    ) -> Any:
        """The same, with the fields where the contact has them."""
        given = body.model_dump(exclude={"external_id", "custom_fields"}, exclude_unset=True)
        await update(request, principal, contact_id, body, given, if_match, "")
        return await shown(request, response, principal.workspace_id, contact_id)

    @router.delete(
        "/contacts/{contact_id}",
        status_code=204,
        responses=problem_responses(ContactNotFoundError, ContactChangedError, MalformedHeaderError),
    )
    async def delete_contact(
        request: Request, contact_id: UUID, principal: Principal = writer, if_match: IfMatch = None
    ) -> Response:
        """For good: values, origins and history are gone, and results that are still under way do not bring it back."""
        expected = expected_revisions(if_match)
        await editor_of(request).delete(principal.workspace_id, principal.user_id, contact_id, expected)
        return Response(status_code=204)

    add_history(router, reader, writer, editor_of)

    @router.get("/custom-fields")
    async def list_custom_fields(request: Request, principal: Principal = reader) -> list[CustomFieldShape]:
        """The fields that the workspace defined, by name."""
        rows = await contacts_of(request).custom_fields(principal.workspace_id)
        return [CustomFieldShape(**row) for row in rows]

    return router


def _promise(status: int, contact: Contact) -> None:
    promise(status, shape_of(contact), {"ETag": etag(contact.revision)})


def _external_id(text: str | None) -> str | None:
    if text is None or (is_storable(text) and text.strip()):
        return text
    wrong = FieldProblem(pointer="/external_id", detail="It is printable text, as the other system writes it.")
    raise InvalidRequestError([wrong])
