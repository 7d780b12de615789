"""The answer to an execution, as bytes for `connector.result`.

What is carried through from the question is carried as the bytes that came: written again it could grow beyond what
the topic takes, and fields that only the flow engine knows would be lost.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from connector_executor.connectors.plan import Plan
from connector_executor.connectors.standin import WITHOUT_VERSION
from connector_executor.execution import Attempted, Execution, Spell
from connector_executor.input_redaction import UNREADABLE, redacted_inputs
from connector_executor.outcome import SKIPS, TIMEOUTS, Failure, Outcome, Success
from connectors_shared.contract.dead import REPLAYED_FROM
from connectors_shared.contract.execution import (
    SCHEMA_VERSION,
    ConnectorExecute,
    ExecutionContext,
    Lane,
    OnError,
    ResultStatus,
    Trigger,
)
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.nesting import MOST_LEVELS, is_deeper

NOTHING = msgspec.Raw(b"{}")
NONE_OF_THEM = msgspec.Raw(b"[]")
NULL = msgspec.Raw(b"null")
ABSENT = msgspec.Raw()
"""Left out of a message."""
SHORT_MESSAGE = 1_000
CUT_INPUTS = ("inputs",)
END_OF_CALENDAR_MS = 253_402_300_800_000
"""The year 10,000."""
ADVICE = "choose fewer fields in the response transform"


class Carried(msgspec.Struct, rename="camel"):
    """The parts of a `connector.execute` that its result repeats; the contract reads the mapping by either name."""

    context: msgspec.Raw = NOTHING
    field_mappings: msgspec.Raw = ABSENT
    mappings_by_name: msgspec.Raw = msgspec.field(default=NONE_OF_THEM, name="field_mappings")
    options: msgspec.Raw = NOTHING
    labels: msgspec.Raw = ABSENT
    inputs: msgspec.Raw = ABSENT

    @property
    def mappings(self) -> msgspec.Raw:
        return self.mappings_by_name if self.field_mappings is ABSENT else self.field_mappings


class ResultFieldError(msgspec.Struct, frozen=True, gc=False):
    """The contract's `FieldError`."""

    pointer: str
    detail: str


