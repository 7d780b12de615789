"""`/internal/parked`: what is parked for a workspace, and calling that off."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, Field, model_validator

from connector_executor.execution import LANES
from connector_executor.inbound.http.answering import answering
from connector_executor.inbound.http.shapes import Shape
from connector_executor.parking.listing import Came, ParkedList, Place, Wanted
from connector_executor.parking.port import BacklogView, ParkedView
from connector_executor.parking.reasons import UNHEARD_OF, WORDS
from connectors_shared.contract.execution import Lane
from connectors_shared.http.body import body_of
from connectors_shared.http.openapi import request_body
from connectors_shared.http.problems import StoreUnavailableError, problem_responses

MOST_CANCELLED = 1_000


def _is_place(text: str) -> str:
    Place.parse(text)
    return text


CursorText = Annotated[str, Field(max_length=100), AfterValidator(_is_place)]
"""`next` of an earlier answer."""
FlowId = Annotated[str, Field(min_length=1, max_length=200)]


class ParkedExecutionShape(Shape):
    """`connectorId`: the one that was asked for. `until`: when it is looked at again; null while its backlog is being
    drained. `endsAt`: then it ends, whether or not it was called. `leased`: it is being run now.
    """

    execution_id: UUID
    connector_id: UUID
    flow_id: str | None
    lane: Lane
    reason: str
    detail: str
    attempt: int
    parked_at: datetime
    until: datetime | None
    ends_at: datetime | None
    leased: bool


class ParkedListShape(Shape):
    """By connector, and of each in the order in which they would run. With a `next` there is more to look at, even when
    none of this page matched."""

    parked: list[ParkedExecutionShape]
    next: CursorText | None


class CallOffRequest(Shape):
    """Either some by their ids, or all of a connector, of a flow, or of the flow's for that connector. `cursor` is
    `next` of the answer before.
    """

    workspace_id: UUID
    execution_ids: Annotated[list[UUID], Field(max_length=MOST_CANCELLED)] = Field(default_factory=list)
    connector_id: UUID | None = None
    flow_id: FlowId | None = None
    cursor: CursorText | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.execution_ids) == (self.connector_id is not None or self.flow_id is not None):
            raise ValueError("give either executionIds, or connectorId or flowId or both")
        return self


class CameShape(Shape):
    execution_id: UUID
    outcome: Came


class CallOffAnswer(Shape):
    """`cancelled`: how many are now that were not before. `executions`: what became of each that was named. With a
    `next` ask again, with it as `cursor`: each request does a part.
    """

    cancelled: int
    executions: list[CameShape]
    next: CursorText | None


def parked_router(parked: ParkedList) -> APIRouter:
    router = APIRouter(prefix="/parked", tags=["parked"], responses=problem_responses(StoreUnavailableError))
    asked = Depends(body_of(CallOffRequest))

    @router.get("", name="List what is parked for a workspace", response_model_exclude_none=False)
    async def listed(
        workspace_id: Annotated[UUID, Query(alias="workspaceId")],
        connector_id: Annotated[UUID | None, Query(alias="connectorId")] = None,
        flow_id: Annotated[FlowId | None, Query(alias="flowId")] = None,
        execution_id: Annotated[UUID | None, Query(alias="executionId")] = None,
        cursor: CursorText | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ParkedListShape:
        """One request looks at a bounded part: go on while there is a `next`. One that is named is found at once."""
        wanted = Wanted(connector_id, flow_id)
        with answering():
            if execution_id is None:
                page = await parked.page(workspace_id, wanted, _parsed(cursor), limit)
            else:
                page = await parked.one(workspace_id, execution_id, wanted)
        return ParkedListShape(
            parked=[_shape(view, backlog) for view, backlog in page.found], next=page.next and str(page.next)
        )

    @router.post("/cancel", openapi_extra=request_body(CallOffRequest), response_model_exclude_none=False)
    async def cancel(request: CallOffRequest = asked) -> CallOffAnswer:
        """Each of them ends with a result `skipped`, `cancelled`. Asked again, it changes nothing."""
        with answering():
            if request.execution_ids:
                came = await parked.cancel(request.workspace_id, request.execution_ids)
                return _came(came)
            wanted = Wanted(request.connector_id, request.flow_id)
            swept = await parked.sweep(request.workspace_id, wanted, _parsed(request.cursor))
        return CallOffAnswer(cancelled=swept.cancelled, executions=[], next=swept.next and str(swept.next))

    return router


def _came(came: dict[UUID, Came]) -> CallOffAnswer:
    executions = [CameShape(execution_id=execution_id, outcome=outcome) for execution_id, outcome in came.items()]
    cancelled = sum(outcome in (Came.CANCELLED, Came.UNDER_WAY) for outcome in came.values())
    return CallOffAnswer(cancelled=cancelled, executions=executions, next=None)


def _parsed(cursor: str | None) -> Place | None:
    return None if cursor is None else Place.parse(cursor)


def _shape(view: ParkedView, backlog: BacklogView) -> ParkedExecutionShape:
    return ParkedExecutionShape(
        execution_id=view.execution_id,
        connector_id=view.asked_for,
        flow_id=view.flow_id,
        lane=LANES[view.lane],
        reason=view.reason.value,
        detail=WORDS.get(view.reason, UNHEARD_OF),
        attempt=view.attempt,
        parked_at=view.parked_at,
        until=view.not_before or backlog.due_at,
        ends_at=view.expires_at,
        leased=view.leased,
    )
