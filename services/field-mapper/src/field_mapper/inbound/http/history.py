"""What happened to a contact, and taking back what an execution did to it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, JsonValue

from connectors_shared.contract.contact import TargetType
from connectors_shared.http.body import body_of
from connectors_shared.http.conditions import IfMatch, etag, expected_revisions
from connectors_shared.http.idempotency import promise
from connectors_shared.http.openapi import idempotent_body
from connectors_shared.http.parameters import storable
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import FieldProblem, InvalidRequestError, problem_responses
from field_mapper.inbound.http.editing import (
    ContactChangedError,
    ContactEditor,
    ContactNotFoundError,
    ExecutionNotFoundError,
)
from field_mapper.inbound.http.shapes import ContactShape, shape_of
from field_mapper.model import Contact
from field_mapper.outbound.reading import Change, ContactReader
from field_mapper.stages.undo import Undone, written_fields

MOST_SEQUENCES = 2**63 - 1


class FieldChange(BaseModel):
    """`before` and `after` are null where the field was, or became, empty. `after_omitted`: it is too large to be kept
    twice; what the field holds now, or `before` of the next change, says it.
    """

    field: str
    target_type: TargetType
    before: JsonValue = None
    after: JsonValue = None
    after_omitted: bool = False


class ContactChange(BaseModel):
    """By an execution (`execution_id`, and what called it), or by a person (`edited_by`), who may have taken back what
    an execution did (`undoes`), or have brought it by a file (`import_id`). `created`: the contact was made by it.
    """

    at: datetime
    execution_id: UUID | None = None
    connector_id: UUID | None = None
    connector_version: int | None = None
    flow_id: str | None = None
    flow_run_id: str | None = None
    edited_by: str | None = None
    undoes: UUID | None = None
    import_id: UUID | None = None
    created: bool
    fields: list[FieldChange]


class ContactHistory(BaseModel):
    """Newest first. `next_cursor` is null on the last page."""

    changes: list[ContactChange]
    next_cursor: str | None = None


class UndoExecution(BaseModel):
    """The execution whose values are to be taken back."""

    execution_id: UUID


class UndoneField(BaseModel):
    field: str
    target_type: TargetType


class KeptField(UndoneField):
    """A field that was left as it is."""

    reason: str


class UndoneExecution(BaseModel):
    """What was taken back, what was not, and the contact as it is now."""

    undone: list[UndoneField]
    kept: list[KeptField]
    contact: ContactShape


def add_history(router: APIRouter, reader: Any, writer: Any, editor_of: Any) -> None:
    """Its routes, behind the dependencies for readers and writers."""
    wanted = Depends(body_of(UndoExecution))

    @router.get(
        "/contacts/{contact_id}/history",
        responses=problem_responses(ContactNotFoundError),
    )
    async def contact_history(
        request: Request,
        contact_id: UUID,
        principal: Principal = reader,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=40)] = None,
        field: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    ) -> ContactHistory:
        """Who changed which field when, from which value to which; of one `field`, or of all. It goes back as far as
        executions are remembered.
        """
        contacts: ContactReader = request.app.state.reader
        before = sequence_of(cursor)
        found, more = await contacts.history(principal.workspace_id, contact_id, storable(field), before, limit)
        if not found and await contacts.get(principal.workspace_id, contact_id) is None:
            raise ContactNotFoundError
        next_cursor = str(found[-1].sequence) if more and found else None
        return ContactHistory(changes=[shape_of_change(change, field) for change in found], next_cursor=next_cursor)

    @router.post(
        "/contacts/{contact_id}/undo",
        responses=problem_responses(ContactNotFoundError, ExecutionNotFoundError, ContactChangedError),
        openapi_extra=idempotent_body(UndoExecution),
    )
    async def undo_execution(
        request: Request,
        response: Response,
        contact_id: UUID,
        principal: Principal = writer,
        body: UndoExecution = wanted,
        if_match: IfMatch = None,
    ) -> UndoneExecution:
        """Fields that nobody has changed since hold again what they held before; the others are named. A contact that
        the execution made stays, empty.
        """
        editor: ContactEditor = editor_of(request)
        expected = expected_revisions(if_match)
        undone = await editor.undo(
            principal.workspace_id, principal.user_id, contact_id, body.execution_id, _promise, expected
        )
        contact = await request.app.state.reader.get(principal.workspace_id, contact_id)
        if contact is None:
            raise ContactNotFoundError
        response.headers["ETag"] = etag(contact.revision)
        return _undone(undone, shape_of(contact))


def sequence_of(cursor: str | None) -> int | None:
    """Raises InvalidRequestError when it is none of ours."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit()) or int(cursor) > MOST_SEQUENCES:
        raise InvalidRequestError([FieldProblem(pointer="/cursor", detail="Use the next_cursor of the page before.")])
    return int(cursor)


def shape_of_change(change: Change, field: str | None) -> ContactChange:
    return ContactChange(
        at=change.at,
        execution_id=change.execution_id,
        connector_id=change.connector_id,
        connector_version=change.connector_version,
        flow_id=change.flow_id,
        flow_run_id=change.flow_run_id,
        edited_by=change.edited_by,
        undoes=change.undoes,
        import_id=change.import_id,
        created=change.created,
        fields=[
            FieldChange(
                field=name,
                target_type=kind,
                before=made.get("from"),
                after=made.get("to"),
                after_omitted="to" not in made,
            )
            for kind, part in ((TargetType.USER_FIELD, "user"), (TargetType.CUSTOM_FIELD, "custom"))
            for name, made in change.changes[part].items()
            if field in (None, name)
        ],
    )


def _promise(undone: Undone, contact: Contact) -> None:
    promise(200, _undone(undone, shape_of(contact)), {"ETag": etag(contact.revision)})


def _undone(undone: Undone, contact: Any) -> UndoneExecution:
    return UndoneExecution(
        undone=[UndoneField(field=name, target_type=kind) for kind, name in written_fields(undone.changes)],
        kept=[KeptField(field=name, target_type=kind, reason=reason) for (kind, name), reason in undone.kept.items()],
        contact=contact,
    )
