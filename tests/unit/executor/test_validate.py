"""Inputs against the input schema on their way into a request: every misfit named, no value told."""

import json
from typing import Any
from uuid import uuid4

import pytest

from connector_executor.connectors.plan import compile_plan
from connector_executor.execution import Execution, Origin, Source
from connector_executor.outcome import Failure
from connector_executor.result import encoded_result
from connector_executor.stages.validate import validate_inputs
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.inputs.numbers import DECODER
from connectors_shared.runtime.clock import SystemClock
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector, a_plan, a_schema


def test_every_misfit_is_named_and_no_value_is_told() -> None:
    schema = a_schema(name={"required": True}, age={"type": "integer"}, ok={"type": "boolean"})
    failure = validate_inputs({"name": "", "age": "s3cret", "ok": 1}, schema)
    assert isinstance(failure, Failure)
    assert failure.message == (
        "The inputs do not fit: name is required; age must be integer, not string; ok must be boolean, not integer."
    )
    assert failure.errors == (
        ("/inputs/name", "is required"),
        ("/inputs/age", "must be integer, not string"),
        ("/inputs/ok", "must be boolean, not integer"),
    )


def test_many_misfits_are_told_in_short() -> None:
    items = {"type": "object", "properties": {"n" * 100: {"pattern": "a" * 300}}}
    schema = a_schema(rows={"type": "array", "items": items})
    failure = validate_inputs({"rows": [{"n" * 100: "b"}] * 500}, schema)
    assert isinstance(failure, Failure)
    assert failure.message.endswith("; and 480 more.")
    assert len(failure.message) < 10_000
    assert len(failure.errors) == 20
    assert all(len(pointer) <= 201 and len(detail) <= 201 for pointer, detail in failure.errors)


def test_defaults_fill_what_is_absent_and_nothing_else() -> None:
    given = {"a": None, "b": False, "unknown": 1}
    schema = a_schema(a={"type": "integer", "default": 5}, b={"type": "boolean", "default": True, "required": True})
    assert validate_inputs(given, schema) == {"a": 5, "b": False, "unknown": 1}
    assert given == {"a": None, "b": False, "unknown": 1}


def test_an_optional_field_may_be_absent() -> None:
    assert validate_inputs({}, a_schema(a={"type": "integer"})) == {}


@pytest.mark.parametrize("number", ["1e400", "-1e400", '{"deep": [1, {"er": 1e309}]}', "[[1e999]]"])
@pytest.mark.parametrize("declared", [True, False])
def test_a_number_beyond_the_range_is_refused_by_name(number: str, declared: bool) -> None:
    inputs = DECODER.decode(f'{{"x": {number}, "fine": 1e300}}')
    failure = validate_inputs(inputs, a_schema(fine={"type": "number"}) if declared else a_schema())
    assert isinstance(failure, Failure)
    assert failure.type is FailureType.INVALID_INPUT
    assert failure.message == "The inputs do not fit: x holds a number beyond the range of numbers."


def an_execution(inputs: str, **fields: Any) -> Execution:
    message = (
        f'{{"executionId":"{uuid4()}","workspaceId":"{WORKSPACE}","connectorId":"{CONNECTOR}","inputs":{inputs}}}'
    ).encode()
    published = a_connector().model_copy(update=fields)
    event = ConnectorExecute.model_validate_json(message)
    return Execution(event, compile_plan(published), Origin(), 0.0, Source(message))


def test_the_inputs_of_a_message_keep_their_digits() -> None:
    execution = an_execution('{"id": 123456789012345678901234567890, "price": 12345678901234567.890, "far": 1e400}')
    inputs = execution.inputs()
    assert (str(inputs["id"]), str(inputs["price"])) == ("123456789012345678901234567890", "12345678901234567.890")
    assert isinstance(validate_inputs(inputs, execution.plan.request.inputs), Failure)


def test_a_result_tells_each_misfit_by_its_place() -> None:
    execution = an_execution('{"age": "x"}')
    failure = validate_inputs(execution.inputs(), a_schema(age={"type": "integer"}))
    assert isinstance(failure, Failure)
    message, _ = encoded_result(execution, failure, SystemClock().now(), most_data=1_000, most=10_000)
    error = ConnectorResult.model_validate_json(message).error
    assert error is not None
    assert [(each.pointer, each.detail) for each in error.errors] == [("/inputs/age", "must be integer, not string")]
    assert (
        "errors"
        not in json.loads(
            encoded_result(
                execution, Failure(FailureType.TIMEOUT, "Late."), SystemClock().now(), most_data=1, most=10_000
            )[0]
        )["error"]
    )


def test_what_a_flow_sends_as_text_reaches_the_request_as_what_it_is() -> None:
    plan = a_plan()
    assert validate_inputs({"n": "42"}, plan.request.inputs) == {"n": "42"}
    assert validate_inputs({"n": "42"}, a_schema(n={"type": "integer"})) == {"n": 42}
