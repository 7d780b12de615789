"""Whether a condition holds, of what a run knows."""

import operator as order
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connectors_local.flows.definition.steps import All, Comparison, Condition, Not, Operator, Some
from connectors_local.flows.templates import rendered

MOST_DIGITS: Final = 100
ORDER: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    Operator.GREATER: order.gt,
    Operator.AT_LEAST: order.ge,
    Operator.LESS: order.lt,
    Operator.AT_MOST: order.le,
}


def holds(condition: Condition, known: Mapping[str, Any]) -> bool:
    """Never raises for what a value is: what cannot be compared does not hold."""
    if isinstance(condition, All):
        return all(holds(each, known) for each in condition.all)
    if isinstance(condition, Some):
        return any(holds(each, known) for each in condition.any)
    if isinstance(condition, Not):
        return not holds(condition.negated, known)
    return compares(rendered(condition.value, known), condition.operator, rendered(condition.than, known))


def compares(value: Any, operator: Operator, than: Any) -> bool:
    """Numbers are equal to texts that write them, since flows carry both."""
    if operator in ORDER:
        return _ordered(value, operator, than)
    match operator:
        case Operator.EQUALS:
            return _equal(value, than)
        case Operator.NOT_EQUALS:
            return not _equal(value, than)
        case Operator.ONE_OF:
            return isinstance(than, list) and any(_equal(value, each) for each in than)
        case Operator.CONTAINS:
            return _contains(value, than)
        case Operator.STARTS_WITH:
            return isinstance(value, str) and isinstance(than, str) and value.startswith(than)
        case Operator.IS_EMPTY:
            return value in (None, "", [], {})
    return value not in (None, "", [], {})


def _contains(value: Any, than: Any) -> bool:
    if isinstance(value, list):
        return any(_equal(each, than) for each in value)
    return isinstance(value, str) and isinstance(than, str) and than in value


def _equal(value: Any, than: Any) -> bool:
    if type(value) is type(than):
        return bool(value == than)
    one, other = _number(value), _number(than)
    return one is not None and one == other


def _ordered(value: Any, operator: Operator, than: Any) -> bool:
    one, other = _number(value), _number(than)
    if one is not None and other is not None:
        return ORDER[operator](one, other)
    return isinstance(value, str) and isinstance(than, str) and ORDER[operator](value, than)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = str(value).strip() if not isinstance(value, int) or abs(value) < 10**MOST_DIGITS else ""
    if len(text) > MOST_DIGITS:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


__all__ = ["Comparison", "compares", "holds"]
