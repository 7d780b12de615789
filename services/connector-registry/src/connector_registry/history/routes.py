"""`/api/executions`: what happened, one by one and by cause."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from connector_registry.history.port import ExecutionMissing
from connector_registry.history.reading import Reading, Wanted
from connector_registry.history.shapes import (
    Callers,
    ExecutionPage,
    ExecutionView,
    FailureCauses,
    callers_of,
    causes_of,
    detail_json,
    page_of,
)
from connectors_shared.contract.execution import ResultStatus
from connectors_shared.contract.model import Moment
from connectors_shared.http.access import Access
from connectors_shared.http.cursor import parse_cursor
from connectors_shared.http.parameters import storable
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import StoreUnavailableError, problem_responses

Id = Annotated[str | None, Query(min_length=1, max_length=200)]
Word = Annotated[str | None, Query(min_length=1, max_length=64)]
HttpStatus = Annotated[int | None, Query(ge=100, le=999, description="What the API answered.")]
Text = Annotated[str | None, Query(min_length=1, max_length=200, description="Somewhere in the message of the error.")]
Limit = Annotated[int, Query(ge=1, le=100)]
PageCursor = Annotated[str | None, Query(max_length=200, description="next_cursor of the page before.")]


def _wanted(
    connector_id: UUID | None = None,
    flow_id: Id = None,
    flow_run_id: Id = None,
    contact_id: Id = None,
    status: ResultStatus | None = None,
    error_type: Word = None,
    http_status: HttpStatus = None,
    trigger: Word = None,
    text: Text = None,
    since: Annotated[Moment | None, Query(description="Ended at that time or later.")] = None,
    until: Annotated[Moment | None, Query(description="Ended before that time.")] = None,
) -> Wanted:
    return Wanted(
        connector_id=connector_id,
        flow_id=storable(flow_id),
        flow_run_id=storable(flow_run_id),
        contact_id=storable(contact_id),
        status=status.value if status else None,
        error_type=storable(error_type),
        http_status=http_status,
        trigger=storable(trigger),
        text=storable(text),
        since=since,
        until=until,
    )


def history_router(reading: Reading, access: Access) -> APIRouter:
    """What is read here may be personal data: it has a scope of its own."""
    router = APIRouter(prefix="/api", tags=["history"], responses=problem_responses(StoreUnavailableError))
    reader, filters = access.requires(Scope.EXECUTIONS_READ), Depends(_wanted)

    @router.get("/executions", name="List executions")
    async def listed(
        who: Principal = reader, wanted: Any = filters, limit: Limit = 50, cursor: PageCursor = None
    ) -> ExecutionPage:
        """Executions of the workspace, newest first; all that is asked for has to hold."""
        return page_of(await reading.page(who.workspace_id, wanted, parse_cursor(cursor), limit))

    @router.get("/executions/causes", name="Group failures by cause")
    async def grouped(who: Principal = reader, wanted: Any = filters) -> FailureCauses:
        """Why executions failed, and how often: of the newest 10,000 that the filters lead to."""
        return causes_of(await reading.causes(who.workspace_id, wanted))

    @router.get("/executions/flows", name="Group executions by flow")
    async def called(who: Principal = reader, wanted: Any = filters) -> Callers:
        """Which flows call, how often, and how often that fails: of the newest 10,000 that the filters lead to, without
        tests of connectors."""
        return callers_of(await reading.callers(who.workspace_id, wanted))

    @router.get(
        "/executions/{execution_id}",
        response_model=ExecutionView,
        responses=problem_responses(ExecutionMissing),
        name="Read an execution",
    )
    async def read(execution_id: UUID, who: Principal = reader) -> Response:
        """All that is kept of it, with what was written on its contact."""
        found = await reading.find(who.workspace_id, execution_id)
        if found is None:
            raise ExecutionMissing
        return Response(detail_json(found), media_type="application/json")

    return router
