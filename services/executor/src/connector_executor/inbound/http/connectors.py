"""`/internal/connectors`: why one is not running, what is parked for it, and calling that off."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import LANES
from connector_executor.explain import Explainer
from connector_executor.inbound.http.answering import answering
from connector_executor.inbound.http.shapes import Shape
from connector_executor.lifting import Lifting
from connector_executor.parking.port import BacklogView, ParkedView, ParkingStore
from connectors_shared.contract.execution import Lane
from connectors_shared.contract.status import ConnectorStatus
from connectors_shared.http.body import body_of
from connectors_shared.http.execution_problems import UnknownConnectorError
from connectors_shared.http.openapi import request_body
from connectors_shared.http.problems import StoreUnavailableError, problem_responses

Limit = Annotated[int, Query(ge=1, le=1000)]
Seen = Annotated[
    UUID | None,
    Query(alias="workspaceId", description="As seen from this workspace, in which the connector may be unknown."),
]


class ParkedShape(Shape):
    """One parked execution. `leased`: it is being run now."""

    execution_id: UUID
    lane: Lane
    reason: str
    attempt: int
    parked_at: datetime
    not_before: datetime | None = None
    leased: bool


class ParkedPage(Shape):
    """In the order in which they would run; `next` is the `after` of the page behind this one."""

    parked: list[ParkedShape]
    next: UUID | None = None


class CancelRequest(Shape):
    """`executionIds` null or absent: all of the connector."""

    workspace_id: UUID
    execution_ids: list[UUID] | None = Field(default=None, max_length=10_000)


class CancelAnswer(Shape):
    """Each of them ends with a result `skipped`, `cancelled`, unless its call is under way: then with that call's."""

    cancelled: int


class ResumeRequest(Shape):
    workspace_id: UUID


class ResumeAnswer(Shape):
    """`lifted`: what held it back and does no more: rate_limited, breaker_open, unhealthy. `parked`: how many wait."""

    lifted: list[str]
    parked: int


class BacklogShape(Shape):
    """`dueAt` is absent while the backlog is being drained."""

    connector_id: UUID
    parked: int
    waiting_for_retry: int
    reason: str | None
    oldest: datetime | None
    due_at: datetime | None


class BacklogPage(Shape):
    """By connector id; `next` is the `after` of the page behind this one."""

    backlogs: list[BacklogShape]
    next: UUID | None = None


def connectors_router(
    explainer: Explainer, table: ConnectorTable, parking: ParkingStore, lifting: Lifting, wake: Callable[[UUID], None]
) -> APIRouter:
    """`wake` is told which backlog has changed."""
    router = APIRouter(tags=["connectors"], responses=problem_responses(StoreUnavailableError))
    cancelling, resuming = Depends(body_of(CancelRequest)), Depends(body_of(ResumeRequest))

    @router.get("/connectors/{connector_id}/status", response_model_exclude_none=False)
    async def status(connector_id: UUID, workspace_id: Seen = None) -> ConnectorStatus:
        """Why the connector is not running, or that it is."""
        with answering():
            return await explainer.explain(connector_id, workspace_id)

    @router.get("/connectors/{connector_id}/parked")
    async def parked(
        connector_id: UUID, workspace_id: Seen = None, limit: Limit = 100, after: UUID | None = None
    ) -> ParkedPage:
        """What is parked for the connector."""
        with answering():
            where = connector_id
            if workspace_id is not None:
                where = await _first_filled(parking, table.backlogs_of(connector_id, workspace_id), workspace_id)
            views = await parking.parked(where, after, limit, workspace_id)
        following = views[-1].execution_id if len(views) == limit else None
        return ParkedPage(parked=[_parked_shape(view) for view in views], next=following)

    @router.post("/connectors/{connector_id}/parked/cancel", openapi_extra=request_body(CancelRequest))
    async def cancel(connector_id: UUID, request: CancelRequest = cancelling) -> CancelAnswer:
        """Call parked executions off."""
        with answering():
            count = 0
            for where in table.backlogs_of(connector_id, request.workspace_id):
                count += await parking.cancel(request.workspace_id, where, request.execution_ids)
                wake(where)
        return CancelAnswer(cancelled=count)

    @router.post(
        "/connectors/{connector_id}/resume",
        openapi_extra=request_body(ResumeRequest),
        responses=problem_responses(UnknownConnectorError),
    )
    async def resume(connector_id: UUID, request: ResumeRequest = resuming) -> ResumeAnswer:
        """Try it now, whatever its API has asked for or shown: a `Retry-After`, a quota, an open breaker. Its own limit
        holds. Asked again, it changes nothing."""
        with answering():
            resumed = await lifting.lift(connector_id, request.workspace_id)
        if resumed is None:
            raise UnknownConnectorError
        return ResumeAnswer(lifted=resumed.lifted, parked=resumed.parked)

    @router.get("/backlogs")
    async def backlogs(workspace_id: UUID | None = None, limit: Limit = 100, after: UUID | None = None) -> BacklogPage:
        """Connectors with parked executions."""
        with answering():
            views = await parking.backlogs(workspace_id, after, limit)
        following = views[-1].connector_id if len(views) == limit else None
        return BacklogPage(backlogs=[_backlog_shape(view) for view in views], next=following)

    return router


async def _first_filled(parking: ParkingStore, connector_ids: Sequence[UUID], workspace_id: UUID) -> UUID:
    """The last one when none is."""
    for connector_id in connector_ids[:-1]:
        if await parking.backlog(connector_id, workspace_id) is not None:
            return connector_id
    return connector_ids[-1]


def _parked_shape(view: ParkedView) -> ParkedShape:
    return ParkedShape(
        execution_id=view.execution_id,
        lane=LANES[view.lane],
        reason=view.reason.value,
        attempt=view.attempt,
        parked_at=view.parked_at,
        not_before=view.not_before,
        leased=view.leased,
    )


def _backlog_shape(view: BacklogView) -> BacklogShape:
    return BacklogShape(
        connector_id=view.connector_id,
        parked=view.parked,
        waiting_for_retry=view.waiting_for_retry,
        reason=view.reason.value if view.reason else None,
        oldest=view.oldest,
        due_at=view.due_at,
    )
