"""`POST /internal/executions`: run one execution and answer with its result."""

import math
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from connector_executor.inbound.callers import Refusal, Refused, SynchronousCalls
from connector_executor.inbound.http.shapes import Shape
from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult, ExecutionContext, Lane, OnError
from connectors_shared.contract.model import Version
from connectors_shared.http.problems import Problem, ProblemError

PROBLEMS: dict[Refusal, tuple[int, str, str, str]] = {
    Refusal.LIMITED: (
        429,
        "rate-limited",
        "The connector is at its limit",
        "Its next free slot is further away than a caller should wait; send it again after Retry-After seconds.",
    ),
    Refusal.UPSTREAM_FAILING: (
        503,
        "upstream-failing",
        "The API behind the connector is failing",
        "It is left alone for now; send it again after Retry-After seconds.",
    ),
    Refusal.REPEATED: (
        409,
        "already-executed",
        "This execution id has had its outcome",
        "Its result was published on connector.result and is not kept any longer. Use a new executionId to call again.",
    ),
    Refusal.PARKED: (
        409,
        "already-parked",
        "This execution id is parked",
        "It was asked for before, and runs when its connector has a slot. Use a new executionId to call now.",
    ),
    Refusal.STOPPING: (
        503,
        "stopping",
        "The executor is stopping",
        "The call has not begun; send it again.",
    ),
    Refusal.UNAVAILABLE: (
        503,
        "store-unavailable",
        "The executor cannot start anything now",
        "A store that it depends on does not answer; send it again in a few seconds.",
    ),
    Refusal.UNKNOWN_CONNECTOR: (
        404,
        "unknown-connector",
        "No such connector",
        "No connector of this id is published in this workspace; check connectorId and workspaceId.",
    ),
    Refusal.UNREADABLE: (
        503,
        "definition-unreadable",
        "This executor cannot read the connector",
        "Its definition is a newer version's. The call has not begun; send it again when the executor is up to date.",
    ),
    Refusal.STILL_RUNNING: (
        504,
        "still-running",
        "No outcome in time",
        "The call goes on; its result will be on connector.result. Do not send it again under another executionId.",
    ),
    Refusal.TOO_MANY: (
        429,
        "too-many-callers",
        "Too many callers wait for this connector",
        "It or its workspace has used up its share of those who may wait; send it again after Retry-After seconds.",
    ),
}
EXECUTION_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": ConnectorResult},
    **{status: {"model": Problem} for status in (404, 409, 422, 429, 503, 504)},
}


class ExecutionRequest(Shape):
    """An execute event whose caller waits. `executionId` is made where it is absent; give it to be safe to repeat."""

    workspace_id: UUID
    connector_id: UUID
    execution_id: UUID = Field(default_factory=uuid4)
    connector_version: Version | None = None
    inputs: dict[str, Any] = Field(default_factory=dict)
    context: ExecutionContext = Field(default_factory=ExecutionContext)
    field_mappings: list[FieldMapping] = Field(default_factory=list)
    options: MappingOptions = Field(default_factory=MappingOptions)
    store_as: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    on_error: OnError = OnError.STOP
    lane: Lane = Lane.INTERACTIVE
    wait_seconds: Annotated[float, Field(gt=0, le=300)] = 60.0

    def event(self) -> ConnectorExecute:
        named = {name: getattr(self, name) for name in ConnectorExecute.model_fields if hasattr(self, name)}
        return ConnectorExecute.model_construct(**named)


def executions_router(calls: SynchronousCalls) -> APIRouter:
    router = APIRouter(tags=["executions"])

    @router.post("/executions", responses=EXECUTION_RESPONSES)
    async def execute(request: ExecutionRequest) -> Response:
        """Run it through the same pipeline as a message from Kafka, and answer with its result.

        A call that failed is an answer too: 200 with `success` false. The result is published as well.
        """
        answer = await calls.execute(request.event(), request.wait_seconds)
        if isinstance(answer, Refused):
            raise _problem(answer)
        return Response(answer, media_type="application/json")

    return router


def _problem(refused: Refused) -> ProblemError:
    status, kind, title, detail = PROBLEMS[refused.why]
    headers = {"Retry-After": str(max(1, math.ceil(refused.retry_seconds)))} if refused.retry_seconds else None
    return ProblemError(status, kind, title, detail, headers=headers)
