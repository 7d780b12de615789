"""I-Regexp (RFC 9485) by RE2: read here, written again in RE2's syntax, and matched in time linear in the text.

Outside a character class `^` and `$` are anchors, as the compliance suite of RFC 9535 expects.
Everything is bounded before it is expanded: a pattern may come from a third party's answer.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import re2

from connectors_shared.definition.paths.unassigned import unassigned

MAX_CHARACTERS: Final = 1000
MAX_WIDTH: Final = 1000
MAX_NESTING: Final = 100
MAX_CATEGORIES: Final = 30
MAX_MEMORY_BYTES: Final = 524_288
ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
ESCAPABLE: Final = frozenset("()*+-.?[\\]^{|}$")
SPECIAL: Final = frozenset("()*+.?[\\]{|}")
QUANTIFIERS: Final = {"*": (0, None), "+": (1, None), "?": (0, 1)}
# fmt: off
CATEGORIES: Final = frozenset((
    "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi",
    "Po", "Ps", "Z", "Zl", "Zp", "Zs", "S", "Sc", "Sk", "Sm", "So", "C", "Cc", "Cf", "Cn", "Co",
))
# fmt: on
VISIBLE: Final = r"\pL\pM\pN\pP\pS\pZ"


class InvalidPatternError(ValueError):
    """Not an I-Regexp, or one that is too large."""


class Pattern:
    """A compiled pattern. `width` bounds the work per character, `size` says what compiling it took."""

    def __init__(self, compiled: "re2._Regexp", width: int) -> None:
        self._compiled = compiled
        self.width = width
        self.size: int = compiled.programsize

    def matches(self, text: str) -> bool:
        """Whether all of `text` fits."""
        return self._compiled.fullmatch(text.encode("utf-8", "surrogatepass")) is not None

    def is_found_in(self, text: str) -> bool:
        """Whether some part of `text` fits."""
        return self._compiled.search(text.encode("utf-8", "surrogatepass")) is not None


def compile_pattern(text: str) -> Pattern:
    """Raises InvalidPatternError."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidPatternError("the pattern is too long")
    return _compiled(text)


@lru_cache(maxsize=128)
def _compiled(text: str) -> Pattern:
    parser = _Parser(text)
    piece = parser.alternatives()
    if parser.position != len(text):
        raise InvalidPatternError("unbalanced parenthesis")
    try:
        return Pattern(re2.compile(piece.text, _options()), piece.width)
    except (re2.error, UnicodeEncodeError):
        raise InvalidPatternError("the pattern is too large, or one of its ranges ends before it starts") from None


def _options() -> "re2.Options":
    options = re2.Options()
    options.max_mem = MAX_MEMORY_BYTES
    options.never_capture = True
    options.log_errors = False
    return options


