"""How much values would fill in, counted before anything is written."""

from collections.abc import Mapping

from connectors_shared.definition.templates.reference import Reference
from connectors_shared.definition.templates.roots import Scope
from connectors_shared.definition.templates.texts import text_of


def fills_more_than(most: int, uses: Mapping[Reference, int], scope: Scope) -> bool:
    """A short definition may name a long value thousands of times. `uses`: how often each stands in it."""
    total = 0
    for reference, times in uses.items():
        total += times * len(text_of(reference.resolve(scope)))
        if total > most:
            return True
    return False
