"""How much values would fill in, counted before anything is written."""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

from connectors_shared.definition.templates.reference import Reference
from connectors_shared.definition.templates.roots import Scope
from connectors_shared.definition.templates.texts import text_of

FEW: Final = 8


class Placeholders(msgspec.Struct, frozen=True, gc=False):
    """`uses`: how often each stands in a request. `roots`: what they begin with. `most_uses`: how many times the
    longest value may be written, filters included.
    """

    uses: dict[Reference, int]
    roots: frozenset[str]
    most_uses: int


def placeholders_of(references: tuple[Reference, ...]) -> Placeholders:
    """Of all that stand there, as often as they do."""
    return _of_few(references) if len(references) <= FEW else _of(references)


@lru_cache(maxsize=1024)
def _of_few(references: tuple[Reference, ...]) -> Placeholders:
    """The same few names stand in many connectors, and connectors are compiled again and again."""
    return _of(references)


def _of(references: tuple[Reference, ...]) -> Placeholders:
    roots = frozenset([reference.root for reference in references])
    return Placeholders(dict(Counter(references)), roots, sum([reference.growth for reference in references]))


def fills_more_than(most: int, uses: Mapping[Reference, int], scope: Scope) -> bool:
    """A short definition may name a long value thousands of times. `uses`: how often each stands in it."""
    total = 0
    for reference, times in uses.items():
        total += times * len(text_of(reference.resolve(scope)))
        if total > most:
            return True
    return False