class _Piece(NamedTuple):
    """A part of the pattern in RE2's syntax. `width` counts the states that it is expanded to, itself at least one."""

    text: str
    width: int = 1


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.position, self.nesting, self.categories = text, 0, 0, 0

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def take(self, expected: str = "") -> str:
        character = self.peek()
        if not character or (expected and character != expected):
            raise InvalidPatternError(f"expected {expected or 'a character'} at {self.position + 1}")
        self.position += 1
        return character

    def alternatives(self) -> _Piece:
        branches = [self.branch()]
        while self.peek() == "|":
            self.take()
            branches.append(self.branch())
        return _joined("|", branches)

    def branch(self) -> _Piece:
        pieces: list[_Piece] = []
        while self.peek() and self.peek() not in "|)":
            pieces.append(self.piece())
        return _joined("", pieces)

    def piece(self) -> _Piece:
        atom = self.atom()
        quantifier = self.peek()
        if quantifier == "{":
            return _repeated(atom, *self.bounds())
        if quantifier in QUANTIFIERS:
            self.take()
            return _repeated(atom, *QUANTIFIERS[quantifier])
        return atom

    def bounds(self) -> tuple[int, int | None]:
        self.take("{")
        inside, closed, _ = self.text[self.position :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not _is_quantity(low) or (high and not _is_quantity(high)):
            raise InvalidPatternError("expected a quantity such as {2} or {2,5}")
        self.position += len(inside) + 1
        least, most = int(low), (int(high) if high else None) if comma else int(low)
        if most is not None and most < least:
            raise InvalidPatternError("the quantity ends before it starts")
        return least, most

    def atom(self) -> _Piece:
        character = self.take()
        if character == "(":
            return self.group()
        if character in "^$":
            return _Piece(r"\A" if character == "^" else r"\z")
        if character == ".":
            return _Piece(r"[^\n\r]")
        if character == "[":
            return self.character_class()
        if character == "\\":
            return self.escape()
        if character in SPECIAL:
            raise InvalidPatternError(f"{character} must be escaped")
        return _Piece(_literal(character))

    def group(self) -> _Piece:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise InvalidPatternError("the pattern is too deep")
        inside = self.alternatives()
        self.take(")")
        self.nesting -= 1
        return inside

    def escape(self) -> _Piece:
        character = self.take()
        if character in "pP":
            return _Piece(f"[{self.category(negated=character == 'P')}]")
        return _Piece(_literal(_escaped(character)))

    def category(self, *, negated: bool) -> str:
        """As it stands inside a class of RE2."""
        self.take("{")
        name, closed, _ = self.text[self.position :].partition("}")
        if not closed or name not in CATEGORIES:
            raise InvalidPatternError(f"{name[:10]} is not a character category")
        self.position += len(name) + 1
        self.categories += 10 if name in ("C", "Cn") else 1
        if self.categories > MAX_CATEGORIES:
            raise InvalidPatternError("the pattern has too many categories")
        return _category(name, negated)

    def character_class(self) -> _Piece:
        negated = self.peek() == "^" and bool(self.take())
        items: list[str] = []
        while not items or self.peek() != "]":
            items.append(self.class_item(first=not items))
        self.take("]")
        return _Piece(f"[{'^' if negated else ''}{''.join(items)}]")

    def class_item(self, *, first: bool) -> str:
        character = self.take()
        if character == "-":
            if not first and self.peek() != "]":
                raise InvalidPatternError("- must be first or last in a class")
            return _literal(character)
        if character == "\\" and self.peek() in ("p", "P"):
            return self.category(negated=self.take() == "P")
        low = self.class_character(character)
        if self.peek() == "-" and self.text[self.position + 1 : self.position + 2] != "]":
            self.take()
            return f"{_literal(low)}-{_literal(self.class_character(self.take()))}"
        return _literal(low)

    def class_character(self, character: str) -> str:
        if character in "[]":
            raise InvalidPatternError(f"{character} must be escaped in a class")
        return _escaped(self.take()) if character == "\\" else character


def _joined(separator: str, pieces: list[_Piece]) -> _Piece:
    if len(pieces) == 1:
        return pieces[0]
    text = separator.join(piece.text for piece in pieces)
    return _bounded(f"(?:{text})", sum(piece.width for piece in pieces) + len(separator))


def _repeated(piece: _Piece, low: int, high: int | None) -> _Piece:
    quantity = "" if high is None else high
    width = piece.width * (low + 1 if high is None else max(high, 1)) + 1
    return _bounded(f"(?:(?:{piece.text}){{{low},{quantity}}})", width)


def _bounded(text: str, width: int) -> _Piece:
    if width > MAX_WIDTH:
        raise InvalidPatternError("the pattern is too large")
    return _Piece(text, max(width, 1))


def _is_quantity(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(MAX_WIDTH)) + 1


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character not in ESCAPABLE:
        raise InvalidPatternError(f"\\{character} has no meaning")
    return character


def _literal(character: str) -> str:
    return character if character.isascii() and character.isalnum() else f"\\x{{{ord(character):X}}}"


def _category(name: str, negated: bool) -> str:
    """RE2 has no Cn, and its C leaves them out."""
    if name == "Cn":
        return VISIBLE + r"\pC" if negated else unassigned()
    if name == "C":
        return VISIBLE if negated else r"\pC" + unassigned()
    return f"\\{'P' if negated else 'p'}{{{name}}}"
