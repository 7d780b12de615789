"""`items^(term, >term)`: stable, what has no term last."""

from typing import Any

from connector_executor.transform.inline.code import Code
from connector_executor.transform.inline.paths import Arrange
from connector_executor.transform.inline.values import UNDEFINED, Refused, Run, Sequence, is_number

_BEYOND_BASE_PLANE = "\ud7ff"


def sort_by(terms: list[tuple[Code, bool]]) -> Arrange:
    """Terms with whether they descend."""

    def arrange(items: Any, run: Run) -> Any:
        if len(items) < 2:
            return Sequence(items)
        arranged = list(items)
        for term, descends in reversed(terms):
            arranged = _sorted_by(arranged, term, descends, run)
        return arranged

    return arrange


def _sorted_by(items: list[Any], term: Code, descends: bool, run: Run) -> list[Any]:
    run.pay((term.cost + 10 + 2 * len(items).bit_length()) * len(items))
    keyed = [(term.evaluate(item, run), item) for item in items]
    defined = [pair for pair in keyed if pair[0] is not UNDEFINED]
    check_comparable([key for key, _ in defined], run)
    defined.sort(key=_key, reverse=descends)
    return [item for _, item in defined] + [item for key, item in keyed if key is UNDEFINED]


def _key(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def check_comparable(values: list[Any], run: Run) -> None:
    """Raises Refused unless they are all numbers, or all texts that are ordered alike by any engine."""
    run.pay(2 * len(values))
    if all(type(value) is str for value in values):
        for value in values:
            check_ordered(value, run)
    elif not all(is_number(value) for value in values):
        raise Refused


def check_ordered(value: str, run: Run) -> None:
    """JavaScript orders text by UTF-16 units, which differs from ours beyond the surrogates' place."""
    if not value.isascii():
        run.pay(len(value) // 4)
        if max(value) > _BEYOND_BASE_PLANE:
            raise Refused
