"""The types of inputs: what each takes as it is, and what it makes of what flows send instead."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec

from connectors_shared.contract.nesting import is_deeper
from connectors_shared.definition.inputs.numbers import DECODER, is_infinite, is_number, number_in, whole_in
from connectors_shared.definition.templates import text_of

MOST_LEVELS: Final = 64
"""Of JSON that comes as a text."""
MISFIT: Final = object()
"""What a coercion gives for a value that it cannot take."""
Coerce = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class InputType:
    """`is_one`: the value is of the type already. `coerce`: what is made of another one, or MISFIT."""

    name: str
    is_one: Callable[[Any], bool]
    coerce: Coerce


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _to_string(value: Any) -> Any:
    """Flows pass phone numbers and ids either way."""
    return text_of(value) if is_number(value) else MISFIT


def _to_integer(value: Any) -> Any:
    if isinstance(value, float | Decimal):
        return int(value) if not is_infinite(value) and _has_no_fraction(value) else MISFIT
    whole = whole_in(value) if isinstance(value, str) else None
    return MISFIT if whole is None else whole


def _has_no_fraction(value: float | Decimal) -> bool:
    """`//` and `%` of a Decimal take 28 digits only."""
    return value.is_integer() if isinstance(value, float) else value == value.to_integral_value()


def _to_number(value: Any) -> Any:
    number = number_in(value) if isinstance(value, str) else None
    return MISFIT if number is None else number


def _to_boolean(value: Any) -> Any:
    word = value.strip().lower() if isinstance(value, str) and len(value) < LONGEST_WORD else None
    return {"true": True, "false": False}.get(word or "", MISFIT)


def _from_json(kind: type, bracket: str) -> Coerce:
    def coerce(value: Any) -> Any:
        if not isinstance(value, str) or value.lstrip()[:1] != bracket:
            return MISFIT
        try:
            octets = value.encode()
            read = MISFIT if is_deeper(octets, MOST_LEVELS) else DECODER.decode(octets)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return MISFIT
        return read if isinstance(read, kind) and not is_infinite(read) else MISFIT

    return coerce


LONGEST_WORD: Final = 20
TYPES: Final = {
    each.name: each
    for each in (
        InputType("string", lambda value: isinstance(value, str), _to_string),
        InputType("integer", _is_whole, _to_integer),
        InputType("number", is_number, _to_number),
        InputType("boolean", lambda value: isinstance(value, bool), _to_boolean),
        InputType("array", lambda value: isinstance(value, list), _from_json(list, "[")),
        InputType("object", lambda value: isinstance(value, dict), _from_json(dict, "{")),
    )
}


def kind_of(value: Any) -> str:
    """The word for what a value is."""
    return next((name for name, kind in TYPES.items() if kind.is_one(value)), "null")
