"""A record's bytes as an execute event, or the reason why they are none."""

from dataclasses import dataclass

import msgspec
from aiokafka import ConsumerRecord
from pydantic import ValidationError

from connectors_shared.contract.execution import SCHEMA_VERSION, ConnectorExecute
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.topics import EXECUTE
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
SHOWN_PROBLEMS = 5


class Versioned(msgspec.Struct, rename="camel"):
    """What every version of the message has."""

    schema_version: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Goes to the dead letters. `detail` names fields, never values."""

    reason: DeadReason
    detail: str


def decode(record: ConsumerRecord) -> ConnectorExecute | Unreadable:
    """Never raises: a record that ends the process would end every executor in turn."""
    try:
        return _decoded(record.value)
    except Exception as error:
        log.exception("execution.undecodable", partition=record.partition, offset=record.offset)
        return Unreadable(DeadReason.REPEATED_FAULT, f"the executor fails on it ({type(error).__name__})")


def _decoded(value: bytes | None) -> ConnectorExecute | Unreadable:
    if not value:
        return Unreadable(DeadReason.EMPTY, "the message has no value")
    if len(value) > EXECUTE.largest:
        return Unreadable(DeadReason.TOO_LARGE, f"{len(value)} bytes; the limit is {EXECUTE.largest}")
    try:
        event = ConnectorExecute.model_validate_json(value)
    except ValidationError as error:
        return _too_new(_version_of(value)) or _unreadable(error)
    if _has_not_a_number(value):
        return Unreadable(DeadReason.NOT_JSON, "NaN and Infinity are not JSON; send null or text")
    return _too_new(event.schema_version) or event


def _too_new(version: int) -> Unreadable | None:
    if version <= SCHEMA_VERSION:
        return None
    detail = f"schemaVersion {version}; this executor knows up to {SCHEMA_VERSION}"
    return Unreadable(DeadReason.UNSUPPORTED_VERSION, detail)


def _version_of(value: bytes) -> int:
    """Of a message that does not fit the model; 0 when even that cannot be read."""
    try:
        return msgspec.json.decode(value, type=Versioned).schema_version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0


def _has_not_a_number(value: bytes) -> bool:
    """NaN and infinities, which the model's parser lets through and a request would carry as null."""
    if b"NaN" not in value and b"Infinity" not in value:
        return False
    try:
        msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True
    return False


def _unreadable(error: ValidationError) -> Unreadable:
    problems = error.errors(include_url=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return Unreadable(DeadReason.NOT_JSON, str(problems[0]["msg"]))
    shown = [f"/{'/'.join(map(str, p['loc']))}: {p['msg']}" for p in problems[:SHOWN_PROBLEMS]]
    return Unreadable(DeadReason.INVALID_MESSAGE, "; ".join(shown))
