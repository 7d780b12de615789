"""The custom fields of a workspace: defined, changed with a check of what is stored, deleted."""

from dataclasses import replace
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from connectors_shared.http.access import Access
from connectors_shared.http.any_text import ANY_TEXT
from connectors_shared.http.body import body_of
from connectors_shared.http.idempotency import Idempotency, promise
from connectors_shared.http.openapi import idempotent_body, request_body
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import (
    FieldProblem,
    InvalidRequestError,
    ProblemError,
    StoreUnavailableError,
    problem_responses,
)
from field_mapper.inbound.http.field_shapes import (
    ChangedField,
    ChangeField,
    CreateField,
    DeletedField,
    FieldShape,
    OptionsShape,
    definition_of,
    shape_of_field,
    shape_of_fit,
)
from field_mapper.outbound.fields import CustomFields, Field, Fit, NoRoomError, UnfitValuesError, Wanted
from field_mapper.outbound.session import MOST_FIELDS

Name = Annotated[str, Path(min_length=1, max_length=200)]

ONE: Final = f"/{{name:{ANY_TEXT}}}"


class FieldNotFoundError(ProblemError):
    status = 404
    kind = "field-not-found"
    title = "There is no such custom field"


class FieldExistsError(ProblemError):
    status = 409
    kind = "field-exists"
    title = "There is a custom field of this name"
    detail = "Change it; one that was never defined has the type of its first value until then."


class TooManyFieldsError(ProblemError):
    status = 409
    kind = "too-many-fields"
    title = "The workspace has as many custom fields as it may have"
    detail = f"Delete one that is not needed; there may be {MOST_FIELDS}."


class ValuesDoNotFitError(ProblemError):
    status = 409
    kind = "values-do-not-fit"
    title = "Stored values do not fit"


def fields_router(access: Access, idempotency: Idempotency) -> APIRouter:
    """Routes that find the fields in `app.state.fields`."""
    router = APIRouter(
        prefix="/api/contact-fields",
        tags=["contact fields"],
        responses=problem_responses(StoreUnavailableError),
        route_class=idempotency.route_class,
    )
    reader, admin = access.requires(Scope.CONTACTS_READ), access.requires(Scope.WORKSPACE_ADMIN)
    created, changed = Depends(body_of(CreateField)), Depends(body_of(ChangeField))

    def fields_of(request: Request) -> CustomFields:
        found: CustomFields = request.app.state.fields
        return found

    @router.get("")
    async def list_contact_fields(request: Request, principal: Principal = reader) -> list[FieldShape]:
        """All of the workspace, by name."""
        return [shape_of_field(field) for field in await fields_of(request).all(principal.workspace_id)]

    @router.get(ONE, responses=problem_responses(FieldNotFoundError))
    async def get_contact_field(request: Request, name: Name, principal: Principal = reader) -> FieldShape:
        return shape_of_field(await _existing(fields_of(request), principal.workspace_id, name))

    @router.post(
        "",
        status_code=201,
        responses=problem_responses(FieldExistsError, TooManyFieldsError),
        openapi_extra=idempotent_body(CreateField),
    )
    async def create_contact_field(
        request: Request, principal: Principal = admin, body: CreateField = created
    ) -> FieldShape:
        """Its name is what mappings write to."""
        _require_printable(body.name)
        wanted = Wanted(
            body.name, definition_of(body.type, body.options), body.label, body.description, principal.user_id
        )
        try:
            field = await fields_of(request).create(principal.workspace_id, wanted, _promise)
        except NoRoomError:
            raise TooManyFieldsError from None
        if field is None:
            raise FieldExistsError
        return shape_of_field(field)

    @router.patch(
        ONE,
        responses=problem_responses(FieldNotFoundError, ValuesDoNotFitError),
        openapi_extra=request_body(ChangeField),
    )
    async def change_contact_field(
        request: Request,
        name: Name,
        dry_run: Annotated[bool, Query()] = False,
        principal: Principal = admin,
        body: ChangeField = changed,
    ) -> ChangedField:
        """What is stored is checked first, and made to fit then. With `dry_run` it is only checked. Values that do not
        fit are a 409 that says how many they are, unless they are to be removed.
        """
        return await _change(fields_of(request), principal, name, body, dry_run=dry_run)

    @router.delete(ONE, responses=problem_responses(FieldNotFoundError))
    async def delete_contact_field(request: Request, name: Name, principal: Principal = admin) -> DeletedField:
        """With all its values. A mapping that still writes to it makes it again, with the type of its first value."""
        removed = await fields_of(request).delete(principal.workspace_id, _storable(name), principal.user_id)
        if removed is None:
            raise FieldNotFoundError
        return DeletedField(name=name, removed_values=removed)

    return router


