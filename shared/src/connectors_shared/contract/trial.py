"""A trial: one call of a connector that a person asks for to see what it does, and all that can be told of it.

The registry asks an executor for it over HTTP, with the definition itself, saved or not, so that nothing has to be
published first. Secrets travel sealed. All times are milliseconds.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.execution import ExecutionContext, ExecutionError, OpenContext
from connectors_shared.contract.grant import MOST_GRANTS, Permitter
from connectors_shared.contract.model import Message

MOST_WAIT_SECONDS: Final = 300
Milliseconds = Annotated[float, Field(ge=0)]


class TrialOrder(Message):
    """Call by this definition, whether or not it is enabled. `credentials` are those that it refers to; `grants` the
    ids of those that the workspace has, so that one which was given a moment ago counts already.
    """

    execution_id: UUID
    connector: PublishedConnector
    credentials: Annotated[list[PublishedCredential], Field(max_length=2)] = Field(default_factory=list)
    grants: Annotated[list[UUID], Field(max_length=MOST_GRANTS)] = Field(default_factory=list)
    inputs: dict[str, Any] = Field(default_factory=dict)
    context: OpenContext = Field(default_factory=ExecutionContext)
    wait_seconds: Annotated[float, Field(gt=0, le=MOST_WAIT_SECONDS)] = 60.0


class Source(StrEnum):
    """Where a part of a request comes from."""

    STATIC = "static"
    """Written in the definition."""
    INPUT = "input"
    DEFAULT = "default"
    """A value that was not given, and has a default: that of the input, or one in the placeholder."""
    CONTEXT = "context"
    """Of the flow that asks: `{{context.contactId}}`."""
    WORKSPACE = "workspace"
    CREDENTIAL = "credential"
    GENERATED = "generated"
    """Made for each call: the idempotency key."""
    SENDER = "sender"
    """What HTTP needs, and every call has."""


class Place(StrEnum):
    HOST = "host"
    """Only of a URL whose host depends on values: scheme, host and port."""
    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"


class Part(Message):
    """A part of a request. `name`: of the header, parameter or field, a JSON pointer in a JSON body; empty for the
    whole. `inputs` are the names of those that it is made of, `values` the ways of all values, such as
    `context.contactId`, and `filters` what was made of them.
    """

    place: Place
    name: str = ""
    value: str
    sources: list[Source]
    inputs: list[str] = Field(default_factory=list)
    values: list[str] = Field(default_factory=list)
    filters: list[str] = Field(default_factory=list)


class BodyKind(StrEnum):
    EMPTY = "empty"
    TEXT = "text"
    BINARY = "binary"


class ShownBody(Message):
    """`size` and `sha256` are those of the whole body, decompressed, with secrets masked. `text` is cut after 64 Ki
    characters, JSON of an answer after 8 Mi, which `truncated` tells; a binary one has none.
    """

    kind: BodyKind
    size: int = 0
    text: str | None = None
    truncated: bool = False
    content_type: str = ""
    charset: str | None = None
    sha256: str | None = None


class HeaderLine(Message):
    name: str
    value: str


class Variable(Message):
    """A shell variable of the cURL command, and what to set it to."""

    name: str
    holds: str


class SentRequest(Message):
    """The last one, as it went over the wire, with secrets masked. `curl` sends the same bytes. One that is only shown
    has no `sent_bytes`, and no headers that the sender adds.
    """

    method: str
    url: str
    headers: list[HeaderLine]
    body: ShownBody
    sent_bytes: int
    parts: list[Part]
    curl: str
    curl_variables: list[Variable] = Field(default_factory=list)


class Timings(Message):
    """Of one attempt; a phase that did not happen is absent.

    `queue`: until it was admitted; after the first attempt with the wait before the repetition. `slot_wait`: for the
    slot of the rate limit. `token`: until the credential was at hand. `connection_wait`: for a free connection.
    `connect` and `tls` are those of a new one. `first_byte`: from the last byte sent until the answer's head was
    complete. `transform`: all that was done with the body.
    """

    queue: Milliseconds = 0.0
    slot_wait: Milliseconds = 0.0
    token: Milliseconds | None = None
    connection_wait: Milliseconds | None = None
    dns: Milliseconds | None = None
    connect: Milliseconds | None = None
    tls: Milliseconds | None = None
    first_byte: Milliseconds | None = None
    download: Milliseconds | None = None
    transform: Milliseconds | None = None
    total: Milliseconds = 0.0
    reused_connection: bool = False


class TrialAttempt(Message):
    """`why`: why it was repeated, or was not."""

    number: int
    started: datetime
    status: int | None = None
    outcome: str
    message: str = ""
    repeated: bool
    why: str
    timings: Timings


class RawResponse(Message):
    """The last answer, before anything was made of it. `wire_bytes`: everything received, head included."""

    status: int
    headers: list[HeaderLine]
    body: ShownBody
    wire_bytes: int


class Remark(Message):
    """Something to look at, though the call may have succeeded. `pointer` into the definition or the inputs."""

    code: str
    message: str
    pointer: str = ""


class RefusedPlace(Message):
    """Where the call was not let through to. `host` as grants spell it, IPv6 without brackets."""

    host: str
    port: int
    permitter: Permitter


class TrialError(ExecutionError):
    """`position` in the transform, see `TransformError`. `place`: of an `address_refused`, where it is known."""

    position: int | None = None
    place: RefusedPlace | None = None


class TrialReport(Message):
    """What came of it. `request` and `response` are absent where there was none; `inputs` as they are told of, without
    what is secret. `time`: from the question to the answer, in milliseconds.
    """

    execution_id: UUID
    connector_id: UUID
    success: bool
    output: Any = None
    error: TrialError | None = None
    time: Milliseconds
    inputs: Any = None
    request: SentRequest | None = None
    response: RawResponse | None = None
    attempts: list[TrialAttempt] = Field(default_factory=list)
    warnings: list[Remark] = Field(default_factory=list)


class RequestReport(Message):
    """The request that these values make, shown and not sent. `request` is absent where they make none: `error` says
    why. `missing` are values that the request uses and nobody gave, as they are written (`input.phone`): they stand in
    it in braces.
    """

    request: SentRequest | None = None
    error: TrialError | None = None
    missing: list[str] = Field(default_factory=list)


class TransformOrder(Message):
    """Evaluate this expression on this document, in a turn of the workspace."""

    workspace_id: UUID
    expression: Annotated[str, Field(min_length=1, max_length=20_000)]
    document: Any = None


class TransformError(Message):
    """`code`: JSONata's own, or why it was ended, such as `timeout`. `position` in the expression, as JSONata
    counts: the characters up to the end of what it is about."""

    code: str
    message: str
    position: int | None = None


class TransformReport(Message):
    """What came of it. An expression that finds nothing gives no output, and succeeds."""

    success: bool
    output: Any = None
    error: TransformError | None = None
