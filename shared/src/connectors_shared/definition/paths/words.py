"""How much a path holds, told before anybody parses it: by its words, that is names, numbers, strings and signs."""

import re
from typing import Final

MOST_WORDS: Final = 200
"""Twenty conditions in one filter have fewer. Parsing takes some 20 µs a word."""
MOST_NESTED: Final = 32
_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"' + r"|'(?:[^'\\]|\\.)*'", re.DOTALL)
_WORD: Final = re.compile(r"\w+|[=<>&|.]+|\S")


def without_texts(path: str) -> str:
    """With a zero for each string that it holds."""
    return _TEXT.sub("0", path)


def words_of(path: str) -> int:
    """`$.a[?@.b=='x y']` has eleven."""
    return sum(1 for _ in _WORD.finditer(without_texts(path)))


def weight_of(path: str) -> int:
    """What reading it takes: each word once, and once more for each bracket around it.

    The library goes over a filter again for every filter around it. What has too many words costs as much as the most.
    """
    words = _WORD.findall(without_texts(path))
    if len(words) > MOST_WORDS:
        return MOST_WORDS
    depth = weight = 0
    for word in words:
        depth += (word in "([") - (word in ")]")
        weight += 1 + max(0, min(depth, MOST_NESTED))
    return weight
