"""What is kept of one message: the columns of its row."""

from datetime import datetime
from itertools import accumulate
from typing import Final
from uuid import UUID

import msgspec

from connector_registry.history.recording.decoding import (
    RESULTS,
    STATUSES,
    UPDATES,
    Result,
    decoded,
    in_calendar,
)
from connector_registry.history.recording.masking import kept
from connectors_shared.contract.execution import MOST_SHOWN_BYTES, ResultStatus

MOST_MESSAGE: Final = 2_000
"""Characters of an error's message."""
MOST_ATTEMPTS: Final = 20
"""The last ones."""
MOST_CUT: Final = 20
NUL: Final = "\x00"


class Line(msgspec.Struct, kw_only=True):
    """A row of `connector_executions`, in the order of its columns; JSON is text."""

    workspace_id: UUID
    executed_at: datetime
    id: UUID
    connector_id: UUID
    connector_version: int | None
    flow_id: str | None
    flow_run_id: str | None
    step_id: str | None
    contact_id: str | None
    status: str
    error_type: str | None
    error_message: str | None
    http_status: int | None
    retryable: bool | None
    trigger: str
    lane: str
    execution_time_ms: int
    attempt_count: int
    attempts: str | None
    request: str | None
    input_data: str | None
    output_data: str | None
    labels: str | None
    cut: str
    requested_at: datetime | None
    started_at: datetime | None
    parked: str | None


class MappingLine(msgspec.Struct, kw_only=True):
    """A row of `execution_mappings`."""

    workspace_id: UUID
    execution_id: UUID
    updated_at: datetime
    sequence: int
    contact_id: str | None
    created: bool
    user_fields: str | None
    custom_fields: str | None
    mappings: str | None
    reason: str | None
    cut: str


def line_of(body: bytes | None) -> Line:
    """Raises UnreadableError. Failures that are not logged keep neither message nor what was sent."""
    result = decoded(RESULTS, body)
    is_told = result.log_errors or result.status is ResultStatus.SUCCESS
    cutter = _Cutter(result.cut if is_told else [])
    error, context = result.error, result.context
    finished_at = in_calendar(result.finished_at)
    assert finished_at is not None
    return Line(
        workspace_id=result.workspace_id,
        executed_at=finished_at,
        id=result.execution_id,
        connector_id=result.connector_id,
        connector_version=result.connector_version,
        flow_id=_id(context.flow_id),
        flow_run_id=_id(context.flow_run_id),
        step_id=_id(context.step_id),
        contact_id=_id(context.contact_id),
        status=result.status.value,
        error_type=_text(error.type) if error else None,
        error_message=_text(error.message[:MOST_MESSAGE]) if error and is_told else None,
        http_status=_http_status(result),
        retryable=error.retryable if error else None,
        trigger=_text(result.trigger),
        lane=_text(result.lane),
        execution_time_ms=result.execution_time,
        attempt_count=len(result.attempts),
        attempts=cutter.json("attempts", _attempts(result)) if is_told else None,
        request=cutter.json("request", bytes(result.request)) if is_told else None,
        input_data=cutter.json("inputs", bytes(result.inputs)) if is_told else None,
        output_data=cutter.json("data", bytes(result.data)) if is_told else None,
        labels=cutter.json("labels", bytes(result.labels)),
        parked=cutter.json("parked", bytes(result.parked)),
        cut=cutter.names,
        requested_at=in_calendar(result.requested_at),
        started_at=in_calendar(result.started_at),
    )


def mapping_of(body: bytes | None) -> MappingLine:
    """Raises UnreadableError."""
    update, cutter = decoded(UPDATES, body), _Cutter([])
    updated_at = in_calendar(update.updated_at)
    assert updated_at is not None
    return MappingLine(
        workspace_id=update.workspace_id,
        execution_id=update.execution_id,
        updated_at=updated_at,
        sequence=update.sequence or 0,
        contact_id=_id(update.contact_id),
        created=update.created,
        user_fields=cutter.json("userFields", bytes(update.user_fields)),
        custom_fields=cutter.json("customFields", bytes(update.custom_fields)),
        mappings=cutter.lines("mappings", update.mappings),
        reason=update.reason and _text(update.reason[:MOST_MESSAGE]),
        cut=cutter.names,
    )


class _Cutter:
    """Keeps of each part what fits, and the names of those that did not."""

    def __init__(self, cut: list[str]) -> None:
        self._cut = [name for name in cut[:MOST_CUT] if name.isalnum()]

    @property
    def names(self) -> str:
        """As Postgres writes an array."""
        return "{" + ",".join(dict.fromkeys(self._cut)) + "}"

    def lines(self, name: str, lines: list[msgspec.Raw]) -> str | None:
        """The first of them that fit together."""
        sizes = accumulate(len(line) + 1 for line in lines)
        fitting = sum(size < MOST_SHOWN_BYTES for size in sizes)
        if fitting < len(lines):
            self._cut.append(name)
        return self.json(name, b"[" + b",".join(map(bytes, lines[:fitting])) + b"]") if fitting else None

    def json(self, name: str, raw: bytes) -> str | None:
        text: str | None
        if raw in (b"", b"null"):
            return None
        try:
            told, is_cut = kept(raw)
            text = told.decode()
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            text, is_cut = None, True
        if is_cut:
            self._cut.append(name)
        return text


def _http_status(result: Result) -> int | None:
    """Of the last answer."""
    if result.error is not None and result.error.http_status is not None:
        return result.error.http_status
    try:
        return STATUSES.decode(result.attempts[-1]).status if result.attempts else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _attempts(result: Result) -> bytes:
    last = b",".join(map(bytes, result.attempts[-MOST_ATTEMPTS:]))
    if len(last) > MOST_SHOWN_BYTES:
        last = bytes(result.attempts[-1])
    return b"[" + last + b"]" if last else b""


def _id(text: str | None) -> str | None:
    """An empty one says nothing."""
    return _text(text) or None if text else None


def _text(text: str) -> str:
    """Postgres takes no NUL."""
    return text.replace(NUL, "") if NUL in text else text
