"""Whatever bytes a record holds, it is an event or has a reason; no deadline is in doubt."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector_executor.inbound.decode import Unreadable, decode
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import DeadReason
from tests.unit.executor.hostile import JSON, MOMENTS, nested
from tests.unit.executor.test_decode import IDS, a_record, decode_json

FIELDS = sorted(
    {field.alias or name for name, field in ConnectorExecute.model_fields.items()}
    | {field.serialization_alias or name for name, field in ConnectorExecute.model_fields.items()}
)


@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
@example(nested(5_000))
@example(nested(400_000))
@example(b"\xed\xa0\x80")
@example(b'"\\ud800"')
def test_any_bytes_have_a_reason(value: bytes) -> None:
    assert isinstance(decode(a_record(value)), Unreadable)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
@example({"inputs": {"a": json.loads(nested(150))}})
@example({"schemaVersion": 10**400})
@example({"connectorVersion": 10**400})
@example({"context": {"variables": {"\ud800": "\udfff"}}})
def test_a_message_of_hostile_values_is_an_event_or_has_a_reason_that_can_be_written(fields: dict[str, Any]) -> None:
    found = decode_json(**fields)
    if isinstance(found, Unreadable):
        assert found.reason is not DeadReason.REPEATED_FAULT
        assert found.detail.encode()
    else:
        assert found.to_json()
        assert found.deadline is None or found.deadline.astimezone(UTC)


@pytest.mark.parametrize("deadline", MOMENTS)
def test_a_deadline_that_is_no_moment_makes_the_message_invalid(deadline: str) -> None:
    found = decode_json(deadline=deadline)
    if deadline.endswith("Z"):
        assert isinstance(found, ConnectorExecute)
        return
    assert isinstance(found, Unreadable)
    assert found.reason is DeadReason.INVALID_MESSAGE
    assert found.detail.startswith("/deadline: ")


def test_the_reason_says_what_is_wrong_with_a_deadline() -> None:
    without_zone, beyond = decode_json(deadline="2026-05-01T12:00:00"), decode_json(deadline=MOMENTS[1])
    assert without_zone == Unreadable(
        DeadReason.INVALID_MESSAGE, "/deadline: must have a time zone, as in 2026-01-31T12:00:00Z"
    )
    assert beyond == Unreadable(DeadReason.INVALID_MESSAGE, "/deadline: must lie within the years 1 to 9999 in UTC")


def test_a_deadline_keeps_its_zone() -> None:
    found = decode_json(deadline="2026-01-05T14:00:30+02:00")
    assert isinstance(found, ConnectorExecute)
    assert found.deadline == datetime(2026, 1, 5, 12, 0, 30, tzinfo=UTC)


def test_a_fault_of_the_decoder_sets_the_record_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_value: bytes) -> ConnectorExecute:
        raise OverflowError("date value out of range")

    monkeypatch.setattr(ConnectorExecute, "model_validate_json", fails)
    found = decode(a_record(json.dumps(IDS).encode()))
    assert found == Unreadable(DeadReason.REPEATED_FAULT, "the executor fails on it (OverflowError)")
