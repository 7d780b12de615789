"""`connector.execute` and `connector.result`: the question and its one answer."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError, to_json

from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.model import Message, Moment, Version

SCHEMA_VERSION: Final = 1
MOST_LABELS: Final = 20
MOST_OWN_FIELDS: Final = 50
MOST_OWN_BYTES: Final = 16 * 1024
"""Of what a flow engine writes into the context beside the fields that are known here, together, as JSON."""
MOST_SHOWN_BYTES: Final = 16 * 1024
"""Of `inputs` in a result."""

ExternalId = Annotated[str, Field(min_length=1, max_length=200)]
LabelName = Annotated[str, Field(min_length=1, max_length=64)]
LabelValue = Annotated[str, Field(max_length=200)]
Labels = Annotated[dict[LabelName, LabelValue], Field(max_length=MOST_LABELS)]
"""Whatever the producer wants to find its executions by; carried through to the result unchanged."""


TemplateName = Annotated[str, Field(min_length=1, max_length=200)]
"""Of a set of mappings that the connector has."""


class Lane(StrEnum):
    """Who goes first when a connector is limited."""

    INTERACTIVE = "interactive"
    NORMAL = "normal"
    BULK = "bulk"


class OnError(StrEnum):
    """What the flow does when the call fails."""

    STOP = "stop"
    CONTINUE = "continue"


class Trigger(StrEnum):
    """What made the execution happen."""

    FLOW = "flow"
    REST = "rest"
    TEST = "test"
    BATCH = "batch"
    WEBHOOK = "webhook"
    REPLAY = "replay"


class ExecutionContext(Message):
    """Where in which flow this call happens; carried through to the result unchanged, fields included that only the
    flow engine knows: up to 50 of them, of 16 KiB together.
    """

    model_config = ConfigDict(extra="allow")

    flow_id: ExternalId | None = None
    flow_run_id: ExternalId | None = None
    step_id: ExternalId | None = None
    contact_id: ExternalId | None = None
    variables: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _own_fields_are_few(self) -> "ExecutionContext":
        own = self.__pydantic_extra__
        if own and (len(own) > MOST_OWN_FIELDS or len(to_json(own)) > MOST_OWN_BYTES):
            most: dict[str, Any] = {"fields": MOST_OWN_FIELDS, "bytes": MOST_OWN_BYTES}
            wrong = "may have up to {fields} fields of your own, of {bytes} bytes together"
            raise PydanticCustomError("own_fields", wrong, most)
        return self


def _open(raw: Any) -> Any:
    return ExecutionContext.model_validate(raw) if isinstance(raw, dict) else raw


OpenContext = Annotated[ExecutionContext, BeforeValidator(_open)]
"""A context in a request that refuses unknown fields everywhere else."""


class ConnectorExecute(Message):
    """Please call this connector with these inputs.

    `execution_id` is the producer's idempotency key: the same id never causes a second outcome. `mapping_template`
    names mappings of the connector, of the version that is called; they hold unless there are `field_mappings`.
    `connector_version`: a definition that is not the published one; without it that one. `on_error`: without it the
    connector's own `continueOnError` decides. `deadline` is a wall-clock time after which nobody wants the answer; it
    says its time zone.
    """

    schema_version: Annotated[int, Field(ge=1)] = SCHEMA_VERSION
    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    connector_version: Version | None = None
    inputs: dict[str, Any] = Field(default_factory=dict)
    context: ExecutionContext = Field(default_factory=ExecutionContext)
    field_mappings: list[FieldMapping] = Field(default_factory=list)
    mapping_template: TemplateName | None = None
    options: MappingOptions = Field(default_factory=MappingOptions)
    store_as: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    on_error: OnError | None = None
    deadline: Moment | None = None
    lane: Lane = Lane.NORMAL
    trigger: Trigger = Trigger.FLOW
    labels: Labels = Field(default_factory=dict)
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


class FieldError(Message):
    """A part of the message that is wrong: a JSON pointer to it, and what to change."""

    pointer: str
    detail: str


class ExecutionError(Message):
    """Why it did not succeed. `retryable`: the same call may succeed later. `errors`: what of the question is wrong,
    the first twenty, for `invalid_input`.
    """

    type: FailureType
    message: str
    http_status: int | None = None
    retryable: bool = False
    errors: list[FieldError] = Field(default_factory=list)


class Attempt(Message):
    """One call of the upstream. `duration` in milliseconds."""

    started: datetime
    duration: int
    status: int | None = None
    outcome: str


class ParkedSpell(Message):
    """A time in which it was kept for later. `reason` is a word that stays: `rate_limited`, `behind_others`, `retry`,
    `asked_to_wait`, `breaker_open`, `credential_stale` …; more may come.
    """

    since: datetime
    until: datetime
    reason: str


class RequestSummary(Message):
    """What a call asks of which API. `path_template` is the one of the definition, with its placeholders and without
    the query; `sent_bytes` what the last attempt wrote, head included, 0 when nothing was sent.
    """

    method: str
    origin: str
    path_template: str
    sent_bytes: int = 0


class ConnectorResult(Message):
    """The outcome of an execution; `execution_time` in milliseconds over all attempts.

    `data` have at most 128 levels (`contract.nesting`). `field_mappings` and `options` are carried through from the
    request, so that the mapper is stateless. `inputs` are those of the request, without what is secret, and of at most
    16 KiB; `cut` names the parts of this message that are shortened or left out for their size. `request` is absent
    when there is no definition to call by. `parked`: when it was kept for later, and why, the last twenty times.
    `started_at`: when the first attempt began. `log_errors`: whether the
    connector wants a failure kept in the history with what belongs to it.
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
    parked: list[ParkedSpell] = Field(default_factory=list)
    execution_time: int = 0
    variables: dict[str, Any] = Field(default_factory=dict)
    field_mappings: list[FieldMapping] = Field(default_factory=list)
    options: MappingOptions = Field(default_factory=MappingOptions)
    on_error: OnError = OnError.STOP
    log_errors: bool = True
    lane: Lane = Lane.NORMAL
    trigger: Trigger = Trigger.FLOW
    labels: Labels = Field(default_factory=dict)
    inputs: Any = None
    request: RequestSummary | None = None
    cut: list[str] = Field(default_factory=list)
    requested_at: Moment | None = None
    started_at: Moment | None = None
    finished_at: Moment

    def key(self) -> bytes:
        """The Kafka key: all of one contact in order, else of one flow run, else spread."""
        return (self.context.contact_id or self.context.flow_run_id or str(self.execution_id)).encode()
