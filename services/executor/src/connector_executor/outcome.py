"""What became of an execution: values, not exceptions."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connector_executor.execution import Execution
from connectors_shared.contract.execution import ConnectorResult, ExecutionError, ResultStatus
from connectors_shared.contract.failure import FailureType

TIMEOUTS = frozenset({FailureType.TIMEOUT, FailureType.DEADLINE_EXCEEDED})
SKIPS = frozenset({FailureType.CONNECTOR_DISABLED, FailureType.CONNECTOR_UNHEALTHY, FailureType.CANCELLED})


@dataclass(frozen=True, slots=True)
class Success:
    """The transformed answer."""

    data: Any
    http_status: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why not. `retryable`: the same execution may succeed later."""

    type: FailureType
    message: str
    http_status: int | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """Call again, not before `asked_seconds` when the upstream asked for that; `failure` is the outcome if that is
    not possible any more.
    """

    failure: Failure
    asked_seconds: float | None = None


Outcome = Success | Failure


def result_of(execution: Execution, outcome: Outcome, now: datetime | None = None) -> ConnectorResult:
    """The message that answers the execution; the request's mapping is carried through."""
    event = execution.event
    succeeded = isinstance(outcome, Success)
    data = outcome.data if isinstance(outcome, Success) else None
    return ConnectorResult.model_construct(
        execution_id=event.execution_id,
        workspace_id=event.workspace_id,
        connector_id=event.connector_id,
        connector_version=execution.plan.version,
        context=event.context,
        status=_status(outcome),
        success=succeeded,
        data=data,
        error=_error(outcome),
        attempts=execution.attempts,
        execution_time=round(execution.call_seconds * 1000),
        variables={event.store_as: data} if event.store_as and succeeded else {},
        field_mappings=event.field_mappings,
        options=event.options,
        on_error=event.on_error,
        finished_at=now or datetime.now(UTC),
    )


def outcome_name(outcome: Outcome) -> str:
    """The word for logs and metrics: `success`, or the failure's type."""
    return "success" if isinstance(outcome, Success) else outcome.type.value


def _status(outcome: Outcome) -> ResultStatus:
    if isinstance(outcome, Success):
        return ResultStatus.SUCCESS
    if outcome.type in TIMEOUTS:
        return ResultStatus.TIMEOUT
    return ResultStatus.SKIPPED if outcome.type in SKIPS else ResultStatus.ERROR


def _error(outcome: Outcome) -> ExecutionError | None:
    if isinstance(outcome, Success):
        return None
    return ExecutionError(
        type=outcome.type,
        message=outcome.message,
        http_status=outcome.http_status,
        retryable=outcome.retryable,
    )
