"""Dates and times in a format that somebody has written down: a closed grammar, read from left to right.

No guessing: a library that finds out the order of day and month by itself turns 13/05 and 05/13 into the same day.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

MOST_CHARACTERS: Final = 100
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_TWO_DIGIT_YEAR: Final = 69
"""69 to 99 are of the last century, as POSIX has it."""

_PART: Final = re.compile(r"\[(?P<quoted>[^\]]*)\]|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<sign>[^\[\]])")
_OFFSET: Final = re.compile(r"[Zz]|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})?")
_SECONDS: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")

Months = Mapping[str, int]
"""Names, folded, as they stand in dates → 1 to 12."""


class InvalidFormatError(ValueError):
    """The format cannot be used; the message is for the person who wrote it."""


class NotInFormatError(ValueError):
    """The text is not written so."""


@dataclass(frozen=True, slots=True)
class _Digits:
    """A number of so many digits; as many as there are are taken."""

    field: str
    least: int
    most: int


_DIGITS: Final = {
    "YYYY": _Digits("year", 4, 4),
    "YY": _Digits("short_year", 2, 2),
    "MM": _Digits("month", 2, 2),
    "M": _Digits("month", 1, 2),
    "DD": _Digits("day", 2, 2),
    "D": _Digits("day", 1, 2),
    "HH": _Digits("hour", 2, 2),
    "H": _Digits("hour", 1, 2),
    "hh": _Digits("half_day_hour", 2, 2),
    "h": _Digits("half_day_hour", 1, 2),
    "mm": _Digits("minute", 2, 2),
    "ss": _Digits("second", 2, 2),
    "S": _Digits("fraction", 1, 9),
}
_NAMES: Final = {"MMM": "month", "MMMM": "month"}
_OTHERS: Final = {"A": "half_day", "Z": "offset"}
_EPOCHS: Final = {"X": 1, "x": 1000}
"""How many of them a second has."""
_YEARS: Final = ("year", "short_year")
_NEEDS: Final = {
    "minute": "hour",
    "second": "minute",
    "fraction": "second",
    "half_day_hour": "half_day",
    "offset": "hour",
}
PARTS: Final = (*_DIGITS, *_NAMES, *_OTHERS, *_EPOCHS)

Found = dict[str, Any]
_Step = Callable[[str, int, Found], int]
"""From the place where it begins to the place after it; raises NotInFormatError."""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """`has_time`: whether it tells more than a day."""

    steps: tuple[_Step, ...]
    has_time: bool
    per_second: int | None = None

    def read(self, text: str) -> datetime:
        """Without a time zone where the format has none. Raises NotInFormatError."""
        text, place = text.strip(), 0
        if self.per_second is not None:
            return _since_epoch(text, self.per_second)
        found: Found = {}
        for step in self.steps:
            place = step(text, place, found)
        if place != len(text):
            raise NotInFormatError
        return _moment(found)


def read_format(text: str, months: Months) -> DateFormat:
    """`months`: what they are called in texts of this format. Raises InvalidFormatError."""
    if text in _EPOCHS:
        return DateFormat((), has_time=True, per_second=_EPOCHS[text])
    if not text or len(text) > MOST_CHARACTERS:
        raise InvalidFormatError(f"has 1 to {MOST_CHARACTERS} characters")
    steps: list[_Step] = []
    fields: list[str] = []
    place = 0
    while place < len(text):
        part = _PART.match(text, place)
        if part is None:
            raise InvalidFormatError(f"has a bracket at character {place + 1} without the other one")
        steps.append(_step(part, months, fields))
        place = part.end()
    _check(fields)
    return DateFormat(tuple(steps), has_time=bool({"hour", "half_day_hour"}.intersection(fields)))


def _step(part: re.Match[str], months: Months, fields: list[str]) -> _Step:
    letters: str | None = part["letters"]
    if letters is None:
        return _literal(part["quoted"] if part["sign"] is None else part["sign"])
    if digits := _DIGITS.get(letters):
        fields.append(digits.field)
        return _number(digits)
    if letters in _NAMES:
        fields.append("month")
        return _named(months)
    if letters in _OTHERS:
        fields.append(_OTHERS[letters])
        return _offset if letters == "Z" else _half_day
    known = ", ".join(PARTS)
    raise InvalidFormatError(f"has {letters[:20]!r}, which stands for nothing: use {known}, and text in [brackets]")


def _check(fields: list[str]) -> None:
    if len(set(fields)) < len(fields):
        raise InvalidFormatError("says a part of the date twice")
    there = {"year" if field in _YEARS else field for field in fields}
    if not {"year", "month", "day"} <= there or set(_YEARS) <= set(fields):
        raise InvalidFormatError("needs one year, a month and a day, such as YYYY-MM-DD")
    if {"hour", "half_day_hour"} <= there or ("half_day" in there) != ("half_day_hour" in there):
        raise InvalidFormatError("has hours as HH, or as hh with A")
    hours = there | ({"hour"} if "half_day_hour" in there else set())
    for field, needed in _NEEDS.items():
        if field in hours and needed not in hours:
            raise InvalidFormatError(f"has a {field} without the {needed.replace('_', ' ')}")


def _literal(expected: str) -> _Step:
    def step(text: str, place: int, _found: Found) -> int:
        if not text.startswith(expected, place):
            raise NotInFormatError
        return place + len(expected)

    return step


def _number(digits: _Digits) -> _Step:
    def step(text: str, place: int, found: Found) -> int:
        end = place
        while end < len(text) and end - place < digits.most and text[end] in "0123456789":
            end += 1
        if end - place < digits.least:
            raise NotInFormatError
        found[digits.field] = text[place:end]
        return end

    return step


def _named(months: Months) -> _Step:
    longest = max(map(len, months), default=0)

    def step(text: str, place: int, found: Found) -> int:
        for length in range(min(longest, len(text) - place), 0, -1):
            month = months.get(text[place : place + length].casefold())
            if month is not None:
                found["month"] = month
                return place + length
        raise NotInFormatError

    return step


def _half_day(text: str, place: int, found: Found) -> int:
    word = text[place : place + 2].upper()
    if word not in ("AM", "PM"):
        raise NotInFormatError
    found["half_day"] = word
    return place + 2


def _offset(text: str, place: int, found: Found) -> int:
    part = _OFFSET.match(text, place)
    if part is None:
        raise NotInFormatError
    minutes = int(part["hours"] or 0) * 60 + int(part["minutes"] or 0)
    found["offset"] = -minutes if part["sign"] == "-" else minutes
    return part.end()


def _moment(found: Found) -> datetime:
    offset = found.get("offset")
    try:
        zone = None if offset is None else timezone(timedelta(minutes=offset))
        return datetime(
            _year(found),
            int(found["month"]),
            int(found["day"]),
            _hour(found),
            int(found.get("minute", 0)),
            int(found.get("second", 0)),
            int(found.get("fraction", "0").ljust(6, "0")[:6]),
            zone,
        )
    except (ValueError, OverflowError):
        raise NotInFormatError from None


def _year(found: Found) -> int:
    if "year" in found:
        return int(found["year"])
    short = int(found["short_year"])
    return short + (1900 if short >= FIRST_TWO_DIGIT_YEAR else 2000)


def _hour(found: Found) -> int:
    """12 AM is midnight, 12 PM is noon."""
    if "half_day" not in found:
        return int(found.get("hour", 0))
    hour = int(found["half_day_hour"])
    if not 1 <= hour <= 12:
        raise ValueError
    return hour % 12 + (12 if found["half_day"] == "PM" else 0)


def _since_epoch(text: str, per_second: int) -> datetime:
    if not _SECONDS.fullmatch(text):
        raise NotInFormatError
    try:
        return EPOCH + timedelta(microseconds=int(Decimal(text) * (1_000_000 // per_second)))
    except OverflowError:
        raise NotInFormatError from None
