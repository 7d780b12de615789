"""Do the inputs fit the connector's input schema?"""

from collections.abc import Mapping
from typing import Any

from connector_executor.outcome import Failure
from connectors_shared.contract.connector import InputField
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.inputs import ACCEPTS, is_infinite, kind_of


def validate_inputs(inputs: Mapping[str, Any], schema: Mapping[str, InputField]) -> dict[str, Any] | Failure:
    """The inputs with defaults filled in, or every field that does not fit, by name."""
    filled = dict(inputs)
    problems = [f"{name} holds a number beyond the range of numbers" for name in inputs if is_infinite(inputs[name])]
    for name, field in schema.items():
        value = filled.get(name)
        if value is None and field.default is not None:
            value = filled[name] = field.default
        if value is None or value == "":
            if field.required:
                problems.append(f"{name} is required")
        elif not ACCEPTS[field.type](value):
            problems.append(f"{name} must be {field.type}, not {kind_of(value)}")
    if problems:
        return Failure(FailureType.INVALID_INPUT, f"The inputs do not fit: {'; '.join(problems)}.")
    return filled
