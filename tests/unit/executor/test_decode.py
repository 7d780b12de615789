"""A record's bytes: an event, or a reason that names fields and never values."""

import json
from typing import Any
from uuid import UUID

import pytest
from aiokafka import ConsumerRecord

from connector_executor.inbound.decode import Unreadable, decode
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.topics import EXECUTE

IDS = {name: str(UUID(int=9)) for name in ("executionId", "workspaceId", "connectorId")}
SECRET = "s3cret-value"


def a_record(value: bytes | None) -> ConsumerRecord[Any, Any]:
    size = len(value or b"")
    return ConsumerRecord("connector.execute", 0, 0, 0, 0, None, value, None, 0, size, ())


def decode_json(**fields: Any) -> ConnectorExecute | Unreadable:
    return decode(a_record(json.dumps(IDS | fields).encode()))


def test_a_readable_message_with_unknown_fields_is_an_event() -> None:
    event = decode_json(inputs={"a": 1}, somethingNew=True)
    assert isinstance(event, ConnectorExecute)
    assert event.inputs == {"a": 1}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, DeadReason.EMPTY),
        (b"", DeadReason.EMPTY),
        (b"{" + SECRET.encode(), DeadReason.NOT_JSON),
        (b"\xff\xfe", DeadReason.NOT_JSON),
        (b"[]", DeadReason.INVALID_MESSAGE),
        (b"{}", DeadReason.INVALID_MESSAGE),
        (b" " * (EXECUTE.largest + 1), DeadReason.TOO_LARGE),
    ],
)
def test_what_cannot_be_read_has_its_reason(value: bytes | None, reason: DeadReason) -> None:
    unreadable = decode(a_record(value))
    assert isinstance(unreadable, Unreadable)
    assert unreadable.reason is reason
    assert SECRET not in unreadable.detail


def test_a_newer_schema_version_is_unsupported() -> None:
    unreadable = decode_json(schemaVersion=2)
    assert isinstance(unreadable, Unreadable)
    assert unreadable.reason is DeadReason.UNSUPPORTED_VERSION
    assert "schemaVersion 2" in unreadable.detail


@pytest.mark.parametrize(
    ("field", "value"),
    [("lane", SECRET), ("inputs", SECRET), ("connectorVersion", SECRET), ("deadline", SECRET), ("onError", SECRET)],
)
def test_the_detail_names_the_field_and_not_its_value(field: str, value: str) -> None:
    unreadable = decode_json(**{field: value})
    assert isinstance(unreadable, Unreadable)
    assert unreadable.reason is DeadReason.INVALID_MESSAGE
    assert unreadable.detail.startswith(f"/{field}: ")
    assert SECRET not in unreadable.detail
