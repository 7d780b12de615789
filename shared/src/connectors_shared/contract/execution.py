"""`connector.execute` and `connector.result`: the question and its one answer."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, JsonValue

from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.model import Message, Moment, Version

SCHEMA_VERSION: Final = 1

ExternalId = Annotated[str, Field(min_length=1, max_length=200)]


class Lane(StrEnum):
    """Who goes first when a connector is limited."""

    INTERACTIVE = "interactive"
    NORMAL = "normal"
    BULK = "bulk"


class OnError(StrEnum):
    """What the flow does when the call fails."""

    STOP = "stop"
    CONTINUE = "continue"


class ExecutionContext(Message):
    """Where in which flow this call happens; carried through to the result unchanged."""

    flow_id: ExternalId | None = None
    flow_run_id: ExternalId | None = None
    step_id: ExternalId | None = None
    contact_id: ExternalId | None = None
    variables: dict[str, JsonValue] = Field(default_factory=dict)


class ConnectorExecute(Message):
    """Please call this connector with these inputs.

    `execution_id` is the producer's idempotency key: the same id never causes a second outcome.
    `deadline` is a wall-clock time after which nobody wants the answer; it says its time zone.
    """

    schema_version: Annotated[int, Field(ge=1)] = SCHEMA_VERSION
    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    connector_version: Version | None = None
    inputs: dict[str, Any] = Field(default_factory=dict)
    context: ExecutionContext = Field(default_factory=ExecutionContext)
    field_mappings: list[FieldMapping] = Field(default_factory=list)
    options: MappingOptions = Field(default_factory=MappingOptions)
    store_as: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    on_error: OnError = OnError.STOP
    deadline: Moment | None = None
    lane: Lane = Lane.NORMAL
    requested_at: datetime | None = None

    def key(self) -> bytes:
        """The Kafka key: all of one contact in order, else spread."""
        return (self.context.contact_id or str(self.execution_id)).encode()


class ResultStatus(StrEnum):
    """How an execution ended."""

    SUCCESS = "success"
    ERROR = "error"
    TIMEOUT = "timeout"
    SKIPPED = "skipped"


class ExecutionError(Message):
    """Why it did not succeed. `retryable`: the same call may succeed later."""

    type: FailureType
    message: str
    http_status: int | None = None
    retryable: bool = False


class Attempt(Message):
    """One call of the upstream. `duration` in milliseconds."""

    started: datetime
    duration: int
    status: int | None = None
    outcome: str


class ConnectorResult(Message):
    """The outcome of an execution; `execution_time` in milliseconds over all attempts.

    `field_mappings` and `options` are carried through from the request, so that the mapper is stateless.
    """

    schema_version: Annotated[int, Field(ge=1)] = SCHEMA_VERSION
    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    connector_version: int | None = None
    context: ExecutionContext = Field(default_factory=ExecutionContext)
    status: ResultStatus
    success: bool
    data: Any = None
    error: ExecutionError | None = None
    attempts: list[Attempt] = Field(default_factory=list)
    execution_time: int = 0
    variables: dict[str, Any] = Field(default_factory=dict)
    field_mappings: list[FieldMapping] = Field(default_factory=list)
    options: MappingOptions = Field(default_factory=MappingOptions)
    on_error: OnError = OnError.STOP
    finished_at: Moment

    def key(self) -> bytes:
        """The Kafka key: all of one contact in order, else of one flow run, else spread."""
        return (self.context.contact_id or self.context.flow_run_id or str(self.execution_id)).encode()
