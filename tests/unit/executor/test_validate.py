"""Inputs against the input schema: defaults filled in, every misfit named, no value told."""

from typing import Any
from uuid import uuid4

import pytest

from connector_executor.outcome import Failure
from connector_executor.stages.validate import validate_inputs
from connectors_shared.contract.connector import InputField
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import FailureType


def a_field(type_: str, **more: Any) -> InputField:
    return InputField.model_validate({"type": type_, **more})


VALUES: dict[str, Any] = {"text": "a", "whole": 5, "part": 1.5, "flag": True, "thing": {"a": 1}, "rows": [1]}
FITTING = {
    "string": {"text", "whole", "part"},
    "number": {"whole", "part"},
    "integer": {"whole"},
    "boolean": {"flag"},
    "object": {"thing"},
    "array": {"rows"},
}


@pytest.mark.parametrize("type_", FITTING)
@pytest.mark.parametrize("value", VALUES)
def test_each_type_takes_its_own_values(type_: str, value: str) -> None:
    checked = validate_inputs({"x": VALUES[value]}, {"x": a_field(type_)})
    assert isinstance(checked, dict) is (value in FITTING[type_])


def test_every_misfit_is_named_and_no_value_is_told() -> None:
    schema = {"name": a_field("string", required=True), "age": a_field("integer"), "ok": a_field("boolean")}
    failure = validate_inputs({"name": "", "age": "s3cret", "ok": 1}, schema)
    assert isinstance(failure, Failure)
    assert failure.message == (
        "The inputs do not fit: name is required; age must be integer, not string; ok must be boolean, not integer."
    )


def test_defaults_fill_what_is_absent_and_nothing_else() -> None:
    given = {"a": None, "b": False, "unknown": 1}
    schema = {"a": a_field("integer", default=5), "b": a_field("boolean", default=True, required=True)}
    assert validate_inputs(given, schema) == {"a": 5, "b": False, "unknown": 1}
    assert given == {"a": None, "b": False, "unknown": 1}


def test_an_optional_field_may_be_absent() -> None:
    assert validate_inputs({}, {"a": a_field("integer")}) == {}


@pytest.mark.parametrize("number", ["1e400", "-1e400", '{"deep": [1, {"er": 1e309}]}', "[[1e999]]"])
@pytest.mark.parametrize("declared", [True, False])
def test_a_number_beyond_the_range_is_refused_by_name(number: str, declared: bool) -> None:
    event = ConnectorExecute.model_validate_json(
        f'''{{"executionId": "{uuid4()}", "workspaceId": "{uuid4()}", "connectorId": "{uuid4()}",
        "inputs": {{"x": {number}, "fine": 1e300}}}}'''
    )
    failure = validate_inputs(event.inputs, {"fine": a_field("number")} if declared else {})
    assert isinstance(failure, Failure)
    assert failure.type is FailureType.INVALID_INPUT
    assert failure.message == "The inputs do not fit: x holds a number beyond the range of numbers."
