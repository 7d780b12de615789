"""What stands between the braces: a way to a value, a default for it, and filters.

    input.user.name ?? "nobody" | trim | upper
    input.since | date("iso", "Europe/Berlin")

The default counts where there is no value, or null. It and the arguments of filters are JSON.
"""

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from math import isinf
from typing import Any, Final

import msgspec

from connectors_shared.definition.templates.filters import MOST_FILTERS, Filter, filter_of
from connectors_shared.definition.templates.roots import INPUT, ROOTS, Scope, wrong_way
from connectors_shared.definition.templates.scanner import MAX_INSIDE
from connectors_shared.definition.templates.texts import ENCODER, StandIn, TemplateError, UnrenderableError

SHORT: Final = 100
SHOWN: Final = 100
MOST_BRACKETS: Final = 32
"""In one placeholder, so that no reader of JSON goes deep."""
MOST_DIGITS: Final = 400
_ROOT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+")
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*+)|\[([0-9]{1,9})\]")
_BLANKS: Final = re.compile(r"[ \t\r\n]*+")


@dataclass(frozen=True, slots=True)
class Default:
    """A JSON value that stands in; known by how it is written."""

    written: str
    value: Any = field(compare=False)


class Reference(msgspec.Struct, frozen=True, gc=False):
    """One placeholder: where its value is, what stands in for it, and what is made of it."""

    root: str
    steps: tuple[str | int, ...]
    default: Default | None = None
    filters: tuple[Filter, ...] = ()

    @property
    def name(self) -> str:
        """Of the input, or of the part of another root."""
        return str(self.steps[0])

    @property
    def way(self) -> str:
        """As it is written: `input.rows[0].id`."""
        return self.root + "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in self.steps)

    @property
    def says_null(self) -> bool:
        """Null is wanted where there is no value: `?? null`."""
        return self.default is not None and self.default.value is None

    @property
    def growth(self) -> int:
        """How many times longer than its value it may be."""
        factor = 1
        for each in self.filters:
            factor *= each.growth
        return factor

    def found(self, scope: Scope) -> Any:
        """What was given, or None when any step of the way is absent."""
        found: Any = scope.get(self.root)
        for step in self.steps:
            if isinstance(step, str):
                found = found.get(step) if isinstance(found, dict) else None
            else:
                found = found[step] if isinstance(found, list) and step < len(found) else None
            if found is None:
                return None
        return found

    def resolve(self, scope: Scope) -> Any:
        """The value that is sent, or None. Raises UnrenderableError when a filter cannot take it."""
        value = self.found(scope)
        if value is None:
            if self.default is None or self.default.value is None:
                return None
            value = self.default.value
        return self._filtered(value) if self.filters else value

    def _filtered(self, value: Any) -> Any:
        if isinstance(value, StandIn):
            return value
        for each in self.filters:
            try:
                value = each.apply(value)
            except UnrenderableError as error:
                raise UnrenderableError(f"{self.way} {error}") from None
        return value


def parse_reference(inside: str, at: int = 0) -> Reference:
    """`inside` stands between the braces; `at` characters of the text are before it. Raises TemplateError."""
    return _parse_short(inside, at) if len(inside) <= SHORT else _parse(inside, at)


@lru_cache(maxsize=4096)
def _parse_short(inside: str, at: int) -> Reference:
    """The same few names stand in many connectors, and connectors are compiled again and again."""
    return _parse(inside, at)


def _parse(inside: str, at: int) -> Reference:
    reader = _Reader(inside, at)
    if len(inside) > MAX_INSIDE:
        raise reader.error("is too long", 0)
    if inside.count("[") + inside.count("{") > MOST_BRACKETS:
        raise reader.error("has too many brackets", 0)
    root, steps = reader.way()
    default = reader.default() if reader.takes("??") else None
    filters = []
    while reader.takes("|"):
        filters.append(reader.filter())
        if len(filters) > MOST_FILTERS:
            raise reader.error(f"has more than {MOST_FILTERS} filters")
    reader.end()
    return Reference(root, steps, default, tuple(filters))


class _Reader:
    """Reads from left to right; every error says at which character of the whole text it was found."""

    def __init__(self, text: str, at: int) -> None:
        self._text, self._at, self._position = text, at, 0
        self._skip()

    def error(self, why: str, position: int | None = None) -> TemplateError:
        where = self._at + (self._position if position is None else position) + 1
        way = self._text.strip()
        shown = way if len(way) <= SHOWN else way[:SHOWN] + "…"
        return TemplateError(f"{{{{{shown}}}}} {why} (at character {where})")

    def takes(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._position):
            return False
        self._position += len(mark)
        self._skip()
        return True

    def way(self) -> tuple[str, tuple[str | int, ...]]:
        begin = self._position
        found = _ROOT.match(self._text, begin)
        root = found[0] if found else ""
        if root not in ROOTS:
            raise self.error(f"begins with none of {', '.join(ROOTS)}; write it as {{{{{INPUT}.name}}}}")
        self._position += len(root)
        steps: list[str | int] = []
        while step := _STEP.match(self._text, self._position):
            steps.append(step[1] or int(step[2]))
            self._position = step.end()
        wrong = wrong_way(root, tuple(steps))
        if wrong:
            raise self.error(wrong, begin)
        self._skip()
        return root, tuple(steps)

    def default(self) -> Default:
        begin = self._position
        value = self._literal()
        return Default(self._text[begin : self._position].rstrip(), value)

    def filter(self) -> Filter:
        begin = self._position
        found = _ROOT.match(self._text, begin)
        self._position = found.end() if found else begin
        self._skip()
        arguments = self._arguments() if self.takes("(") else ()
        try:
            return filter_of(found[0] if found else "", arguments)
        except TemplateError as error:
            raise self.error(str(error), begin) from None

    def _arguments(self) -> tuple[Any, ...]:
        if self.takes(")"):
            return ()
        found = [self._literal()]
        while self.takes(","):
            found.append(self._literal())
        if not self.takes(")"):
            raise self.error("lacks a closing parenthesis")
        return tuple(found)

    def end(self) -> None:
        if self._position < len(self._text):
            raise self.error("cannot be read; after the name there may be ?? and a default, then | and a filter")

    def _literal(self) -> Any:
        """Raises TemplateError, also for what is JSON to Python only."""
        try:
            value, stop = _DECODER.raw_decode(self._text, self._position)
            ENCODER.encode(value)
        except (ValueError, UnicodeError):
            raise self.error('needs JSON here, such as "text", 5, true, null or []') from None
        self._position = stop
        self._skip()
        return value

    def _skip(self) -> None:
        blanks = _BLANKS.match(self._text, self._position)
        self._position = blanks.end() if blanks else self._position


def _no_constant(word: str) -> Any:
    raise ValueError(word)


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(text)
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > MOST_DIGITS or isinf(float(text)):
        raise ValueError(text)
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        raise ValueError(text) from None


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant, parse_int=_integer, parse_float=_decimal)
