"""I-Regexp (RFC 9485) matched by simulating an automaton: linear in the text, whatever the pattern.

Outside a character class `^` and `$` are anchors, as the compliance suite of RFC 9535 expects.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

MAX_STATES: Final = 1000
ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
ESCAPABLE: Final = frozenset("()*+-.?[\\]^{|}$")
SPECIAL: Final = frozenset("()*+.?[\\]{|}")

Test = Callable[[str], bool]


class InvalidPatternError(ValueError):
    """Not an I-Regexp, or one that is too large."""


@dataclass(slots=True)
class _State:
    """Consumes one character when `test` is set; else goes on to all of `out`, at an `anchor` only there."""

    test: Test | None = None
    anchor: str = ""
    out: list[int] = field(default_factory=list)


class Pattern:
    """A compiled pattern. `width` is its number of states, which bounds the work per character."""

    def __init__(self, states: list[_State], start: int, accept: int) -> None:
        self._states, self._start, self._accept = states, start, accept
        self.width = len(states)

    def matches(self, text: str) -> bool:
        """Whether all of `text` fits."""
        return self._run(text, search=False)

    def is_found_in(self, text: str) -> bool:
        """Whether some part of `text` fits."""
        return self._run(text, search=True)

    def _run(self, text: str, *, search: bool) -> bool:
        current = self._closure([self._start], 0, len(text))
        for position, character in enumerate(text):
            if search and self._accept in current:
                return True
            entered = [out for state in current for out in self._after(state, character)]
            if search:
                entered.append(self._start)
            current = self._closure(entered, position + 1, len(text))
            if not current:
                return False
        return self._accept in current

    def _after(self, state: int, character: str) -> list[int]:
        test = self._states[state].test
        return self._states[state].out if test is not None and test(character) else []

    def _closure(self, entered: Iterable[int], position: int, end: int) -> set[int]:
        seen: set[int] = set()
        waiting = list(entered)
        while waiting:
            index = waiting.pop()
            state = self._states[index]
            if index in seen or (state.anchor == "^" and position) or (state.anchor == "$" and position != end):
                continue
            seen.add(index)
            if state.test is None:
                waiting.extend(state.out)
        return seen


Node = Callable[["_Builder", int], int]
"""Adds states that lead to the given one; returns the one to enter by."""


class _Builder:
    def __init__(self) -> None:
        self.states: list[_State] = []

    def add(self, state: _State) -> int:
        if len(self.states) >= MAX_STATES:
            raise InvalidPatternError("the pattern is too large")
        self.states.append(state)
        return len(self.states) - 1


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """Raises InvalidPatternError."""
    parser = _Parser(text)
    try:
        node = parser.alternatives()
    except RecursionError:
        raise InvalidPatternError("the pattern is too deep") from None
    if parser.position != len(text):
        raise InvalidPatternError("unbalanced parenthesis")
    builder = _Builder()
    accept = builder.add(_State())
    return Pattern(builder.states, node(builder, accept), accept)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def take(self, expected: str = "") -> str:
        character = self.peek()
        if not character or (expected and character != expected):
            raise InvalidPatternError(f"expected {expected or 'a character'} at {self.position + 1}")
        self.position += 1
        return character

    def alternatives(self) -> Node:
        branches = [self.branch()]
        while self.peek() == "|":
            self.take()
            branches.append(self.branch())
        return branches[0] if len(branches) == 1 else _any_of(branches)

    def branch(self) -> Node:
        pieces: list[Node] = []
        while self.peek() and self.peek() not in "|)":
            pieces.append(self.piece())
        return _sequence(pieces)

    def piece(self) -> Node:
        atom = self.atom()
        quantifier = self.peek()
        if quantifier == "{":
            return _repeated(atom, *self.bounds())
        if quantifier in ("*", "+", "?"):
            self.take()
            low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}[quantifier]
            return _repeated(atom, low, high)
        return atom

    def bounds(self) -> tuple[int, int | None]:
        self.take("{")
        inside, closed, _ = self.text[self.position :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not low.isdecimal() or (high and not high.isdecimal()) or len(inside) > 9:
            raise InvalidPatternError("expected a quantity such as {2} or {2,5}")
        self.position += len(inside) + 1
        least, most = int(low), (int(high) if high else None) if comma else int(low)
        if most is not None and most < least:
            raise InvalidPatternError("the quantity ends before it starts")
        return least, most

    def atom(self) -> Node:
        character = self.take()
        if character == "(":
            node = self.alternatives()
            self.take(")")
            return node
        if character in "^$":
            return _anchor(character)
        if character == ".":
            return _one(lambda c: c not in "\r\n")
        if character == "[":
            return _one(self.character_class())
        if character == "\\":
            return _one(self.escape())
        if character in SPECIAL:
            raise InvalidPatternError(f"{character} must be escaped")
        return _one(character.__eq__)

    def escape(self) -> Test:
        character = self.take()
        if character in "pP":
            return self.category(negated=character == "P")
        return self.escaped(character).__eq__

    def escaped(self, character: str) -> str:
        if character in ESCAPES:
            return ESCAPES[character]
        if character not in ESCAPABLE:
            raise InvalidPatternError(f"\\{character} has no meaning")
        return character

    def category(self, *, negated: bool) -> Test:
        self.take("{")
        name = self.take()
        while self.peek() not in ("}", ""):
            name += self.take()
        self.take("}")
        if len(name) > 2:
            raise InvalidPatternError(f"{name} is not a character category")
        return lambda c: unicodedata.category(c).startswith(name) is not negated

    def character_class(self) -> Test:
        negated = self.peek() == "^" and bool(self.take())
        tests: list[Test] = []
        while not tests or self.peek() != "]":
            tests.append(self.class_item(first=not tests))
        self.take("]")
        return lambda c: any(test(c) for test in tests) is not negated

    def class_item(self, *, first: bool) -> Test:
        character = self.take()
        if character == "-":
            if not first and self.peek() != "]":
                raise InvalidPatternError("- must be first or last in a class")
            return character.__eq__
        if character == "\\" and self.peek() in ("p", "P"):
            return self.escape()
        low = self.class_character(character)
        if self.peek() == "-" and self.text[self.position + 1 : self.position + 2] != "]":
            self.take()
            high = self.class_character(self.take())
            return lambda c: low <= c <= high
        return low.__eq__

    def class_character(self, character: str) -> str:
        if character in "[]":
            raise InvalidPatternError(f"{character} must be escaped in a class")
        return self.escaped(self.take()) if character == "\\" else character


def _one(test: Test) -> Node:
    return lambda builder, out: builder.add(_State(test=test, out=[out]))


def _anchor(kind: str) -> Node:
    return lambda builder, out: builder.add(_State(anchor=kind, out=[out]))


def _sequence(nodes: list[Node]) -> Node:
    def build(builder: _Builder, out: int) -> int:
        for node in reversed(nodes):
            out = node(builder, out)
        return out

    return build


def _any_of(nodes: list[Node]) -> Node:
    return lambda builder, out: builder.add(_State(out=[node(builder, out) for node in nodes]))


def _repeated(node: Node, low: int, high: int | None) -> Node:
    def build(builder: _Builder, out: int) -> int:
        if high is None:
            loop = builder.add(_State(out=[out]))
            builder.states[loop].out.append(node(builder, loop))
            out = loop
        else:
            last = out
            for _ in range(high - low):
                out = builder.add(_State(out=[node(builder, out), last]))
        for _ in range(low):
            out = node(builder, out)
        return out

    return build
