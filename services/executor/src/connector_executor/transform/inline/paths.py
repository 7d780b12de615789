"""Paths: every step is taken for every item of the step before it, and lists are flattened on the way.

A document whose values along the path are no lists is walked without building any; at the first list the rest of
the path goes on item by item.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from connector_executor.transform.inline.code import Code, Evaluate
from connector_executor.transform.inline.filters import Filter, at_place
from connector_executor.transform.inline.values import (
    UNDEFINED,
    Constructed,
    Refused,
    Run,
    Sequence,
    items_of,
    single,
)

_STEP_COST: Final = 6
Arrange = Callable[[Any, Run], Any]
"""A step on all items at once: sorting."""


class Step(NamedTuple):
    """`evaluate` is for one item, with the step's filters; `arrange` for a step that needs them all."""

    evaluate: Evaluate
    cost: int
    name: str | None = None
    arrange: Arrange | None = None
    constructs: bool = False


def field(name: str) -> Evaluate:
    def look_up(value: Any, run: Run) -> Any:
        if type(value) is dict:
            return value.get(name, UNDEFINED)
        return single(_of_items(value, name, run)) if isinstance(value, list) else UNDEFINED

    return look_up


def _of_items(items: list[Any], name: str, run: Run) -> Sequence:
    run.pay(3 * len(items) + 2)
    found = Sequence()
    for item in items:
        value = item.get(name, UNDEFINED) if type(item) is dict else UNDEFINED
        if isinstance(item, list):
            value = _of_items(item, name, run)
        if isinstance(value, list):
            run.pay(len(value))
            found.extend(value)
        elif value is not UNDEFINED:
            found.append(value)
    return found


def item_of_field(name: str, place: Filter) -> Evaluate:
    """`name[0]`."""
    look_up = field(name)

    def evaluate(value: Any, run: Run) -> Any:
        return place(value.get(name, UNDEFINED) if type(value) is dict else look_up(value, run), run)

    return evaluate


def first_of_field(name: str) -> Evaluate:
    """`name[0]`, the commonest of these."""
    otherwise = item_of_field(name, at_place(0))

    def evaluate(value: Any, run: Run) -> Any:
        if type(value) is dict:
            found = value.get(name, UNDEFINED)
            if type(found) is list:
                return found[0] if found else UNDEFINED
        return otherwise(value, run)

    return evaluate


def filtered_step(step: Evaluate, filters: list[Filter]) -> Evaluate:
    def evaluate(value: Any, run: Run) -> Any:
        value = step(value, run)
        for select in filters:
            value = select(value, run)
        return value

    return evaluate


def filtered_arrangement(arrange: Arrange, filters: list[Filter]) -> Arrange:
    select = filtered_step(arrange, filters)

    def evaluate(items: Any, run: Run) -> Any:
        found = select(items, run)
        return () if found is UNDEFINED else items_of(found)

    return evaluate


def wildcard(value: Any, run: Run) -> Any:
    """All values of an object or a list, with the lists among them flattened."""
    if value is run.wrapper:
        value = run.root
    found: list[Any] = Sequence()
    values: Any = value.values() if type(value) is dict else value if isinstance(value, list) else ()
    run.pay(3 * len(values))
    for item in values:
        if isinstance(item, list):
            found = list(found) if type(found) is Sequence else found  # a list was appended: it stays one
            _flatten(item, found, run)
        else:
            found.append(item)
    return single(found)


def _flatten(items: list[Any], found: list[Any], run: Run) -> None:
    run.pay(3 * len(items) + 4)
    for item in items:
        if isinstance(item, list):
            _flatten(item, found, run)
        else:
            found.append(item)


def path(steps: list[Step], *, absolute: bool) -> Code:
    """`absolute`: begins with a variable, so the context is one item even if it is a list."""
    cost = sum(step.cost for step in steps) + _STEP_COST
    match [step.name for step in steps]:
        case [str(name)]:
            return Code(_one_name(name, steps), cost, name)
        case [str(first), str(second)]:
            return Code(_two_names(first, second, steps), cost)
    return Code(_constructing(steps) if steps[0].constructs else _walk(steps, absolute), cost)


