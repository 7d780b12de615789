"""A record's bytes as an execute event, or the reason why they are none."""

from dataclasses import dataclass

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from connectors_shared.contract.execution import SCHEMA_VERSION, ConnectorExecute
from connectors_shared.contract.failure import DeadReason

MAX_BYTES = 1_048_576
SHOWN_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Goes to the dead letters. `detail` names fields, never values."""

    reason: DeadReason
    detail: str


def decode(record: ConsumerRecord) -> ConnectorExecute | Unreadable:
    value = record.value
    if not value:
        return Unreadable(DeadReason.EMPTY, "the message has no value")
    if len(value) > MAX_BYTES:
        return Unreadable(DeadReason.TOO_LARGE, f"{len(value)} bytes; the limit is {MAX_BYTES}")
    try:
        event = ConnectorExecute.model_validate_json(value)
    except ValidationError as error:
        return _unreadable(error)
    if event.schema_version > SCHEMA_VERSION:
        detail = f"schemaVersion {event.schema_version}; this executor knows up to {SCHEMA_VERSION}"
        return Unreadable(DeadReason.UNSUPPORTED_VERSION, detail)
    return event


def _unreadable(error: ValidationError) -> Unreadable:
    problems = error.errors(include_url=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return Unreadable(DeadReason.NOT_JSON, str(problems[0]["msg"]))
    shown = [f"/{'/'.join(map(str, p['loc']))}: {p['msg']}" for p in problems[:SHOWN_PROBLEMS]]
    return Unreadable(DeadReason.INVALID_MESSAGE, "; ".join(shown))
