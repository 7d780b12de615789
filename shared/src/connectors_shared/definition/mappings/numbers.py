"""How numbers are written in a language, and what its months are called, as the CLDR has it.

`languages.json` is written by `python -m tests.contract.languages` from Babel's data. Babel itself is not asked at run
time: it takes `1.2.3` for 123, and keeps all data of each locale that somebody has ever named.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

from connectors_shared.definition.mappings.dates import Months

MOST_LOCALES: Final = 64
"""That are remembered."""
MOST_CHARACTERS: Final = 100
ENGLISH: Final = "en"
TABLE: Final = Path(__file__).parent / "languages.json"

_DIGITS: Final = frozenset("0123456789")
_ALIKE: Final = (frozenset(" \u00a0\u202f\u2009"), frozenset("'\u2019"))
"""What people type in place of each other between groups of digits."""
_MINUS: Final = "-\u2212"


class UnknownLocaleError(ValueError):
    """Nobody knows how numbers are written there."""


class Written(msgspec.Struct, frozen=True, array_like=True):
    """What is stored of a language: the sign before a fraction, the one between groups, how many digits the last group
    has and those before it, and the names of the twelve months, those of one month divided by a bar."""

    decimal: str
    group: str
    last: int
    others: int
    months: tuple[str, ...]


class Table(msgspec.Struct, frozen=True):
    """`locales`: `de-CH` → its place among `languages`."""

    languages: tuple[Written, ...]
    locales: dict[str, int]


@dataclass(frozen=True, slots=True)
class Language:
    """`groups`: the signs that may stand between groups of digits."""

    decimal: str
    groups: frozenset[str]
    last: int
    others: int
    months: Months

    def plain(self, text: str) -> str | None:
        """The number as JSON has it: `1.234,50` of `de` is `1234.50`. None for what is not written so."""
        text = text.strip()
        if not text or len(text) > MOST_CHARACTERS:
            return None
        sign = "-" if text[0] in _MINUS else ""
        whole, point, fraction = text[text[0] in _MINUS + "+" :].partition(self.decimal)
        digits = self._digits(whole)
        if digits is None or (point and not (fraction and _DIGITS.issuperset(fraction))):
            return None
        return f"{sign}{digits}.{fraction}" if point else f"{sign}{digits}"

    def _digits(self, whole: str) -> str | None:
        """Without the signs between groups, which have to stand where they belong, and be one and the same."""
        signs = {character for character in whole if character not in _DIGITS}
        if not whole or not signs:
            return whole or None
        if len(signs) > 1 or not signs <= self.groups:
            return None
        first, *middle, last = whole.split(signs.pop())
        fits = 0 < len(first) <= self.others and len(last) == self.last
        return "".join((first, *middle, last)) if fits and all(len(group) == self.others for group in middle) else None


@lru_cache(maxsize=MOST_LOCALES)
def language_of(locale: str) -> Language:
    """Of `de`, `de-CH` or `de_CH`. Raises UnknownLocaleError."""
    table = _table()
    place = table.locales.get(locale.replace("_", "-"))
    if place is None:
        raise UnknownLocaleError(locale)
    found = table.languages[place]
    groups = next((signs for signs in _ALIKE if found.group in signs), frozenset({found.group}))
    months = {name: number for number, names in enumerate(found.months, 1) for name in names.split("|")}
    return Language(found.decimal, groups, found.last, found.others, months)


@cache
def _table() -> Table:
    return msgspec.json.decode(TABLE.read_bytes(), type=Table)
