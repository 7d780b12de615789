"""What is to be executed, and what came of it: what a caller sends and gets, and what the executor gets."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from pydantic import Field, ValidationError

from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.execution import (
    ConnectorResult,
    ExecutionContext,
    ExecutionError,
    Labels,
    Lane,
    OnError,
    OpenContext,
    TemplateName,
    Trigger,
)
from connectors_shared.contract.model import Message, Moment, Version
from connectors_shared.http.openapi import request_body
from connectors_shared.http.problems import InvalidRequestError, field_problems


class ExecutionDraft(Message):
    """Inputs for one call, and all that an execute event may say. `executionId` is made where it is absent; give it to
    be safe to repeat, and repeat it with the `requestedAt` of the first time: if Redis has lost its memory since, that
    tells a repeat from a new call.
    """

    inputs: dict[str, Any] = Field(default_factory=dict)
    context: OpenContext = Field(default_factory=ExecutionContext)
    execution_id: UUID = Field(default_factory=uuid4)
    requested_at: Moment = Field(default_factory=lambda: datetime.now(UTC))
    connector_version: Version | None = None
    field_mappings: list[FieldMapping] = Field(default_factory=list)
    mapping_template: TemplateName | None = None
    options: MappingOptions = Field(default_factory=MappingOptions)
    store_as: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    on_error: OnError | None = None
    labels: Labels = Field(default_factory=dict)
    lane: Lane = Lane.INTERACTIVE
    wait_seconds: Annotated[float, Field(gt=0, le=300)] = 60.0


EXECUTION_BODY: Final = request_body(ExecutionDraft)


class Order(ExecutionDraft):
    """A draft for a connector of this workspace."""

    workspace_id: UUID
    connector_id: UUID
    trigger: Trigger = Trigger.REST


def parse_order(raw: object, workspace_id: UUID, connector_id: UUID) -> Order:
    """Raises InvalidRequestError; unknown fields are refused: typos."""
    try:
        draft = ExecutionDraft.model_validate(raw, extra="forbid")
    except ValidationError as error:
        raise InvalidRequestError(field_problems(error.errors(include_input=False, include_url=False))) from None
    named = {name: getattr(draft, name) for name in ExecutionDraft.model_fields}
    return Order.model_construct(**named, workspace_id=workspace_id, connector_id=connector_id)


class Executed(Message):
    """The outcome of a call. `executionTime` in milliseconds, over all attempts."""

    success: bool
    data: Any = None
    execution_time: int
    execution_id: UUID
    error: ExecutionError | None = None
    """Only there when it failed."""
    variables: dict[str, Any] = Field(default_factory=dict)
    """Only there when `storeAs` was given: that name → data."""


def executed(result: ConnectorResult) -> Executed:
    optional = {"error": result.error, "variables": result.variables}
    return Executed(
        success=result.success,
        data=result.data,
        execution_time=result.execution_time,
        execution_id=result.execution_id,
        **{name: value for name, value in optional.items() if value},
    )
