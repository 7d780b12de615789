"""The inputs of a connector: which values fit a field, and whether a request names only inputs that there are."""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from connectors_shared.contract.connector import InputField
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.problems import escaped, shortened

MOST_LISTED: Final = 5
LONGEST_NAME: Final = 100


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


ACCEPTS: Final[dict[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str) or _is_number(value),
    "number": _is_number,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}
"""A number is accepted as text: flows pass phone numbers and ids either way."""


def kind_of(value: Any) -> str:
    """The word for what a value is."""
    for name in ("boolean", "integer", "number", "string", "object"):
        if ACCEPTS[name](value):
            return name
    return "array"


def is_infinite(value: Any) -> bool:
    """1e400 is JSON, but no double: the request would carry null in its place."""
    kind = type(value)
    if kind is float or kind is Decimal:
        return not math.isfinite(float(value))
    if kind is dict:
        return any(map(is_infinite, value.values()))
    return kind is list and any(map(is_infinite, value))


def check_defaults(schema: Mapping[str, InputField], pointer: str, found: Compilation) -> None:
    for name, described in schema.items():
        default = described.default
        if default is not None and default != "" and not ACCEPTS[described.type](default):
            place = f"{pointer}/{escaped(name)}/default"
            found.refuse(place, f"must be {described.type}, not {kind_of(default)}")


def check_names(schema: Mapping[str, InputField], found: Compilation) -> None:
    """A connector that declares no input at all takes whatever it is given."""
    if not schema:
        return
    known = _listed(schema)
    for pointer, name in found.named:
        if name not in schema:
            shown = shortened(name, LONGEST_NAME)
            found.refuse(pointer, f"input {shown!r} is not among the connector's inputs, which are: {known}")


def _listed(schema: Mapping[str, InputField]) -> str:
    """A handful of the names."""
    known = ", ".join(shortened(name, LONGEST_NAME) for name in islice(schema, MOST_LISTED))
    more = len(schema) - MOST_LISTED
    return f"{known} and {more} more" if more > 0 else known
