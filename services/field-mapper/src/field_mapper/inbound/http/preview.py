"""What mappings would make of a response and a contact; nothing is written."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Final, Protocol
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from connectors_shared.contract.contact import FieldMapping, MappingOptions, TargetType
from connectors_shared.contract.execution import ConnectorResult, ExecutionContext, ResultStatus
from connectors_shared.contract.updates import MappingOutcome, MappingReason
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.disconnects import CallerGoneError, unless_gone
from connectors_shared.http.openapi import request_body
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import (
    FieldProblem,
    InvalidRequestError,
    StoreUnavailableError,
    problem_responses,
)
from connectors_shared.runtime.clock import Clock
from field_mapper.coercion import UserFieldCoercion, bytes_of
from field_mapper.inbound.http.turns import TooManyPreviewsError, Turns
from field_mapper.stages.planning import MAX_MAPPINGS
from field_mapper.stages.preview import Foreseen, Preview, preview
from field_mapper.stages.session import ContactSession

DATA_BYTES: Final = 256 * 1024
"""Of a response that is tried, as JSON."""
DATA_TOO_LARGE: Final = f"takes more than {DATA_BYTES // 1024} KiB as JSON; leave out what no mapping reads"
NO_CONNECTOR: Final = UUID(int=0)


class Previews(Protocol):
    """Contacts of any workspace, in a session that keeps what it is told to itself."""

    def previewing(self, workspace_id: UUID) -> AbstractAsyncContextManager[ContactSession]: ...


class _Shape(BaseModel):
    """Named as mappings are."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class PreviewMapping(_Shape):
    """A response, and what is to be made of it. `contactId`: as a flow names its contact, an id of ours or what another
    system calls it; without it, it is looked for by `options.matchBy`. `data` has 256 KiB as JSON at most."""

    field_mappings: Annotated[list[FieldMapping], Field(min_length=1, max_length=MAX_MAPPINGS)]
    options: MappingOptions = Field(default_factory=MappingOptions)
    data: JsonValue
    contact_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class PreviewedOrigin(BaseModel):
    """Who wrote a value: an execution, or a person (`by`), perhaps by a file (`import`)."""

    model_config = ConfigDict(extra="allow")

    at: str
    execution: str | None = None
    connector: str | None = None
    version: int | None = None
    by: str | None = None


class PreviewedValue(_Shape):
    """One mapping, and what would become of it. `before`: what the field holds now, whatever becomes of it; `origin`:
    who wrote that; `after`: what it would hold, where something would be written. Both are masked and shortened
    (`cut`) as in `contact.updated`."""

    source_path: str
    target_field: str
    target_type: TargetType
    outcome: MappingOutcome
    reason: MappingReason | None = None
    detail: str | None = None
    remark: str | None = None
    before: JsonValue = None
    after: JsonValue = None
    cut: list[str] = Field(default_factory=list)
    origin: PreviewedOrigin | None = None


class MappingPreview(_Shape):
    """`contactId`: the contact that was found; null with `created`: one would be made. `reason`: why nothing at all
    would be written; `setAside`: the result would wait among the dead letters. `mappings` are in their order."""

    contact_id: UUID | None
    created: bool
    reason: str | None
    set_aside: bool
    mappings: list[PreviewedValue]


def preview_router(access: Access, coercion_of: Callable[[UUID], UserFieldCoercion], clock: Clock) -> APIRouter:
    """Routes that find the contacts in `app.state.previews`."""
    router = APIRouter(prefix="/api/contacts", tags=["contacts"], responses=problem_responses(StoreUnavailableError))
    reader, body, turns = access.requires(Scope.CONTACTS_READ), Depends(body_of(PreviewMapping)), Turns()

    @router.post(
        "/mapping-preview",
        responses=problem_responses(TooManyPreviewsError, CallerGoneError),
        openapi_extra=request_body(PreviewMapping),
    )
    async def preview_mapping(
        request: Request, principal: Principal = reader, wanted: PreviewMapping = body
    ) -> MappingPreview:
        """What the mapper would do if an execution answered `data` now: per mapping written, unchanged, skipped or
        refused, and why. Nothing is written, and no field is defined. One at a time of a workspace; hanging up ends
        it."""
        if bytes_of(wanted.data, DATA_BYTES) > DATA_BYTES:
            raise InvalidRequestError([FieldProblem(pointer="/data", detail=DATA_TOO_LARGE)])
        previews: Previews = request.app.state.previews
        workspace_id, now = principal.workspace_id, clock.now()
        result = ConnectorResult(
            execution_id=uuid4(),
            workspace_id=workspace_id,
            connector_id=NO_CONNECTOR,
            context=ExecutionContext(contact_id=wanted.contact_id),
            status=ResultStatus.SUCCESS,
            success=True,
            data=wanted.data,
            field_mappings=wanted.field_mappings,
            options=wanted.options,
            finished_at=now,
        )

        async def made() -> Preview:
            async with turns.of(workspace_id):
                return await preview(previews.previewing(workspace_id), result, coercion_of(workspace_id), now)

        return _shape(await unless_gone(request.receive, made()))

    return router


def _shape(made: Preview) -> MappingPreview:
    return MappingPreview(
        contact_id=made.contact and made.contact.id,
        created=made.created,
        reason=made.reason,
        set_aside=made.set_aside,
        mappings=[_line(foreseen) for foreseen in made.lines],
    )


def _line(foreseen: Foreseen) -> PreviewedValue:
    line = foreseen.line
    values: dict[str, Any] = {"before": line.before, "after": line.after, "cut": list(line.cut)}
    return PreviewedValue(
        source_path=line.source_path,
        target_field=line.target_field,
        target_type=line.target_type,
        outcome=line.outcome,
        reason=line.reason,
        detail=line.detail,
        remark=line.remark,
        origin=foreseen.origin and PreviewedOrigin.model_validate(foreseen.origin),
        **values,
    )
