"""Numbers with all the digits that they came with: whole ones of any length, and decimals."""

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from connectors_shared.definition.templates import ENCODER

LONGEST: Final = 400
"""Characters of a number in a text."""
Number = int | float | Decimal
_WHOLE: Final = re.compile(r"[+-]?[0-9]++")
_NUMBER: Final = re.compile(r"[+-]?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]{1,3})?")


def exact(number: str) -> Decimal | float:
    """What JSON writes with a point or an exponent."""
    try:
        return Decimal(number)
    except InvalidOperation:  # an exponent of twenty digits
        return float(number)


DECODER: Final = msgspec.json.Decoder(float_hook=exact)


def exactly(value: Any) -> Any:
    """The same JSON with decimals in place of floats, which would not be equal to those that are given."""
    return DECODER.decode(ENCODER.encode(value))


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def is_infinite(value: Any) -> bool:
    """1e400 is JSON, but no double: whoever receives it would read infinity."""
    kind = type(value)
    if kind is float or kind is Decimal:
        return not math.isfinite(float(value))
    if kind is dict:
        return any(map(is_infinite, value.values()))
    return kind is list and any(map(is_infinite, value))


def whole_in(text: str) -> int | None:
    """`"42"` → 42; None for what is not a whole number."""
    text = text.strip() if len(text) <= LONGEST else ""
    return int(text) if _WHOLE.fullmatch(text) else None


def number_in(text: str) -> Number | None:
    """`"4.20"` → 4.20, with its digits; None for what is no number, or one beyond the range of doubles."""
    text = text.strip() if len(text) <= LONGEST else ""
    if _WHOLE.fullmatch(text):
        return int(text)
    found = Decimal(text) if _NUMBER.fullmatch(text) else None
    return None if found is None or is_infinite(found) else found
