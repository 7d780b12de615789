"""`POST /api/connectors/{id}/execute`: call a connector and wait for the answer."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.executions.port import Fault, Refused
from connector_registry.executions.problems import FAULTS, NO_OUTCOME
from connector_registry.executions.service import Runner
from connector_registry.executions.shapes import EXECUTION_BODY, Executed, Order, executed
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.http.access import Access
from connectors_shared.http.body import json_body
from connectors_shared.http.execution_problems import StillRunningError, UnknownConnectorError
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import PREFIX, ProblemError, RelayedProblemError, problem_responses

UNKNOWN: Final = (
    "It is saved, but no executor knows it yet: its message has not come through, or it has just been deleted."
    " Send it again in a few seconds."
)


def executions_router(runner: Runner, access: Access) -> APIRouter:
    """Executing has a scope of its own: it may change something on the other side, and nothing here."""
    router = APIRouter(prefix="/api/connectors", tags=["executions"])
    executor, body = access.requires(Scope.CONNECTORS_EXECUTE), Depends(json_body)

    @router.post(
        "/{connector_id}/execute",
        response_model=Executed,
        response_model_exclude_unset=True,
        responses=problem_responses(ConnectorMissing, *NO_OUTCOME),
        openapi_extra=EXECUTION_BODY,
        name="Execute a connector",
    )
    async def execute(connector_id: UUID, who: Principal = executor, raw: Any = body) -> Executed:
        """Answers when the call has an outcome. A call that failed is an answer too: 200 with `success` false
        and `error`. 429 and 503 say with Retry-After when to send it again. The result is published on
        connector.result as well."""
        order, answer = await runner.run(who, connector_id, raw)
        if isinstance(answer, ConnectorResult):
            return executed(answer)
        raise _refusal(answer, order) if isinstance(answer, Refused) else _fault(answer, order)

    return router


def _refusal(refused: Refused, order: Order) -> ProblemError:
    problem, detail = refused.problem, refused.problem.detail
    if problem.type == PREFIX + UnknownConnectorError.kind:
        detail = UNKNOWN
    if problem.type == PREFIX + StillRunningError.kind:
        detail = f"{detail} It is {order.execution_id}."
    headers = {"Retry-After": refused.retry_after} if refused.retry_after else None
    return RelayedProblemError(problem.model_copy(update={"detail": detail}), headers)


def _fault(fault: Fault, order: Order) -> ProblemError:
    kind = FAULTS[fault]
    return kind(kind.detail.format(execution_id=order.execution_id, requested_at=order.requested_at.isoformat()))
