"""Evaluation in the caller's own process, of harmless expressions over documents of ordinary size."""

from collections import OrderedDict
from typing import Any, Final

from jlens import Expression, JlensError

from connector_executor.transform.harmless import MAX_EXACT_INTEGER, computes_numbers, is_harmless
from connector_executor.transform.outcome import Outcome, Transformed, TransformFailure
from connector_executor.transform.syntax import described

MAX_READ: Final = 64 * 1024
MAX_STEPS: Final = 20_000
MAX_TEXT_BYTES: Final = 256 * 1024
_COST: Final = 8
_REFUSED: Final = -1

Reads = tuple[tuple[str, "Reads"], ...] | None
"""The fields an expression reads of a value; None for the whole value."""


class FastPlan:
    """A harmless expression, compiled."""

    __slots__ = ("_computes_numbers", "_evaluate", "_max_result_bytes", "_reads")

    def __init__(self, expression: str, max_result_bytes: int) -> None:
        compiled = Expression(expression)
        self._evaluate = compiled.evaluate
        self._reads = _frozen(compiled.reads().get("input", {}))
        self._computes_numbers = computes_numbers(expression)
        self._max_result_bytes = max_result_bytes

    def run(self, document: Any) -> Outcome | None:
        """None when the document is beyond what is proven: too much to read, or numbers the engine rounds."""
        try:
            if document is None or _spend(document, self._reads, MAX_READ) < 0:
                return None
            value = self._evaluate(
                document,
                max_steps=MAX_STEPS,
                max_string_length=MAX_TEXT_BYTES,
                max_result_size=self._max_result_bytes,
            )
        except JlensError as error:
            return None if _is_limit(error) else TransformFailure(error.code, described(error))
        except (RecursionError, TypeError, ValueError):
            return None
        if self._computes_numbers and _spend(value, None, MAX_READ) < 0:
            return None
        return Transformed(value)


class FastPlans:
    """The plans of the expressions seen last; an expression that needs a worker is remembered as None."""

    def __init__(self, max_entries: int, max_result_bytes: int) -> None:
        self._plans: OrderedDict[str, FastPlan | None] = OrderedDict()
        self._max_entries = max_entries
        self._max_result_bytes = max_result_bytes

    def find(self, expression: str) -> FastPlan | None:
        try:
            plan = self._plans[expression]
        except KeyError:
            return self._add(expression)
        self._plans.move_to_end(expression)
        return plan

    def _add(self, expression: str) -> FastPlan | None:
        plan = compile_plan(expression, self._max_result_bytes)
        self._plans[expression] = plan
        if len(self._plans) > self._max_entries:
            self._plans.popitem(last=False)
        return plan


def compile_plan(expression: str, max_result_bytes: int) -> FastPlan | None:
    """None when `expression` is not proven harmless, or does not compile."""
    if not is_harmless(expression):
        return None
    try:
        return FastPlan(expression, max_result_bytes)
    except (JlensError, UnicodeEncodeError):
        return None


def _is_limit(error: JlensError) -> bool:
    return error.code.startswith("U") or error.code in ("D1011", "D1012")


def _frozen(reads: Any) -> Reads:
    if reads is True:
        return None
    return tuple((name, _frozen(inner)) for name, inner in reads.items())


def _spend(value: Any, reads: Reads, budget: int) -> int:
    """What is left of `budget` after reading `value`; negative: spent, or a number would be rounded."""
    kind = type(value)
    if kind is str:
        return budget - len(value) - _COST
    if kind is int or kind is float:
        return budget - _COST if -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER else _REFUSED
    if kind is dict:
        return _spend_fields(value, reads, budget - _COST * len(value))
    if kind is list:
        return _spend_items(value, reads, budget - _COST * len(value))
    return budget - _COST if value is None or kind is bool else _REFUSED


def _spend_fields(fields: dict[str, Any], reads: Reads, budget: int) -> int:
    if reads is None:
        return _spend_items([*fields, *fields.values()], None, budget) if budget >= 0 else _REFUSED
    for name, inner in reads:
        value = fields.get(name)
        if type(value) is str:  # the commonest, without another call
            budget -= len(value) + _COST
        else:
            budget = _spend(value, inner, budget)
        if budget < 0:
            return _REFUSED
    return budget


def _spend_items(items: list[Any], reads: Reads, budget: int) -> int:
    if budget < 0:
        return _REFUSED
    for item in items:
        budget = _spend(item, reads, budget)
        if budget < 0:
            return _REFUSED
    return budget
