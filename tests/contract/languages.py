"""How numbers and months are written in each language, by Babel: `python -m tests.contract.languages` stores it."""

import re
from collections.abc import Iterator

import msgspec
from babel import Locale
from babel.localedata import locale_identifiers

from connectors_shared.definition.mappings.numbers import TABLE, Table, Written

NAME = re.compile(r"[a-z]{2,3}(?:_[A-Z]{2})?")


def written(name: str) -> Written:
    """Of `de_CH`; months are folded, as they stand in dates and alone, the short ones with and without their dot."""
    locale = Locale.parse(name)
    symbols = locale.number_symbols["latn"]
    last, others = locale.decimal_formats[None].grouping
    months = tuple("|".join(dict.fromkeys(_names(locale, number))) for number in range(1, 13))
    return Written(symbols["decimal"], symbols["group"], last, others, months)


def _names(locale: Locale, number: int) -> Iterator[str]:
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            name = locale.months[context][width][number].casefold()
            yield from (name, name.rstrip("."))


def table() -> Table:
    """Of every language, with and without a territory."""
    places: dict[Written, int] = {}
    locales: dict[str, int] = {}
    for name in sorted(filter(NAME.fullmatch, locale_identifiers())):
        locales[name.replace("_", "-")] = places.setdefault(written(name), len(places))
    return Table(tuple(places), locales)


if __name__ == "__main__":
    lines = b",\n".join(map(msgspec.json.encode, (made := table()).languages))
    TABLE.write_bytes(b'{"languages":[\n' + lines + b'\n],"locales":' + msgspec.json.encode(made.locales) + b"}\n")
