"""What is kept of a message, what is left out, and what cannot be recorded."""

import json
from pathlib import Path
from typing import Any

import pytest

from connector_registry.history.recording.decoding import UnreadableError
from connector_registry.history.recording.lines import MOST_ATTEMPTS, line_of, mapping_of
from connectors_shared.contract.execution import MOST_SHOWN_BYTES, SCHEMA_VERSION
from connectors_shared.contract.failure import DeadReason
from tests.unit.registry.history.builders import a_failure, a_result, an_update, body

STORED = [
    path
    for path in sorted((Path(__file__).parents[3] / "contract" / "messages" / "v1").glob("con*__*.json"))
    if json.loads(path.read_text()).get("schemaVersion") == SCHEMA_VERSION
]
RESULTS = [path for path in STORED if path.name.startswith("connector.result__")]
UPDATES = [path for path in STORED if path.name.startswith("contact.updated__")]


def kept(**fields: Any) -> Any:
    return line_of(body(a_result(**fields)))


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_every_stored_result_can_be_recorded(path: Path) -> None:
    stored = json.loads(path.read_text())
    line = line_of(path.read_bytes())
    assert (str(line.id), line.status) == (stored["executionId"], stored["status"])
    assert line.error_type == stored.get("error", {}).get("type")


@pytest.mark.parametrize("path", UPDATES, ids=lambda path: path.stem)
def test_every_stored_update_can_be_recorded(path: Path) -> None:
    assert str(mapping_of(path.read_bytes()).execution_id) == json.loads(path.read_text())["executionId"]


def test_a_result_is_kept_with_all_that_it_tells() -> None:
    line = kept(labels={"campaign": "May"}, requestedAt="2026-01-31T12:00:00+02:00")
    assert (line.flow_id, line.flow_run_id, line.step_id, line.contact_id) == ("flow-1", "run-1", "step-1", "contact-1")
    assert (line.connector_version, line.trigger, line.lane) == (3, "flow", "normal")
    assert (line.execution_time_ms, line.attempt_count) == (120, 1)
    assert json.loads(line.input_data) == {"phone": "6266958105"}
    assert json.loads(line.output_data) == {"name": "Jose"}
    assert json.loads(line.request)["pathTemplate"] == "/x"
    assert json.loads(line.labels) == {"campaign": "May"}
    assert line.requested_at.isoformat() == "2026-01-31T10:00:00+00:00"
    assert line.cut == "{}"


def test_what_names_itself_secret_in_an_answer_is_not_kept() -> None:
    line = kept(data={"token": "canary-1", "deep": [{"api_key": "canary-2"}], "esc\u0061ped": 1})
    assert "canary" not in line.output_data
    escaped = a_result()
    raw = body(escaped).replace(b'{"name": "Jose"}', b'{"pass\\u0077ord": "canary-3"}')
    assert "canary" not in (line_of(raw).output_data or "")


def test_a_long_answer_is_kept_in_part_and_its_name_says_so() -> None:
    line = kept(data=["x" * 50] * 1000)
    assert line.cut == "{data}"
    assert len(line.output_data) < 2 * MOST_SHOWN_BYTES
    assert json.loads(line.output_data).startswith('["xxx')


def test_numbers_and_their_order_are_kept_as_they_came() -> None:
    raw = body(a_result()).replace(b'{"name": "Jose"}', b'{"z": 12345678901234567890123, "a": 1.50}')
    assert line_of(raw).output_data == '{"z": 12345678901234567890123, "a": 1.50}'


def test_of_many_attempts_the_last_are_kept_and_all_are_counted() -> None:
    line = kept(attempts=[{"number": number} for number in range(100)])
    assert line.attempt_count == 100
    assert [attempt["number"] for attempt in json.loads(line.attempts)] == list(range(100 - MOST_ATTEMPTS, 100))


def test_of_a_failure_that_is_not_logged_there_is_only_that_it_happened() -> None:
    line = line_of(body(a_failure(logErrors=False)))
    assert (line.status, line.error_type, line.http_status) == ("error", "http_error", 500)
    assert {line.error_message, line.input_data, line.output_data, line.request, line.attempts} == {None}
    assert kept(logErrors=False).output_data is not None, "a success is no error"


