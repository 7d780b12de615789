"""The bytes that answer an execution are the contract's, and never more than their topic takes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import connector_executor.result as result_module
from connector_executor.connectors.plan import compile_plan
from connector_executor.execution import Attempted, Execution, Origin, Source
from connector_executor.outcome import Failure, Outcome, Success
from connector_executor.result import ResultError, ResultMessage, encoded_result, smallest_result
from connectors_shared.contract.execution import (
    Attempt,
    ConnectorExecute,
    ConnectorResult,
    ExecutionError,
    Lane,
    OnError,
    RequestSummary,
    ResultStatus,
    Trigger,
)
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.topics import EXECUTE, RESULT
from tests.unit.executor.a_connector import a_connector

NOW = datetime(2030, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
STORED = sorted((Path(__file__).parents[2] / "contract" / "messages" / "v1").glob("connector.execute__*.json"))
REFUSED = Failure(FailureType.HTTP_ERROR, "the API answered 500", 500, retryable=True)
SKIPPED = Failure(FailureType.CONNECTOR_DISABLED, "connector Users is switched off")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def question(more: str = "") -> bytes:
    """A healthy message; `more` is JSON text put at its end as it is."""
    ids = {name: str(UUID(int=1)) for name in ("executionId", "workspaceId", "connectorId")}
    return json.dumps(ids).encode()[:-1] + (f", {more}" if more else "").encode() + b"}"


def encoded(
    execution: Execution, outcome: Outcome, *, most_data: int = 512 * 1024, most: int = RESULT.largest
) -> bytes:
    return encoded_result(execution, outcome, NOW, most_data=most_data, most=most)[0]


def an_execution(value: bytes, **config: Any) -> Execution:
    event = ConnectorExecute.model_validate_json(value)
    plan = compile_plan(a_connector(connector_id=event.connector_id, workspace_id=event.workspace_id, **config))
    execution = Execution(event, plan, Origin(), 0.0, Source(value))
    execution.attempts = [
        Attempted(started=NOW, duration=12, outcome="timeout"),
        Attempted(started=NOW, duration=40, status=200, outcome="success"),
    ]
    execution.call_seconds = 0.052
    return execution


def expected(execution: Execution, outcome: Outcome, status: ResultStatus) -> ConnectorResult:
    event = ConnectorExecute.model_validate_json(execution.source.value)
    data = outcome.data if isinstance(outcome, Success) else None
    error = None
    if isinstance(outcome, Failure):
        error = ExecutionError(
            type=outcome.type,
            message=outcome.message,
            http_status=outcome.http_status,
            retryable=outcome.retryable,
        )
    return ConnectorResult(
        execution_id=event.execution_id,
        workspace_id=event.workspace_id,
        connector_id=event.connector_id,
        connector_version=1,
        context=event.context,
        status=status,
        success=isinstance(outcome, Success),
        data=data,
        error=error,
        attempts=[
            Attempt(started=NOW, duration=12, outcome="timeout"),
            Attempt(started=NOW, duration=40, status=200, outcome="success"),
        ],
        execution_time=52,
        variables={event.store_as: data} if event.store_as and isinstance(outcome, Success) else {},
        field_mappings=event.field_mappings,
        options=event.options,
        on_error=event.on_error or OnError.STOP,
        lane=event.lane,
        trigger=event.trigger,
        labels=event.labels,
        inputs=event.inputs if event.model_fields_set & {"inputs"} else None,
        request=RequestSummary(method="GET", origin="https://api.test", path_template="/users", sent_bytes=0),
        requested_at=event.requested_at and event.requested_at.replace(tzinfo=event.requested_at.tzinfo or UTC),
        started_at=NOW,
        finished_at=NOW,
    )


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Success({"name": "Ada", "tags": [], "gone": None}, 200), ResultStatus.SUCCESS),
        (Success(None, 204), ResultStatus.SUCCESS),
        (REFUSED, ResultStatus.ERROR),
        (SKIPPED, ResultStatus.SKIPPED),
        (Failure(FailureType.TIMEOUT, "too slow"), ResultStatus.TIMEOUT),
    ],
)
@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_the_message_is_the_one_of_the_contract(path: Path, outcome: Outcome, status: ResultStatus) -> None:
    execution = an_execution(path.read_bytes())
    assert ConnectorResult.model_validate_json(encoded(execution, outcome)) == expected(execution, outcome, status)


@given(data=JSON)
def test_any_data_comes_back_as_it_was(data: Any) -> None:
    assert json.loads(encoded(an_execution(question()), Success(data, 200))).get("data") == data


@pytest.mark.parametrize(
    ("ours", "contract"), [(ResultMessage, ConnectorResult), (Attempted, Attempt), (ResultError, ExecutionError)]
)
def test_no_field_of_the_contract_is_forgotten(ours: Any, contract: Any) -> None:
    names = {field.serialization_alias or name for name, field in contract.model_fields.items()}
    assert set(ours.__struct_encode_fields__) == names


NUMBERS = ",".join(["1e15"] * 60_000)
CONTEXT = '{"flowId": "f",  "contactId": "c", "unknown": [1.50], "variables": {"all": [' + NUMBERS + "]}}"
MAPPINGS = '[{"sourcePath":"a","targetField":"b","default":1E2,"note":"ours"}]'


def test_what_is_carried_through_does_not_change_by_a_byte() -> None:
    asked = question(f'"context": {CONTEXT}, "fieldMappings": {MAPPINGS}, "options": {{"updateExisting" : false}}')
    written = encoded(an_execution(asked), Success(1, 200))
    for part in (CONTEXT, MAPPINGS, '{"updateExisting" : false}'):
        assert part.encode() in written
    assert len(written) < len(asked) + 1_000
    ConnectorResult.model_validate_json(written)


@pytest.mark.parametrize(
    ("more", "mapped"),
    [
        ('"field_mappings": [{"sourcePath": "a", "targetField": "b"}]', ["b"]),
        ('"fieldMappings": [{"source_path": "a", "target_field": "b"}]', ["b"]),
        ('"field_mappings": [], "fieldMappings": [{"sourcePath": "a", "targetField": "b"}]', ["b"]),
        ('"fieldMappings": [{"sourcePath": "a", "targetField": "b"}], "field_mappings": []', ["b"]),
        ('"fieldMappings": [], "fieldMappings": [{"sourcePath": "a", "targetField": "b"}]', ["b"]),
        ('"field\\u004dappings": [{"sourcePath": "a", "targetField": "b"}]', ["b"]),
    ],
)
def test_whatever_name_the_contract_reads_is_carried(more: str, mapped: list[str]) -> None:
    execution = an_execution(question(more))
    event = ConnectorExecute.model_validate_json(execution.source.value)
    assert [mapping.target_field for mapping in event.field_mappings] == mapped
    result = ConnectorResult.model_validate_json(encoded(execution, SKIPPED))
    assert [mapping.target_field for mapping in result.field_mappings] == mapped


def test_the_largest_execution_is_answered_with_all_it_carries() -> None:
    room = EXECUTE.largest - len(question('"context": {"variables": {"text": ""}}'))
    asked = question('"context": {"variables": {"text": "' + "x" * room + '"}}')
    assert len(asked) == EXECUTE.largest
    result = ConnectorResult.model_validate_json(encoded(an_execution(asked), Success("y" * 500_000, 200)))
    assert (result.success, len(str(result.context.variables["text"]))) == (True, room)


def test_data_beyond_their_limit_give_way_to_a_failure_that_carries_the_rest() -> None:
    execution = an_execution(question('"storeAs": "found", "context": {"variables": {"a": 1}}'))
    message, told = encoded_result(execution, Success("y" * 1_000, 201), NOW, most_data=1_000, most=RESULT.largest)
    result = ConnectorResult.model_validate_json(message)
    assert isinstance(told, Failure)
    assert result.error is not None
    assert told.type is result.error.type is FailureType.RESULT_TOO_LARGE
    assert (result.data, result.variables, result.error.http_status) == (None, {}, 201)
    assert result.context.variables == {"a": 1}


def result_of(execution: Execution, outcome: Outcome = REFUSED) -> ConnectorResult:
    return ConnectorResult.model_validate_json(encoded(execution, outcome))


def test_the_history_needs_nothing_beside_the_result() -> None:
    execution = an_execution(
        question(
            '"inputs": {"phone": "030", "token": "abc"}, "lane": "bulk", "trigger": "batch",'
            ' "labels": {"campaign": "7"}, "requestedAt": "2030-01-02T03:04:05+02:00"'
        )
    )
    execution.sent_bytes = 321
    result = result_of(execution)
    assert (result.lane, result.trigger, result.labels) == (Lane.BULK, Trigger.BATCH, {"campaign": "7"})
    assert result.inputs == {"phone": "030", "token": "••••"}
    assert result.request == RequestSummary(
        method="GET", origin="https://api.test", path_template="/users", sent_bytes=321
    )
    assert result.requested_at == datetime(2030, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert (result.started_at, result.cut) == (NOW, [])


def test_what_only_the_flow_engine_knows_comes_back() -> None:
    context = '{"flowId": "f", "tenant": {"tier": [1.50, null]}, "contactId": "c"}'
    result = result_of(an_execution(question(f'"context": {context}')))
    assert result.context.model_extra == {"tenant": {"tier": [1.5, None]}}
    assert json.loads(result.to_json())["context"]["tenant"] == {"tier": [1.5, None]}


@pytest.mark.parametrize(
    ("asked", "config", "expected"),
    [
        ("", {}, OnError.STOP),
        ("", {"continueOnError": True}, OnError.CONTINUE),
        ('"onError": "stop"', {"continueOnError": True}, OnError.STOP),
        ('"onError": "continue"', {}, OnError.CONTINUE),
        ('"onError": null', {"continueOnError": True}, OnError.CONTINUE),
    ],
)
def test_the_connector_decides_what_follows_a_failure_unless_the_flow_does(
    asked: str, config: dict[str, Any], expected: OnError
) -> None:
    assert result_of(an_execution(question(asked), **config)).on_error is expected


@pytest.mark.parametrize("wanted", [True, False])
def test_the_result_says_whether_the_history_may_keep_a_failure(wanted: bool) -> None:
    assert result_of(an_execution(question(), logErrors=wanted)).log_errors is wanted


def test_a_replayed_letter_says_so_and_one_without_a_time_has_that_of_its_record() -> None:
    execution = an_execution(question())
    headers = (("dead-replayed-from", b"t/0/1"),)
    execution.source = Source(execution.source.value, headers=headers, timestamp_ms=1_700_000_000_000)
    result = result_of(execution)
    assert result.trigger is Trigger.REPLAY
    assert result.requested_at == datetime.fromtimestamp(1_700_000_000, UTC)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00"])
def test_a_time_in_no_calendar_keeps_nobody_from_reading_the_result(moment: str) -> None:
    assert result_of(an_execution(question(f'"requestedAt": "{moment}"'))).requested_at is None


def test_inputs_give_way_before_anything_that_somebody_waits_for() -> None:
    execution = an_execution(question('"inputs": {"a": "' + "x" * 10_000 + '"}, "storeAs": "b"'))
    whole = len(encoded(execution, Success("y" * 5_000, 200)))
    result = ConnectorResult.model_validate_json(encoded(execution, Success("y" * 5_000, 200), most=whole - 1))
    assert (result.success, result.data, result.inputs, result.cut) == (True, "y" * 5_000, None, ["inputs"])


def heavy(outcome: Outcome = REFUSED) -> tuple[Execution, Outcome]:
    """40,000 bytes of variables, 20,000 of the mapping."""
    mapping = '{"sourcePath": "a", "targetField": "' + "b" * 150 + '"}'
    variables = '{"text": "' + "x" * 40_000 + '"}'
    context = f'{{"flowRunId": "r", "contactId": "c", "variables": {variables}, "unknown": 1}}'
    return an_execution(question(f'"context": {context}, "fieldMappings": [{",".join([mapping] * 100)}]')), outcome


@pytest.mark.parametrize(
    ("most", "variables", "mappings", "attempts"), [(100_000, 1, 100, 2), (30_000, 0, 100, 2), (1_000, 0, 0, 2)]
)
def test_parts_are_left_out_in_order_until_the_message_fits(
    most: int, variables: int, mappings: int, attempts: int
) -> None:
    written = encoded(*heavy(), most=most)
    result = ConnectorResult.model_validate_json(written)
    assert len(written) <= most
    assert (len(result.context.variables), len(result.field_mappings)) == (variables, mappings)
    assert len(result.attempts) == attempts
    assert result.cut == ["context", "fieldMappings"][: 2 - variables - bool(mappings)]
    assert (result.key(), result.context.flow_run_id) == (b"c", "r")
    assert result.error is not None
    assert result.error.message == REFUSED.message


def test_at_the_end_it_has_one_attempt_and_a_short_message() -> None:
    execution, outcome = heavy(Failure(FailureType.INVALID_INPUT, "x" * 50_000))
    execution.attempts *= 1_000
    result = ConnectorResult.model_validate_json(encoded(execution, outcome, most=1))
    assert result.error is not None
    assert (len(result.attempts), len(result.error.message)) == (1, 1_000)


@pytest.mark.parametrize(
    ("outcome", "type_"),
    [(Success("y" * 5_000, 200), FailureType.RESULT_TOO_LARGE), (REFUSED, FailureType.HTTP_ERROR)],
)
def test_the_smallest_form_is_made_of_the_message_alone(outcome: Outcome, type_: FailureType) -> None:
    kept = encoded(*heavy(outcome))
    smallest = smallest_result(kept)
    assert smallest is not None
    assert smallest == smallest_result(kept)
    assert len(smallest) < 1_000
    result = ConnectorResult.model_validate_json(smallest)
    assert result.error is not None
    assert (result.error.type, result.success, result.key()) == (type_, False, b"c")
    assert smallest_result(b"{") is None


def test_data_that_cannot_be_written_are_a_failure_of_the_transform() -> None:
    _, told = encoded_result(an_execution(question()), Success({1j}, 200), NOW, most_data=1_000, most=RESULT.largest)
    assert isinstance(told, Failure)
    assert told.type is FailureType.TRANSFORM_FAILED


def test_what_only_the_contract_can_read_is_carried_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_module, "CARRIED", Picky())
    written = encoded(an_execution(question('"context": {"contactId": "c"}')), SKIPPED)
    assert ConnectorResult.model_validate_json(written).context.contact_id == "c"


class Picky:
    """Cannot read what came, only what the contract has written."""

    def decode(self, question: bytes) -> Any:
        if b'"inputs":{}' not in question:
            raise msgspec.DecodeError("odd")
        return msgspec.json.decode(question, type=result_module.Carried)
