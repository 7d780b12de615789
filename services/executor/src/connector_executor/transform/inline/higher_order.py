"""Functions that take a function: an inline one, or one of our own that takes a single value."""

from collections.abc import Callable
from typing import Any, Final

from connector_executor.transform.inline.code import Code
from connector_executor.transform.inline.values import UNDEFINED, Refused, Run, Sequence, items_of, truth

_CALL_COST: Final = 10


class Body:
    """A function's body, and the variables that it finds its arguments in."""

    def __init__(self, code: Code, slots: list[int]) -> None:
        self._evaluate = code.evaluate
        self._slots = slots
        self.cost = code.cost + 3 * len(slots) + 6

    def apply(self, context: Any, run: Run, arguments: tuple[Any, ...]) -> Any:
        for slot, argument in zip(self._slots, arguments, strict=False):
            run.variables[slot] = argument
        return self._evaluate(context, run)


Apply = Callable[[Body, Any, Any, Run], Any]
"""What it gives may be an undecided sequence."""


def _map(body: Body, items: Any, context: Any, run: Run) -> Any:
    found = Sequence()
    for index, item in enumerate(items):
        result = body.apply(context, run, (item, index, items))
        if result is not UNDEFINED:
            found.append(result)
    return found


def _filter(body: Body, items: Any, context: Any, run: Run) -> Any:
    found = Sequence()
    for index, item in enumerate(items):
        if truth(body.apply(context, run, (item, index, items)), run):
            found.append(item)
    return found


def _reduce(body: Body, items: Any, context: Any, run: Run) -> Any:
    if not items:
        return UNDEFINED
    total = items[0]
    for index in range(1, len(items)):
        total = body.apply(context, run, (total, items[index], index, items))
    return total


def _each(body: Body, fields: Any, context: Any, run: Run) -> Any:
    found = Sequence()
    for name, value in fields.items():
        result = body.apply(context, run, (value, name, fields))
        if result is not UNDEFINED:
            found.append(result)
    return found


def over_items(apply: Apply, argument: Code, body: Body) -> Code:
    def evaluate(value: Any, run: Run) -> Any:
        items = argument.evaluate(value, run)
        if items is UNDEFINED:
            return items
        items = items_of(items)
        run.pay(body.cost * len(items))
        return apply(body, items, value, run)

    return Code(evaluate, argument.cost + _CALL_COST)


def over_fields(apply: Apply, argument: Code, body: Body) -> Code:
    def evaluate(value: Any, run: Run) -> Any:
        fields = argument.evaluate(value, run)
        if fields is UNDEFINED:
            return fields
        if type(fields) is not dict:
            raise Refused
        run.pay(body.cost * len(fields))
        return apply(body, fields, value, run)

    return Code(evaluate, argument.cost + _CALL_COST)


HIGHER_ORDER: Final[dict[str, tuple[Callable[[Apply, Code, Body], Code], Apply, int]]] = {
    "map": (over_items, _map, 3),
    "filter": (over_items, _filter, 3),
    "reduce": (over_items, _reduce, 4),
    "each": (over_fields, _each, 3),
}
"""How it goes over its argument, what it does, and how many parameters it can fill."""