def _promise(field: Field) -> None:
    promise(201, shape_of_field(field), {})


async def _change(
    fields: CustomFields, principal: Principal, name: str, body: ChangeField, *, dry_run: bool
) -> ChangedField:
    there = await _existing(fields, principal.workspace_id, name)
    wanted = _wanted(there, body, principal.user_id)
    about_values = body.type is not None or body.options is not None
    fit = await fields.fit(principal.workspace_id, name, wanted.definition) if about_values else None
    if dry_run:
        would_be = replace(
            there, definition=wanted.definition, label=wanted.label, description=wanted.description, inferred=False
        )
        return _changed(would_be, fit)
    if fit is not None and fit.unfit and body.unfit == "refuse":
        raise _unfit(fit)
    try:
        refuses = fit is not None and body.unfit == "refuse"
        changed = await fields.change(principal.workspace_id, wanted, refuse_unfit=refuses)
    except UnfitValuesError as error:
        raise _unfit(error.fit) from None
    if changed is None:
        raise FieldNotFoundError
    if fit is not None:
        fit = await fields.convert(principal.workspace_id, changed, remove_unfit=body.unfit == "remove")
    return _changed(changed, fit)


def _wanted(there: Field, body: ChangeField, by: str) -> Wanted:
    """What is not given stays; the options of another type do not."""
    kind = body.type or there.definition.type
    if body.options is not None:
        options = body.options
    else:
        options = shape_of_field(there).options if kind is there.definition.type else OptionsShape()
    given = body.model_fields_set
    return Wanted(
        there.name,
        definition_of(kind, options),
        body.label if "label" in given else there.label,
        body.description if "description" in given else there.description,
        by,
    )


def _unfit(fit: Fit) -> ValuesDoNotFitError:
    detail = (
        f"{fit.unfit} of {fit.checked} stored values do not fit. Change them first, or send it with "
        '"unfit": "remove", and they are removed.'
    )
    examples = [
        FieldProblem(pointer="/type", detail=f"contact {contact}: {why}")
        for contact, why in (fit.unfit_contacts or {}).items()
    ]
    return ValuesDoNotFitError(detail, errors=examples)


def _changed(field: Field, fit: Fit | None) -> ChangedField:
    return ChangedField(field=shape_of_field(field), values=shape_of_fit(fit) if fit else None)


async def _existing(fields: CustomFields, workspace_id: UUID, name: str) -> Field:
    found = await fields.get(workspace_id, _storable(name))
    if found is None or found.definition.deleting:
        raise FieldNotFoundError
    return found


def _storable(name: str) -> str:
    return name.replace("\x00", "")


def _require_printable(name: str) -> None:
    """And not one that clients take out of a path before they send it."""
    if not name.strip() or not name.isprintable():
        detail = "is printable text, such as income or credit score"
        raise InvalidRequestError([FieldProblem(pointer="/name", detail=detail)])
    if any(part in (".", "..") for part in name.split("/")):
        detail = "has no part that is . or .. between slashes, such as income/year"
        raise InvalidRequestError([FieldProblem(pointer="/name", detail=detail)])
