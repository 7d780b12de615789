"""What became of an execution: values, not exceptions."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from connector_executor.execution import Attempted, Execution
from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.execution import (
    SCHEMA_VERSION,
    ExecutionContext,
    ExecutionError,
    OnError,
    ResultStatus,
)
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.model import Message

TIMEOUTS = frozenset({FailureType.TIMEOUT, FailureType.DEADLINE_EXCEEDED})
SKIPS = frozenset({FailureType.CONNECTOR_DISABLED, FailureType.CONNECTOR_UNHEALTHY, FailureType.CANCELLED})


@dataclass(slots=True)
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


class ResultMessage(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """The contract's `ConnectorResult` on its way out, at a third of its cost; what is None is left out.

    The request's mapping is carried through as the contract's own models.
    """

    schema_version: int
    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    connector_version: int
    context: ExecutionContext
    status: ResultStatus
    success: bool
    data: Any = None
    error: ExecutionError | None = None
    attempts: list[Attempted]
    execution_time: int
    variables: dict[str, Any]
    field_mappings: list[FieldMapping]
    options: MappingOptions
    on_error: OnError
    finished_at: datetime

    def to_json(self) -> bytes:
        return RESULT_ENCODER.encode(self)


@cache
def _wire_names(model: type[Message]) -> list[tuple[str, str]]:
    return [(name, field.serialization_alias or name) for name, field in model.model_fields.items()]


def _plain(part: Message) -> dict[str, Any]:
    values = part.__dict__
    return {alias: values[name] for name, alias in _wire_names(type(part)) if values[name] is not None}


RESULT_ENCODER = msgspec.json.Encoder(enc_hook=_plain)


def result_of(execution: Execution, outcome: Outcome, now: datetime) -> ResultMessage:
    """The message that answers the execution."""
    event = execution.event
    succeeded = isinstance(outcome, Success)
    data = outcome.data if isinstance(outcome, Success) else None
    return ResultMessage(
        schema_version=SCHEMA_VERSION,
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
        finished_at=now,
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
