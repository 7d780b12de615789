"""`POST /api/connectors/{id}/execute`: call a connector and wait for the answer."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from connector_registry.executions.port import Fault, Refused
from connector_registry.executions.service import Runner
from connector_registry.executions.shapes import EXECUTION_BODY, Executed, Order, executed
from connector_registry.http.body import json_body
from connector_registry.http.openapi import PROBLEMS
from connector_registry.http.refusals import answer_to
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.http.problems import ProblemError
from connectors_shared.runtime.auth import Principal, Role, require

FAULTS: Final[dict[Fault, tuple[int, str, str, str]]] = {
    Fault.OFF: (
        503,
        "executor-not-configured",
        "Nothing can be executed here",
        "Start the registry again after you set CONNECTORS_EXECUTOR_URL to the address of an executor and"
        " CONNECTORS_INTERNAL_TOKEN to the token that the executor has.",
    ),
    Fault.UNREACHABLE: (
        502,
        "executor-unreachable",
        "The executor cannot be reached",
        "The call has not begun; send it again. If that does not help, check that an executor runs at the"
        " registry's CONNECTORS_EXECUTOR_URL.",
    ),
    Fault.LOST: (
        502,
        "executor-unreachable",
        "The connection to the executor broke",
        "The call may have happened. Send it again with executionId {execution_id} to get its outcome;"
        " with another one it may happen twice.",
    ),
    Fault.LATE: (
        504,
        "still-running",
        "No outcome in time",
        "The call may go on; its result will be on connector.result. Do not send it again under another"
        " executionId than {execution_id}.",
    ),
    Fault.TOKEN_REFUSED: (
        502,
        "executor-refuses-registry",
        "The executor does not know the registry",
        "Start the registry and the executor with the same CONNECTORS_INTERNAL_TOKEN.",
    ),
    Fault.UNUSABLE: (
        502,
        "executor-failed",
        "The executor gave no usable answer",
        "Its log may say why; check also that the registry's CONNECTORS_EXECUTOR_URL is the address of an executor."
        " The call may have happened: send it again only with executionId {execution_id}.",
    ),
    Fault.FOREIGN: (
        409,
        "execution-id-taken",
        "This execution id is of another connector",
        "Use a new executionId to call this connector.",
    ),
}
UNKNOWN: Final = (
    "It is saved, but no executor knows it yet: its message has not come through, or it has just been deleted."
    " Send it again in a few seconds."
)


def executions_router(runner: Runner, authenticate: Callable[[Request], Principal]) -> APIRouter:
    """Executing needs the role editor: it may change something on the other side."""
    router = APIRouter(prefix="/api/connectors", tags=["executions"], responses=PROBLEMS)
    editor = Depends(require(Role.EDITOR, authenticate))
    body = Depends(json_body)

    @router.post(
        "/{connector_id}/execute",
        response_model=Executed,
        response_model_exclude_unset=True,
        openapi_extra=EXECUTION_BODY,
        name="Execute a connector",
    )
    async def execute(connector_id: UUID, who: Principal = editor, raw: Any = body) -> Executed:
        """Answers when the call has an outcome. A call that failed is an answer too: 200 with `success` false
        and `error`. 429 and 503 say with Retry-After when to send it again. The result is published on
        connector.result as well."""
        order = await answer_to(runner.accept(who, connector_id, raw))
        answer = await runner.run(order)
        if isinstance(answer, ConnectorResult):
            return executed(answer)
        raise _refusal(answer, order) if isinstance(answer, Refused) else _fault(answer, order)

    return router


def _refusal(refused: Refused, order: Order) -> ProblemError:
    problem = refused.problem
    kind = problem.type.removeprefix("/problems/")
    detail = UNKNOWN if kind == "unknown-connector" else problem.detail
    if kind == "still-running":
        detail = f"{detail} It is {order.execution_id}."
    headers = {"Retry-After": refused.retry_after} if refused.retry_after else None
    return ProblemError(problem.status, kind, problem.title, detail, problem.errors, headers)


def _fault(fault: Fault, order: Order) -> ProblemError:
    status, kind, title, detail = FAULTS[fault]
    return ProblemError(status, kind, title, detail.format(execution_id=order.execution_id))
