"""Whether a condition holds, of what a run knows."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connectors_local.flows.definition.steps import All, Comparison, Condition, Not, Operator, Some
from connectors_local.flows.templates import rendered

MOST_DIGITS: Final = 100
ORDER: Final = frozenset({Operator.GREATER, Operator.AT_LEAST, Operator.LESS, Operator.AT_MOST})


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
    if one is None or other is None:
        if not isinstance(value, str) or not isinstance(than, str):
            return False
        return _in_order((value > than) - (value < than), operator)
    return _in_order((one > other) - (one < other), operator)


def _in_order(sign: int, operator: Operator) -> bool:
    return {
        Operator.GREATER: sign > 0,
        Operator.AT_LEAST: sign >= 0,
        Operator.LESS: sign < 0,
        Operator.AT_MOST: sign <= 0,
    }[operator]


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
