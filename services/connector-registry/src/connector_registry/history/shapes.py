"""What is answered about executions."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import BaseModel, Field, JsonValue

from connector_registry.history.reading import Caller, Cause, Detail, Page, Summary
from connectors_shared.contract.updates import MappedValue
from connectors_shared.http.cursor import cursor_text

PARTS = ("attempts", "parked", "request", "input_data", "output_data", "labels")
MAPPED_PARTS = ("user_fields", "custom_fields", "mappings")


class ExecutionLine(BaseModel):
    """An execution in a list. `execution_time_ms`: over all attempts. `started_at`: when the first one began.
    `executed_at`: when it ended.
    """

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
    trigger: str
    lane: str
    execution_time_ms: int
    attempt_count: int
    requested_at: datetime | None
    started_at: datetime | None
    executed_at: datetime


class ExecutionPage(BaseModel):
    """Newest first. Go on while there is a `next_cursor`: a request looks at a bounded part of the history, so a page
    may be short, or empty, before the end.
    """

    executions: list[ExecutionLine]
    next_cursor: str | None


class MappingOutcome(BaseModel):
    """What the field mapper made of it: what was written on which contact, and what became of each mapping. A part that
    is too long is cut: of `mappings` the last ones, of the others their JSON.
    """

    updated_at: datetime
    contact_id: str | None
    created: bool
    user_fields: JsonValue = None
    custom_fields: JsonValue = None
    mappings: list[MappedValue] | None = None
    reason: str | None
    cut: list[str]


class ExecutionView(ExecutionLine):
    """All that is kept of an execution. `cut` names the parts that are shortened or left out; a shortened one is a
    text, the beginning of its JSON. `parked`: when it was kept for later, and why. Without message, inputs and output
    when its connector does not log errors.
    """

    retryable: bool | None
    attempts: JsonValue = None
    parked: JsonValue = None
    request: JsonValue = None
    input_data: JsonValue = None
    output_data: JsonValue = None
    labels: JsonValue = None
    cut: list[str]
    recorded_at: datetime
    mappings: list[MappingOutcome]


class FailureCause(BaseModel):
    """Failures of one connector that say the same. `example_id`: the newest of them."""

    connector_id: UUID
    error_type: str | None
    http_status: int | None
    error_message: str | None
    count: int
    first_at: datetime
    last_at: datetime
    example_id: UUID


class FailureCauses(BaseModel):
    """Most frequent first; of the newest 10,000 failures at most."""

    causes: Annotated[list[FailureCause], Field(max_length=100)]


class CallerView(BaseModel):
    """A flow that calls; null: outside of any flow."""

    flow_id: str | None
    executions: int
    failed: int
    last_at: datetime


class Callers(BaseModel):
    """Most frequent first; of the newest 10,000 executions at most."""

    flows: Annotated[list[CallerView], Field(max_length=100)]


def page_of(page: Page) -> ExecutionPage:
    return ExecutionPage(
        executions=[line_of(each) for each in page.lines],
        next_cursor=cursor_text(page.rest) if page.rest else None,
    )


def line_of(each: Summary) -> ExecutionLine:
    return ExecutionLine.model_validate(each, from_attributes=True)


def causes_of(causes: list[Cause]) -> FailureCauses:
    return FailureCauses(causes=[FailureCause.model_validate(cause, from_attributes=True) for cause in causes])


def callers_of(callers: list[Caller]) -> Callers:
    return Callers(flows=[CallerView.model_validate(caller, from_attributes=True) for caller in callers])


def detail_json(detail: Detail) -> bytes:
    """An `ExecutionView`; what is kept as JSON is answered as the text that it is, with its order and its numbers."""
    mappings = [_with_raw(mapping, MAPPED_PARTS) for mapping in detail.mappings]
    return msgspec.json.encode(_with_raw(detail.execution, PARTS) | {"mappings": mappings})


def _with_raw(row: dict[str, Any], parts: tuple[str, ...]) -> dict[str, Any]:
    return row | {name: msgspec.Raw(row[name].encode()) for name in parts if row[name] is not None}
