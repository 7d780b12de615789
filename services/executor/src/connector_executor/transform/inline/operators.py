"""Operators with two sides, negation, and the choice between two values."""

import math
import operator
from collections.abc import Callable
from typing import Any, Final

from connector_executor.transform.inline.code import Code, Evaluate
from connector_executor.transform.inline.sorting import check_ordered
from connector_executor.transform.inline.values import (
    MAX_EXACT_INTEGER,
    UNDEFINED,
    Refused,
    Run,
    equal,
    number,
    text,
    truth,
)

COST: Final = 8


def concatenation(parts: list[Code]) -> Code:
    """`a & b & c`."""
    evaluates = [(part.name, part.evaluate) for part in parts]

    def evaluate(value: Any, run: Run) -> Any:
        texts, is_object = [], type(value) is dict
        for name, part in evaluates:
            found = value.get(name, UNDEFINED) if is_object and name is not None else part(value, run)
            texts.append(found if type(found) is str else text(found, run))
        run.pay_text(sum(map(len, texts)))
        return "".join(texts)

    return Code(evaluate, sum(part.cost + 5 for part in parts) + COST)


def binary(symbol: str, left: Code, right: Code) -> Code:
    rule = _RULES.get(symbol)
    if rule is None:
        raise Refused
    return Code(rule(left.evaluate, right.evaluate), left.cost + right.cost + COST)


def negation(operand: Code) -> Code:
    def evaluate(value: Any, run: Run) -> Any:
        found = operand.evaluate(value, run)
        return found if found is UNDEFINED else -number(found)

    return Code(evaluate, operand.cost + COST)


def condition(test: Code, then: Code, otherwise: Code) -> Code:
    def evaluate(value: Any, run: Run) -> Any:
        return (then if truth(test.evaluate(value, run), run) else otherwise).evaluate(value, run)

    return Code(evaluate, test.cost + max(then.cost, otherwise.cost) + COST)


def default(left: Code, right: Code, *, coalesces: bool) -> Code:
    def evaluate(value: Any, run: Run) -> Any:
        found = left.evaluate(value, run)
        chosen = found is not UNDEFINED if coalesces else truth(found, run)
        return found if chosen else right.evaluate(value, run)

    return Code(evaluate, left.cost + right.cost + COST)


def _and(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda value, run: truth(left(value, run), run) and truth(right(value, run), run)


def _or(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda value, run: truth(left(value, run), run) or truth(right(value, run), run)


def _equality(wanted: bool) -> Callable[[Evaluate, Evaluate], Evaluate]:
    def rule(left: Evaluate, right: Evaluate) -> Evaluate:
        def evaluate(value: Any, run: Run) -> Any:
            one, other = left(value, run), right(value, run)
            if one is UNDEFINED or other is UNDEFINED:
                return False
            return equal(one, other, run) is wanted

        return evaluate

    return rule


def _membership(left: Evaluate, right: Evaluate) -> Evaluate:
    def evaluate(value: Any, run: Run) -> Any:
        one, others = left(value, run), right(value, run)
        if one is UNDEFINED or others is UNDEFINED:
            return False
        if isinstance(one, (dict, list)):
            raise Refused  # engines do not agree whether a list is in a list
        return any(equal(one, other, run) for other in (others if isinstance(others, list) else (others,)))

    return evaluate


def _comparison(compare: Callable[[Any, Any], bool]) -> Callable[[Evaluate, Evaluate], Evaluate]:
    def rule(left: Evaluate, right: Evaluate) -> Evaluate:
        def evaluate(value: Any, run: Run) -> Any:
            one, other = left(value, run), right(value, run)
            for side in (one, other):
                if type(side) is str:
                    check_ordered(side, run)
                elif side is not UNDEFINED:
                    number(side)
            if one is UNDEFINED or other is UNDEFINED:
                return UNDEFINED
            if (type(one) is str) is not (type(other) is str):
                raise Refused
            return compare(one, other)

        return evaluate

    return rule


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Evaluate, Evaluate], Evaluate]:
    def rule(left: Evaluate, right: Evaluate) -> Evaluate:
        def evaluate(value: Any, run: Run) -> Any:
            one, other = left(value, run), right(value, run)
            for side in (one, other):
                if side is not UNDEFINED:
                    number(side)
            if one is UNDEFINED or other is UNDEFINED:
                return UNDEFINED
            return exact(compute(one, other))

        return evaluate

    return rule


def exact(result: Any) -> Any:
    """A whole number has no fraction. Raises Refused for what engines do not compute alike."""
    if not -MAX_EXACT_INTEGER <= result <= MAX_EXACT_INTEGER:
        raise Refused
    return int(result) if type(result) is float and result.is_integer() else result


def _divided(one: Any, other: Any) -> Any:
    if other == 0:
        raise Refused
    return one / other


def _remainder(one: Any, other: Any) -> Any:
    if other == 0:
        raise Refused
    return math.fmod(one, other)


_RULES: Final[dict[str, Callable[[Evaluate, Evaluate], Evaluate]]] = {
    "and": _and,
    "or": _or,
    "in": _membership,
    "=": _equality(True),
    "!=": _equality(False),
    "<": _comparison(operator.lt),
    "<=": _comparison(operator.le),
    ">": _comparison(operator.gt),
    ">=": _comparison(operator.ge),
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(_divided),
    "%": _arithmetic(_remainder),
}
