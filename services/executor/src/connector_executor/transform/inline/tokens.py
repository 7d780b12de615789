"""Words of an expression. What engines might read differently is refused: exotic blanks, bare names beyond ASCII,
surrogates, wide numbers, and names that run into a quote or a digit that runs into a name."""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

from connector_executor.transform.inline.values import MAX_EXACT_INTEGER, Refused

MAX_CHARACTERS: Final = 4096
MAX_TOKENS: Final = 1024
Kind = Literal["name", "quoted name", "variable", "string", "number", "value", "operator", "end"]

_BLANKS: Final = " \t\n\r"
_BEFORE_BLANKS: Final = frozenset(_BLANKS + "/")
_WORD: Final = re.compile(
    r"(?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<variable>\$(?:\$|[A-Za-z0-9_]*))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<quoted>`[^`]*`)"
    r"|(?P<string>\"[^\"\\]*(?:\\.[^\"\\]*)*\"|'[^'\\]*(?:\\.[^'\\]*)*')"
    r"|(?P<operator>:=|!=|>=|<=|~>|\?:|\?\?|[.\[\]{}(),;:?+\-*/%=<>^&])"
)
_AFTER_WORD: Final = frozenset(_BLANKS + ".[]{}(),;:?+-*/%=<>^&@#|!~")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_VALUES: Final[dict[str, Any]] = {"true": True, "false": False, "null": None}
_WORD_OPERATORS: Final = frozenset({"and", "or", "in"})
_TOO_BROAD: Final = frozenset({"**", ".."})
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Token(NamedTuple):
    kind: Kind
    value: Any


END: Final = Token("end", None)


def read_tokens(source: str) -> list[Token]:
    """Linear in the length of `source`. Raises Refused."""
    if len(source) > MAX_CHARACTERS:
        raise Refused
    tokens = list(islice(_tokens(source), MAX_TOKENS + 1))
    if len(tokens) > MAX_TOKENS:
        raise Refused
    return [*tokens, END]


def _tokens(source: str) -> Iterator[Token]:
    position = _skip_blanks(source, 0)
    while position < len(source):
        match = _WORD.match(source, position)
        if match is None or source[position : position + 2] in _TOO_BROAD:
            raise Refused
        if match.lastgroup not in ("operator", "string") and source[match.end() : match.end() + 1] not in _AFTER_WORD:
            _refuse_unless_end(source, match.end())
        yield _READERS[match.lastgroup or ""](match.group())
        position = match.end()
        if source[position : position + 1] in _BEFORE_BLANKS:
            position = _skip_blanks(source, position)


def _refuse_unless_end(source: str, position: int) -> None:
    if position < len(source):
        raise Refused


def _skip_blanks(source: str, position: int) -> int:
    """The place of the next word, after blanks and comments."""
    while position < len(source):
        if source[position] in _BLANKS:
            position += 1
        elif source.startswith("/*", position):
            end = source.find("*/", position + 2)
            if end < 0:
                raise Refused
            position = end + 2
        else:
            break
    return position


def _number(word: str) -> Token:
    value = float(word)
    if not -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        raise Refused
    return Token("number", int(value) if value.is_integer() else value)


def _name(word: str) -> Token:
    if word in _VALUES:
        return Token("value", _VALUES[word])
    return Token("operator" if word in _WORD_OPERATORS else "name", word)


def _quoted_name(word: str) -> Token:
    return Token("quoted name", _plain(word[1:-1]))


def _string(word: str) -> Token:
    return Token("string", _plain(_ESCAPE.sub(_unescaped, word[1:-1])))


def _unescaped(match: re.Match[str]) -> str:
    digits, letter = match.groups()
    if digits:
        return chr(int(digits, 16))
    if letter not in _ESCAPED:
        raise Refused
    return _ESCAPED[letter]


def _plain(text: str) -> str:
    if _SURROGATE.search(text):
        raise Refused
    return text


_READERS: Final[dict[str, Callable[[str], Token]]] = {
    "number": _number,
    "variable": lambda word: Token("variable", word[1:]),
    "name": _name,
    "quoted": _quoted_name,
    "string": _string,
    "operator": lambda word: Token("operator", word),
}
