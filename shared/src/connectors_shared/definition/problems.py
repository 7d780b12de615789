"""What is wrong with a definition, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_TOLD: Final = 3
MOST_PROBLEMS: Final = 100
"""With more than these nobody needs to hear what else is wrong."""
LONGEST_POINTER: Final = 1000
CUT: Final = "…"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a JSON pointer to it, and what to change.

    `unknown_word` marks a word that this version does not know and a newer one may: the name of a kind, for example.
    """

    pointer: str
    detail: str
    unknown_word: bool = False

    def below(self, pointer: str) -> "Problem":
        """The same problem in a larger document, which holds this one at `pointer`."""
        return Problem(pointer + self.pointer, self.detail, self.unknown_word)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A part of a document, linked to what it is a part of.

    Its pointer is written only when it is told: those of all parts together are as long as the keys times the parts.
    """

    parent: "str | Place"
    token: str | int

    def __str__(self) -> str:
        tokens = list[str]()
        place: str | Place = self
        while isinstance(place, Place):
            tokens.append(escaped(str(place.token)))
            place = place.parent
        return shortened("/".join([place, *reversed(tokens)]), LONGEST_POINTER)


def and_more(count: int) -> str:
    """What stands for the problems that are not told."""
    return f"and {count} more problems; change these first"


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + CUT


def escaped(key: str) -> str:
    """One reference token of RFC 6901."""
    return key.replace("~", "~0").replace("/", "~1")


def unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def told(problems: Sequence[Problem]) -> str:
    """The first few of them in one line, for who cannot change them one by one."""
    shown = "; ".join(f"{problem.pointer} {problem.detail}" for problem in problems[:MOST_TOLD])
    more = len(problems) - MOST_TOLD
    return f"{shown}; and {more} more" if more > 0 else shown