class ResultError(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """The contract's `ExecutionError`."""

    type: FailureType
    message: str
    http_status: int | None = None
    retryable: bool
    errors: tuple[ResultFieldError, ...] = ()


class ResultRequest(msgspec.Struct, rename="camel", gc=False):
    """The contract's `RequestSummary`."""

    method: str
    origin: str
    path_template: str
    sent_bytes: int


class ResultMessage(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """The contract's `ConnectorResult` on its way out, at a third of its cost; what is None or absent is left out."""

    schema_version: int
    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    connector_version: int | None = None
    context: msgspec.Raw
    status: ResultStatus
    success: bool
    data: msgspec.Raw = ABSENT
    error: ResultError | None = None
    attempts: list[Attempted]
    parked: tuple[Spell, ...] = ()
    execution_time: int
    variables: dict[str, msgspec.Raw]
    field_mappings: msgspec.Raw
    options: msgspec.Raw
    on_error: OnError
    log_errors: bool = True
    lane: Lane
    trigger: Trigger
    labels: msgspec.Raw = ABSENT
    inputs: msgspec.Raw = ABSENT
    request: ResultRequest | None = None
    cut: tuple[str, ...] = ()
    requested_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime

    def to_json(self) -> bytes:
        return ENCODER.encode(self)

    def failed(self, problem: Failure) -> "ResultMessage":
        """Everything but the data, and why they are missing."""
        return msgspec.structs.replace(
            self, status=_status(problem), success=False, data=ABSENT, variables={}, error=_error(problem)
        )

    def without_inputs(self) -> "ResultMessage":
        """They are told for the history's sake: all else goes before them."""
        return self if self.inputs is ABSENT else self._without("inputs", inputs=ABSENT)

    def lighter(self) -> "Iterator[ResultMessage]":
        """With less and less of what is carried through: first without the inputs, then without the context's variables
        and whatever it holds beside its ids, then without the mapping and its options, then with the last attempt only,
        a short message and no labels.
        """
        message = self.without_inputs()
        yield message
        message = message._without("context", context=_ids_of(self.context))
        yield message
        message = message._without("fieldMappings", field_mappings=NONE_OF_THEM, options=NOTHING)
        yield message
        shorter = {"attempts": self.attempts[-1:], "error": _short(self.error), "labels": ABSENT, "request": None}
        yield message._without("attempts", parked=(), **shorter)

    def _without(self, part: str, **changes: Any) -> "ResultMessage":
        return msgspec.structs.replace(self, cut=(*self.cut, part), **changes)


ENCODER = msgspec.json.Encoder()
CARRIED = msgspec.json.Decoder(Carried)
MESSAGES = msgspec.json.Decoder(ResultMessage)


def encoded_result(
    execution: Execution, outcome: Outcome, now: datetime, *, most_data: int, most: int
) -> tuple[bytes, Outcome]:
    """The message that answers the execution, and the outcome that it tells.

    Data above `most_data` bytes, and all data of a message above `most` bytes, give way to a failure that says so;
    a message that is too large even then loses other parts.
    """
    data = _written(outcome, most_data) if isinstance(outcome, Success) else ABSENT
    if isinstance(data, Failure):
        outcome, data = data, ABSENT
    message = _message(execution, outcome, data, now)
    encoded = message.to_json()
    if len(encoded) > most:
        message = message.without_inputs()
        encoded = message.to_json()
    if len(encoded) <= most:
        return encoded, outcome
    if isinstance(outcome, Success):
        outcome = _too_large(len(encoded), most, outcome.http_status)
        message = message.failed(outcome)
    return _first_within(most, message), outcome


def smallest_result(message: bytes) -> bytes | None:
    """The same outcome in a few kilobytes, for a broker that took no more; None when the message cannot be read.

    It depends on the message alone, so a repeat of it has the same bytes.
    """
    try:
        found = MESSAGES.decode(message)
        if found.success:
            why = f"The result has {len(message)} bytes, which its topic does not take; {ADVICE}."
            found = found.failed(Failure(FailureType.RESULT_TOO_LARGE, why))
        *_, smallest = found.lighter()
        return smallest.to_json()
    except (*UNREADABLE, ValueError):
        return None


def _first_within(most: int, message: ResultMessage) -> bytes:
    encoded = message.to_json()
    for lighter in message.lighter():
        if len(encoded) <= most:
            break
        encoded = lighter.to_json()
    return encoded


def _written(success: Success, most: int) -> msgspec.Raw | Failure:
    """The data as JSON, or why they cannot be sent."""
    if success.data is None:
        return ABSENT
    try:
        data = ENCODER.encode(success.data)
    except RecursionError:
        return _too_deep(success.http_status)
    except (TypeError, ValueError) as error:
        why = f"The result cannot be written as JSON ({type(error).__name__})."
        return Failure(FailureType.TRANSFORM_FAILED, why)
    if len(data) > most:
        return _too_large(len(data), most, success.http_status)
    return _too_deep(success.http_status) if is_deeper(data, MOST_LEVELS) else msgspec.Raw(data)


def _message(execution: Execution, outcome: Outcome, data: msgspec.Raw, now: datetime) -> ResultMessage:
    event, carried, plan = execution.event, _carried(execution.source.value), execution.plan
    succeeded = isinstance(outcome, Success)
    inputs, cut = _inputs(execution, carried)
    return ResultMessage(
        schema_version=SCHEMA_VERSION,
        execution_id=event.execution_id,
        workspace_id=event.workspace_id,
        connector_id=event.connector_id,
        connector_version=_version(plan),
        context=carried.context,
        status=_status(outcome),
        success=succeeded,
        data=data,
        error=_error(outcome),
        attempts=execution.attempts,
        parked=execution.parked,
        execution_time=round(execution.call_seconds * 1000),
        variables={event.store_as: NULL if data is ABSENT else data} if event.store_as and succeeded else {},
        field_mappings=_mappings(execution, carried),
        options=carried.options,
        on_error=event.on_error or (OnError.CONTINUE if plan.config.continue_on_error else OnError.STOP),
        log_errors=plan.config.log_errors,
        lane=event.lane,
        trigger=Trigger.REPLAY if _is_replay(execution) else event.trigger,
        labels=carried.labels,
        inputs=inputs,
        request=None if plan.fault is not None else ResultRequest(*plan.told_request, execution.sent_bytes),
        cut=cut,
        requested_at=_requested_at(execution),
        started_at=execution.attempts[0].started if execution.attempts else None,
        finished_at=now,
    )


def _inputs(execution: Execution, carried: Carried) -> tuple[msgspec.Raw, tuple[str, ...]]:
    if carried.inputs is ABSENT:
        return ABSENT, ()
    shown, cut = execution.redacted_inputs or redacted_inputs(bytes(carried.inputs))
    return msgspec.Raw(shown), CUT_INPUTS if cut else ()


def _mappings(execution: Execution, carried: Carried) -> msgspec.Raw:
    """Those that came, else those of the template that is named."""
    template = execution.event.mapping_template
    return carried.mappings if template is None else execution.plan.mapping_templates.get(template, NONE_OF_THEM)


def _is_replay(execution: Execution) -> bool:
    headers = execution.source.headers
    return bool(headers) and any(name == REPLAYED_FROM for name, _ in headers)


def _requested_at(execution: Execution) -> datetime | None:
    """As the producer says, else when its record was written; None when that is not known, or in no calendar."""
    said = execution.event.requested_at_ms
    moment_ms = execution.source.timestamp_ms if said is None else said
    return datetime.fromtimestamp(moment_ms / 1000, UTC) if 0 < moment_ms < END_OF_CALENDAR_MS else None


def _carried(question: bytes) -> Carried:
    try:
        return CARRIED.decode(question)
    except UNREADABLE:
        # The contract took it, and the contract decides: its own words, then.
        event = ConnectorExecute.model_validate_json(question)
        whole = event.model_copy(update={"inputs": {}}).to_json()
        return CARRIED.decode(whole)


def _ids_of(context: msgspec.Raw) -> msgspec.Raw:
    ids = ExecutionContext.model_validate_json(bytes(context)).model_copy(update={"variables": {}})
    return msgspec.Raw(ids.to_json())


def _version(plan: Plan) -> int | None:
    fault = plan.fault
    return None if fault is not None and fault.type in WITHOUT_VERSION else plan.version


def _short(error: ResultError | None) -> ResultError | None:
    return error and msgspec.structs.replace(error, message=error.message[:SHORT_MESSAGE], errors=())


def _too_large(size: int, most: int, status: int | None) -> Failure:
    why = f"The result has {size} bytes, and the limit is {most}; {ADVICE}."
    return Failure(FailureType.RESULT_TOO_LARGE, why, status)


def _too_deep(status: int | None) -> Failure:
    why = f"The result is nested deeper than {MOST_LEVELS} levels; {ADVICE}, or flatten them there."
    return Failure(FailureType.RESULT_TOO_LARGE, why, status)


def _status(outcome: Outcome) -> ResultStatus:
    if isinstance(outcome, Success):
        return ResultStatus.SUCCESS
    if outcome.type in TIMEOUTS:
        return ResultStatus.TIMEOUT
    return ResultStatus.SKIPPED if outcome.type in SKIPS else ResultStatus.ERROR


def _error(outcome: Outcome) -> ResultError | None:
    if isinstance(outcome, Success):
        return None
    return ResultError(
        type=outcome.type,
        message=outcome.message,
        http_status=outcome.http_status,
        retryable=outcome.retryable,
        errors=tuple([ResultFieldError(pointer, detail) for pointer, detail in outcome.errors]),
    )
