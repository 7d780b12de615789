"""`value[predicate]`: by place, by truth, or by the places that the predicate gives."""

import math
from collections.abc import Callable
from typing import Any

from connector_executor.transform.inline.code import Code
from connector_executor.transform.inline.values import UNDEFINED, Refused, Run, Sequence, is_number, items_of, truth

Filter = Callable[[Any, Run], Any]
"""Gives a list, or for a place the item itself; an item that is a list gives its items."""


def at_place(place: float) -> Filter:
    index = math.floor(place)

    def pick(value: Any, _run: Run) -> Any:
        if not isinstance(value, list):
            return value if index in (0, -1) else UNDEFINED
        if not -len(value) <= index < len(value):
            return UNDEFINED
        return value[index]

    return pick


def where(predicate: Code) -> Filter:
    evaluate, cost = predicate.evaluate, predicate.cost + 4

    def select(value: Any, run: Run) -> Any:
        if value is UNDEFINED:
            return _nothing_of(evaluate(value, run), run)
        items = items_of(value)
        run.pay(cost * len(items) + 2)
        kept = Sequence()
        for index, item in enumerate(items):
            found = evaluate(item, run)
            if found is True or (found is not False and _selects(found, index, len(items), run)):
                kept.append(item)
        return kept

    return select


def _nothing_of(found: Any, run: Run) -> Any:
    """Engines put a null into the path when a predicate holds for what is not there."""
    if _selects(found, 0, 1, run):
        raise Refused
    return UNDEFINED


def _selects(found: Any, index: int, length: int, run: Run) -> bool:
    """A predicate that gives numbers selects by place, anything else by truth."""
    if is_number(found):
        return _place(found, length) == index
    if isinstance(found, list):
        run.pay(3 * len(found) + 1)
        if all(is_number(place) for place in found):
            return index in [_place(place, length) for place in found]
    return truth(found, run)


def _place(number: float, length: int) -> int:
    place = math.floor(number)
    return length + place if place < 0 else place
