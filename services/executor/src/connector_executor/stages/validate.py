"""Do the inputs fit the connector's input schema?"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from connector_executor.outcome import Failure
from connectors_shared.contract.connector import InputField
from connectors_shared.contract.failure import FailureType

Accepts = Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


ACCEPTS: dict[str, Accepts] = {
    "string": lambda value: isinstance(value, str) or _is_number(value),
    "number": _is_number,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}
"""A number is accepted as text: flows pass phone numbers and ids either way."""


def validate_inputs(inputs: Mapping[str, Any], schema: Mapping[str, InputField]) -> dict[str, Any] | Failure:
    """The inputs with defaults filled in, or every field that does not fit, by name."""
    filled = dict(inputs)
    problems = [f"{name} holds a number beyond the range of numbers" for name in inputs if _infinite(inputs[name])]
    for name, field in schema.items():
        value = filled.get(name)
        if value is None and field.default is not None:
            value = filled[name] = field.default
        if value is None or value == "":
            if field.required:
                problems.append(f"{name} is required")
        elif not ACCEPTS[field.type](value):
            problems.append(f"{name} must be {field.type}, not {_kind(value)}")
    if problems:
        return Failure(FailureType.INVALID_INPUT, f"The inputs do not fit: {'; '.join(problems)}.")
    return filled


def _infinite(value: Any) -> bool:
    """1e400 is JSON, but no double: the request would carry null in its place."""
    kind = type(value)
    if kind is float:
        return not math.isfinite(value)
    if kind is dict:
        return any(map(_infinite, value.values()))
    return kind is list and any(map(_infinite, value))


def _kind(value: Any) -> str:
    for name in ("boolean", "integer", "number", "string", "object"):
        if ACCEPTS[name](value):
            return name
    return "array"
