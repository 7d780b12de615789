"""`POST /internal/executions`: run one execution and answer with its result."""

import math
from collections.abc import Coroutine, Mapping
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from connector_executor.inbound.callers import Refusal, Refused, SynchronousCalls
from connector_executor.inbound.http.shapes import Shape
from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.execution import (
    ConnectorExecute,
    ConnectorResult,
    ExecutionContext,
    Labels,
    Lane,
    OnError,
    OpenContext,
    TemplateName,
    Trigger,
)
from connectors_shared.contract.model import Message, Moment, Version
from connectors_shared.http.body import body_of
from connectors_shared.http.disconnects import unless_gone
from connectors_shared.http.execution_problems import (
    AlreadyExecutedError,
    AlreadyParkedError,
    DefinitionUnreadableError,
    RateLimitedError,
    StillRunningError,
    StoppingError,
    TokenMissingError,
    TooManyCallersError,
    UnknownConnectorError,
    UpstreamFailingError,
)
from connectors_shared.http.openapi import request_body
from connectors_shared.http.problems import (
    ProblemError,
    Responses,
    StoreUnavailableError,
    problem_responses,
)

PROBLEMS: Final[Mapping[Refusal, type[ProblemError]]] = {
    Refusal.LIMITED: RateLimitedError,
    Refusal.UPSTREAM_FAILING: UpstreamFailingError,
    Refusal.REPEATED: AlreadyExecutedError,
    Refusal.PARKED: AlreadyParkedError,
    Refusal.STOPPING: StoppingError,
    Refusal.UNAVAILABLE: StoreUnavailableError,
    Refusal.UNKNOWN_CONNECTOR: UnknownConnectorError,
    Refusal.UNREADABLE: DefinitionUnreadableError,
    Refusal.TOKEN_MISSING: TokenMissingError,
    Refusal.STILL_RUNNING: StillRunningError,
    Refusal.TOO_MANY: TooManyCallersError,
}
EXECUTION_RESPONSES: Final[Responses] = {
    200: {"model": ConnectorResult},
    **problem_responses(*PROBLEMS.values()),
}


class ExecutionRequest(Shape):
    """An execute event whose caller waits. `executionId` is made where it is absent; give it to be safe to repeat, and
    `requestedAt` of the first time with it.
    """

    workspace_id: UUID
    connector_id: UUID
    execution_id: UUID = Field(default_factory=uuid4)
    connector_version: Version | None = None
    inputs: dict[str, Any] = Field(default_factory=dict)
    context: OpenContext = Field(default_factory=ExecutionContext)
    field_mappings: list[FieldMapping] = Field(default_factory=list)
    mapping_template: TemplateName | None = None
    options: MappingOptions = Field(default_factory=MappingOptions)
    store_as: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    on_error: OnError | None = None
    lane: Lane = Lane.INTERACTIVE
    trigger: Trigger = Trigger.REST
    labels: Labels = Field(default_factory=dict)
    requested_at: Moment | None = None
    wait_seconds: Annotated[float, Field(gt=0, le=300)] = 60.0

    def event(self) -> ConnectorExecute:
        named = {name: getattr(self, name) for name in ConnectorExecute.model_fields if hasattr(self, name)}
        return ConnectorExecute.model_construct(**named)


def executions_router(calls: SynchronousCalls) -> APIRouter:
    router = APIRouter(tags=["executions"])
    asked = Depends(body_of(ExecutionRequest))

    @router.post("/executions", responses=EXECUTION_RESPONSES, openapi_extra=request_body(ExecutionRequest))
    async def execute(request: ExecutionRequest = asked) -> Response:
        """Run it through the same pipeline as a message from Kafka, and answer with its result.

        A call that failed is an answer too: 200 with `success` false. The result is published as well.
        """
        answer = await calls.execute(request.event(), request.wait_seconds)
        if isinstance(answer, Refused):
            raise problem_of(answer)
        return Response(answer, media_type="application/json")

    return router


async def reported(request: Request, making: Coroutine[Any, Any, Message | Refused]) -> Response:
    """The report as it is, or the problem of why there is none. Who hangs up ends what makes it."""
    answer = await unless_gone(request.receive, making)
    if isinstance(answer, Refused):
        raise problem_of(answer)
    return Response(answer.to_json(), media_type="application/json")


def problem_of(refused: Refused) -> ProblemError:
    headers = {"Retry-After": str(max(1, math.ceil(refused.retry_seconds)))} if refused.retry_seconds else None
    return PROBLEMS[refused.why](headers=headers)