def undecided_path(steps: list[Step], *, absolute: bool) -> Code:
    """As `path`, but gives the sequence itself, for `[]` and for grouping."""

    def evaluate(value: Any, run: Run) -> Any:
        if steps[0].constructs:
            return _from_constructed(steps, value, run)
        return _many(steps, 0, Sequence((value,)) if absolute else items_of(value), run)

    return Code(evaluate, sum(step.cost for step in steps) + _STEP_COST)


def kept(sequence: Any) -> Any:
    """`[]`: what a path found as a list, even one item."""
    if sequence is UNDEFINED or type(sequence) is list:
        return sequence
    if type(sequence) is Constructed:
        return Sequence((sequence,), keep=True)
    return single(Sequence(sequence, keep=True))


def _one_name(name: str, steps: list[Step]) -> Evaluate:
    """The commonest path, without a loop."""
    walk = _walk(steps, False)

    def evaluate(value: Any, run: Run) -> Any:
        return value.get(name, UNDEFINED) if type(value) is dict else walk(value, run)

    return evaluate


def _two_names(first: str, second: str, steps: list[Step]) -> Evaluate:
    walk = _walk(steps, False)

    def evaluate(value: Any, run: Run) -> Any:
        if type(value) is dict:
            inner = value.get(first, UNDEFINED)
            if type(inner) is dict:
                return inner.get(second, UNDEFINED)
        return walk(value, run)

    return evaluate


def _walk(steps: list[Step], absolute: bool) -> Evaluate:
    indexed = [(index, step.evaluate) for index, step in enumerate(steps)]

    def evaluate(value: Any, run: Run) -> Any:
        if not absolute and isinstance(value, list):
            return single(_many(steps, 0, value, run))
        for index, step in indexed:
            value = step(value, run)
            if value is UNDEFINED:
                return value
            if isinstance(value, list):
                return single(_go_on(steps, index, value, run))
        return value

    return evaluate


def _go_on(steps: list[Step], index: int, value: list[Any], run: Run) -> Any:
    """After step `index` has given the list `value` for its only item."""
    if index == len(steps) - 1:
        run.pay(len(value))
        return Sequence(value) if type(value) is Sequence else value
    return _many(steps, index + 1, (value,) if type(value) is Constructed else value, run)


def _constructing(steps: list[Step]) -> Evaluate:
    def evaluate(value: Any, run: Run) -> Any:
        return single(_from_constructed(steps, value, run))

    return evaluate


def _from_constructed(steps: list[Step], value: Any, run: Run) -> Any:
    """A path that begins with an array constructor goes over what it constructs, for the whole context."""
    first = steps[0].evaluate(items_of(value), run)
    if first is UNDEFINED:
        return first
    if not isinstance(first, list) or len(steps) == 1:
        raise Refused
    return _many(steps, 1, first, run)


def _many(steps: list[Step], start: int, items: Any, run: Run) -> Any:
    last = len(steps) - 1
    for index in range(start, len(steps)):
        step = steps[index]
        items = step.arrange(items, run) if step.arrange is not None else _step_for_all(step, items, index == last, run)
        if not items:
            return items if type(items) in (list, Constructed) else UNDEFINED
    return items


def _step_for_all(step: Step, items: Any, last: bool, run: Run) -> Any:
    run.pay((step.cost + 3) * len(items) + 6)
    evaluate = step.evaluate
    results = [result for item in items if (result := evaluate(item, run)) is not UNDEFINED]
    if last and len(results) == 1 and isinstance(results[0], list) and type(results[0]) is not Sequence:
        return results[0]
    flat = Sequence()
    for result in results:
        if isinstance(result, list) and type(result) is not Constructed:
            run.pay(len(result))
            flat.extend(result)
        else:
            flat.append(result)
    return flat
