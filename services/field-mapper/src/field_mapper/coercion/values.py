"""JSON values as text, numbers and truth; what Postgres cannot hold is refused here."""

import math
import re
from decimal import Decimal
from typing import Any, Final

from connectors_shared.definition.mappings.numbers import Language
from connectors_shared.definition.mappings.terms import AS_WRITTEN, ReadAs

NOT_STORABLE: Final = re.compile("[\x00\ud800-\udfff]")
NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
WRITTEN_OTHERWISE: Final = "the text is not a number as it is written in the mapping's locale"
MAX_NUMBER_CHARACTERS: Final = 1000
TRUTH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class ValueRefusedError(ValueError):
    """The value does not fit; the message says why and does not repeat it."""


def is_absent(value: Any) -> bool:
    """Null and blank text say nothing, so they never replace anything."""
    return value is None or (isinstance(value, str) and not value.strip())


def as_text(value: Any, reading: ReadAs = AS_WRITTEN) -> str:
    """Trimmed text, if it is to be trimmed; a whole number loses its `.0`."""
    if isinstance(value, str):
        return _storable(value.strip() if reading.trim else value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(_short(value))
    if isinstance(value, float):
        number = as_number(value)
        return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(number)
    raise ValueRefusedError(f"{_kind(value)} does not fit a text field")


def as_number(value: Any, reading: ReadAs = AS_WRITTEN) -> int | float:
    """A JSON number, or text that is one; integers stay exact."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueRefusedError(f"{_kind(value)} is not a number")
    if isinstance(value, str):
        value = _parsed_number(value, reading.language)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueRefusedError("the number is not finite")
    return _short(value) if isinstance(value, int) else value


def as_integer(value: Any, reading: ReadAs = AS_WRITTEN) -> int:
    """A number without a fraction; `5.0` is one."""
    number = as_number(value, reading)
    if isinstance(number, float) and not number.is_integer():
        raise ValueRefusedError("the number is not whole")
    return int(number)


def as_decimal(value: Any, reading: ReadAs = AS_WRITTEN) -> str:
    """All digits of a number, as text: JSON's own numbers lose those beyond the seventeenth with most who read them."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueRefusedError(f"{_kind(value)} is not a number")
    if isinstance(value, str):
        text = _plain_number(value, reading.language)
    else:
        text = str(_short(value)) if isinstance(value, int) else repr(as_number(value))
    number = Decimal(text)
    if number.adjusted() > MAX_NUMBER_CHARACTERS or _exponent(number) < -MAX_NUMBER_CHARACTERS:
        raise ValueRefusedError("the number is too long")
    return f"{abs(number) if number.is_zero() else number:f}"


def as_boolean(value: Any, _reading: ReadAs = AS_WRITTEN) -> bool:
    """true, false, yes, no, 1 and 0."""
    if isinstance(value, bool):
        return value
    word = as_text(value).lower() if isinstance(value, str | int) else ""
    if word not in TRUTH:
        raise ValueRefusedError("the value is neither true nor false")
    return TRUTH[word]


def as_json(value: Any, _reading: ReadAs = AS_WRITTEN) -> Any:
    """Any JSON value that a jsonb column holds unchanged."""
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return as_number(value)
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return {_storable(name): as_json(item) for name, item in value.items()}


def _parsed_number(text: str, language: Language | None) -> int | float:
    text = _plain_number(text, language)
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def _plain_number(text: str, language: Language | None) -> str:
    """As JSON has it."""
    text = text.strip()
    if language is None:
        plain = text if len(text) <= MAX_NUMBER_CHARACTERS and NUMBER.fullmatch(text) else None
    else:
        plain = language.plain(text)
    if plain is None:
        raise ValueRefusedError("the text is not a number" if language is None else WRITTEN_OTHERWISE)
    return plain


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _short(number: int) -> int:
    if number.bit_length() > MAX_NUMBER_CHARACTERS * 3:
        raise ValueRefusedError("the number is too long")
    return number


def is_storable(text: str) -> bool:
    """Whether Postgres takes it."""
    return "\0" not in text if text.isascii() else NOT_STORABLE.search(text) is None


def storable(text: str) -> str:
    """Without what Postgres does not take."""
    return NOT_STORABLE.sub("", text)


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueRefusedError("the text holds a character that cannot be stored")
    return text


def _kind(value: Any) -> str:
    return {list: "a list", dict: "an object", bool: "true or false", type(None): "null"}.get(
        type(value), f"a value of type {type(value).__name__}"
    )
