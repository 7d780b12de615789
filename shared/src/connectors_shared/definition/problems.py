"""What is wrong with a definition, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_TOLD: Final = 3


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


def escaped(key: str) -> str:
    """One reference token of RFC 6901."""
    return key.replace("~", "~0").replace("/", "~1")


def told(problems: Sequence[Problem]) -> str:
    """The first few of them in one line, for who cannot change them one by one."""
    shown = "; ".join(f"{problem.pointer} {problem.detail}" for problem in problems[:MOST_TOLD])
    more = len(problems) - MOST_TOLD
    return f"{shown}; and {more} more" if more > 0 else shown
