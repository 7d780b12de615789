"""Functions of text. Each pays for what it reads and writes before it does."""

import re
from typing import Any, Final

from connector_executor.transform.inline.arguments import (
    Function,
    a_list_of,
    a_text,
    a_whole_number,
    anything,
)
from connector_executor.transform.inline.operators import exact
from connector_executor.transform.inline.values import Refused, Run, is_number, text

_MAX_DIGITS: Final = 15
_SHORT_TEXT: Final = 2_500
_SHORT_PART: Final = 100
"""A longer part of a longer text is searched for in linear time."""
_COMPARISONS_PER_UNIT: Final = 100
_BLANKS: Final = re.compile(r"[ \t\n\r]+")
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


def _string(run: Run, value: Any) -> str:
    return text(value, run)


def _length(_run: Run, value: str) -> int:
    return len(value)


def _uppercase(run: Run, value: str) -> str:
    _pay_for_letters(run, value)
    return value.upper()


def _lowercase(run: Run, value: str) -> str:
    _pay_for_letters(run, value)
    return value.lower()


def _pay_for_letters(run: Run, value: str) -> None:
    if value.isascii():
        run.pay_text(len(value))
    else:
        run.pay(len(value) // 4)


def _trim(run: Run, value: str) -> str:
    run.pay(len(value) // 2)
    return _BLANKS.sub(" ", value).strip(" ")


def _substring(run: Run, value: str, start: int, length: int | None = None) -> str:
    run.pay_text(len(value))
    if len(value) + start < 0:
        start = 0
    if length is None:
        return value[start:]
    if length <= 0:
        return ""
    return value[start : start + length if start >= 0 else len(value) + start + length]


def _pay_for_search(run: Run, value: str, part: str) -> None:
    """In the worst case Python compares all of a short part at every place of the text."""
    run.pay_text(2 * len(value))
    places = max(len(value) - len(part), 0)
    most = len(part) if len(value) < _SHORT_TEXT else min(len(part), _SHORT_PART)
    run.pay(places * most // _COMPARISONS_PER_UNIT)


def _substring_before(run: Run, value: str, mark: str) -> str:
    _pay_for_search(run, value, mark)
    place = value.find(mark)
    return value if place < 0 else value[:place]


def _substring_after(run: Run, value: str, mark: str) -> str:
    _pay_for_search(run, value, mark)
    place = value.find(mark)
    return value if place < 0 else value[place + len(mark) :]


def _contains(run: Run, value: str, part: str) -> bool:
    _pay_for_search(run, value, part)
    return part in value


def _join(run: Run, texts: list[str], separator: str = "") -> str:
    run.pay_text(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def _split(run: Run, value: str, separator: str, limit: int | None = None) -> list[str]:
    if not separator or (limit is not None and limit < 0):
        raise Refused
    for _ in ("counted", "split"):
        _pay_for_search(run, value, separator)
    run.pay(value.count(separator) + 2)
    return value.split(separator)[:limit]


def _replace(run: Run, value: str, pattern: str, replacement: str, limit: int = -1) -> str:
    if not pattern or "$" in replacement or limit < -1:
        raise Refused
    for _ in ("counted", "replaced"):
        _pay_for_search(run, value, pattern)
    found = value.count(pattern)
    run.pay(found)
    run.pay_text(len(value) + found * len(replacement))
    return value.replace(pattern, replacement, limit)


def _pad(run: Run, value: str, width: int, character: str = " ") -> str:
    if len(character) != 1:
        raise Refused
    run.pay_text(max(abs(width), len(value)))
    return value.ljust(width, character) if width > 0 else value.rjust(-width, character)


def _number(_run: Run, value: Any) -> Any:
    if type(value) is bool:
        return int(value)
    if is_number(value):
        return value
    if type(value) is not str or len(value) > _MAX_DIGITS or _NUMBER.fullmatch(value) is None:
        raise Refused
    return exact(float(value))


TEXT_FUNCTIONS: Final[dict[str, Function]] = {
    "string": Function(_string, (anything,)),
    "length": Function(_length, (a_text,)),
    "uppercase": Function(_uppercase, (a_text,)),
    "lowercase": Function(_lowercase, (a_text,)),
    "trim": Function(_trim, (a_text,)),
    "substring": Function(_substring, (a_text, a_whole_number, a_whole_number), optional=1),
    "substringBefore": Function(_substring_before, (a_text, a_text)),
    "substringAfter": Function(_substring_after, (a_text, a_text)),
    "contains": Function(_contains, (a_text, a_text)),
    "join": Function(_join, (a_list_of(a_text), a_text), optional=1),
    "split": Function(_split, (a_text, a_text, a_whole_number), optional=1),
    "replace": Function(_replace, (a_text, a_text, a_text, a_whole_number), optional=1),
    "pad": Function(_pad, (a_text, a_whole_number, a_text), optional=1),
    "number": Function(_number, (anything,)),
}
