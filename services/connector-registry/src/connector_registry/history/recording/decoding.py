"""`connector.result` and `contact.updated` as the history reads them: their own fields strictly, the rest as bytes.

What the contract's models would check of parts that are only kept is not checked again, at a tenth of the cost.
"""

from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar
from uuid import UUID

import msgspec

from connectors_shared.contract.execution import SCHEMA_VERSION, ResultStatus
from connectors_shared.contract.failure import DeadReason

ABSENT: Final = msgspec.Raw()
Id = Annotated[str, msgspec.Meta(max_length=200)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
"""Of a list that may grow: one that is not known yet is kept as it is."""
Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
T = TypeVar("T")


class UnreadableError(Exception):
    """The message cannot be recorded, now or later. `detail` repeats no value of it."""

    def __init__(self, reason: DeadReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Context(msgspec.Struct, rename="camel", gc=False):
    flow_id: Id | None = None
    flow_run_id: Id | None = None
    step_id: Id | None = None
    contact_id: Id | None = None


class Error(msgspec.Struct, rename="camel", gc=False):
    type: Word
    message: str = ""
    http_status: Count | None = None
    retryable: bool = False


class Result(msgspec.Struct, rename="camel", kw_only=True):
    """The contract's `ConnectorResult`."""

    schema_version: int = SCHEMA_VERSION
    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    connector_version: Count | None = None
    context: Context = msgspec.field(default_factory=Context)
    status: ResultStatus
    data: msgspec.Raw = ABSENT
    error: Error | None = None
    attempts: list[msgspec.Raw] = msgspec.field(default_factory=list)
    parked: msgspec.Raw = ABSENT
    execution_time: Milliseconds = 0
    log_errors: bool = True
    lane: Word = "normal"
    trigger: Word = "flow"
    labels: msgspec.Raw = ABSENT
    inputs: msgspec.Raw = ABSENT
    request: msgspec.Raw = ABSENT
    cut: list[Word] = msgspec.field(default_factory=list)
    requested_at: Moment | None = None
    started_at: Moment | None = None
    finished_at: Moment


class Update(msgspec.Struct, rename="camel", kw_only=True):
    """The contract's `ContactUpdated`."""

    schema_version: int = SCHEMA_VERSION
    execution_id: UUID
    workspace_id: UUID
    contact_id: Id | None = None
    created: bool = False
    user_fields: msgspec.Raw = ABSENT
    custom_fields: msgspec.Raw = ABSENT
    mappings: list[msgspec.Raw] = msgspec.field(default_factory=list)
    reason: str | None = None
    updated_at: Moment
    sequence: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None


class Answered(msgspec.Struct):
    """Of an attempt."""

    status: Count | None = None


STATUSES: Final = msgspec.json.Decoder(Answered)
RESULTS: Final = msgspec.json.Decoder(Result)
UPDATES: Final = msgspec.json.Decoder(Update)


def decoded(decoder: msgspec.json.Decoder[T], body: bytes | None) -> T:
    """Raises UnreadableError."""
    if not body:
        raise UnreadableError(DeadReason.EMPTY, "the message has no body")
    try:
        found = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise UnreadableError(DeadReason.INVALID_MESSAGE, _place(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(DeadReason.NOT_JSON, f"it cannot be read: {type(error).__name__}") from None
    version: int = getattr(found, "schema_version", SCHEMA_VERSION)
    if version > SCHEMA_VERSION:
        detail = f"schemaVersion {version} is newer than {SCHEMA_VERSION}"
        raise UnreadableError(DeadReason.UNSUPPORTED_VERSION, detail)
    return found


def in_calendar(moment: datetime | None) -> datetime | None:
    """In UTC, where the first and the last days that can be written with an offset do not exist.

    Raises UnreadableError.
    """
    try:
        return None if moment is None else moment.astimezone(UTC)
    except OverflowError:
        raise UnreadableError(DeadReason.INVALID_MESSAGE, "a moment is not in the calendar of UTC") from None


def _place(error: msgspec.ValidationError) -> str:
    """What is said before the place may repeat a value."""
    _, found, place = str(error).rpartition(" - at ")
    if found:
        return f"wrong at {place[:200]}"
    return "required fields are missing, or it is no object"