def test_a_logged_failure_says_why() -> None:
    line = line_of(body(a_failure()))
    assert line.error_message == "The API answered 500."
    assert line.input_data is not None


def test_ids_and_messages_are_what_postgres_takes() -> None:
    error = {"type": "http_error", "message": "a\x00b" * 5000}
    line = line_of(body(a_failure(error=error, context={"flowId": "a\x00", "stepId": "\x00", "contactId": ""})))
    assert (line.flow_id, line.step_id, line.contact_id) == ("a", None, None)
    assert "\x00" not in (line.error_message or "")


INVALID: dict[str, tuple[bytes | None, DeadReason]] = {
    "nothing": (None, DeadReason.EMPTY),
    "empty": (b"", DeadReason.EMPTY),
    "no JSON": (b"{", DeadReason.NOT_JSON),
    "no UTF-8": (b'{"executionId": "\xff"}', DeadReason.INVALID_MESSAGE),
    "a list": (b"[]", DeadReason.INVALID_MESSAGE),
    "deep": (b'{"data":' + b"[" * 100_000, DeadReason.NOT_JSON),
    "an unknown status": (body(a_result(status="canary")), DeadReason.INVALID_MESSAGE),
    "a newer version": (body(a_result(schemaVersion=99)), DeadReason.UNSUPPORTED_VERSION),
    "a moment without a zone": (body(a_result(finishedAt="2026-01-01T00:00:00")), DeadReason.INVALID_MESSAGE),
    "before the calendar": (body(a_result(finishedAt="0001-01-01T00:00:00+14:00")), DeadReason.INVALID_MESSAGE),
    "a time that is too long": (body(a_result(executionTime=2**60)), DeadReason.INVALID_MESSAGE),
    "a negative time": (body(a_result(executionTime=-1)), DeadReason.INVALID_MESSAGE),
    "a long id": (body(a_result(context={"flowId": "x" * 201})), DeadReason.INVALID_MESSAGE),
    "an id that is none": (body(a_result(executionId="canary")), DeadReason.INVALID_MESSAGE),
}


@pytest.mark.parametrize(("value", "reason"), INVALID.values(), ids=INVALID)
def test_what_cannot_be_recorded_says_why_and_repeats_no_value(value: bytes | None, reason: DeadReason) -> None:
    with pytest.raises(UnreadableError) as raised:
        line_of(value)
    assert raised.value.reason is reason
    assert "canary" not in raised.value.detail


def test_a_part_that_cannot_be_read_is_left_out_alone() -> None:
    raw = body(a_result()).replace(b'{"name": "Jose"}', b'{"token": 1e999}')
    line = line_of(raw)
    assert (line.output_data, line.cut) == (None, "{data}")


def a_mapping(**fields: Any) -> dict[str, Any]:
    return {"sourcePath": "a", "targetField": "email", "targetType": "user_field", "outcome": "written"} | fields


def test_an_update_is_kept_with_what_was_written_and_what_became_of_each_mapping() -> None:
    mappings = [a_mapping(before="a", after="b"), a_mapping(outcome="refused", reason="value", detail="no address")]
    line = mapping_of(body(an_update(mappings=mappings, reason=None, customFields={"income": 1})))
    assert (line.created, line.sequence) == (True, 7)
    assert json.loads(line.user_fields or "") == {"first_name": "Jose"}
    assert json.loads(line.mappings or "") == mappings
    assert line.cut == "{}"


def test_of_very_many_mappings_the_first_are_kept_whole_and_the_row_says_so() -> None:
    mappings = [a_mapping(targetField=f"f{number}", after="x" * 150) for number in range(200)]
    line = mapping_of(body(an_update(mappings=mappings)))
    kept = json.loads(line.mappings or "")
    assert 20 < len(kept) < 200
    assert kept == mappings[: len(kept)]
    assert line.cut == "{mappings}"


def test_the_status_of_the_last_answer_is_kept_of_a_success_too() -> None:
    answered = [{"started": "2026-01-01T00:00:00Z", "duration": 1, "status": status} for status in (503, 201)]
    assert kept(attempts=answered).http_status == 201
    assert kept(attempts=[]).http_status is None
    assert kept(attempts=[{"status": "x"}]).http_status is None
    failed = a_failure(error={"type": "transform_failed", "message": "No."}, attempts=answered)
    assert line_of(body(failed)).http_status == 201
