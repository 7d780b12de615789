"""Functions of values other than text."""

import math
import time
from datetime import UTC, datetime
from typing import Any, Final

from connector_executor.transform.inline.arguments import (
    Function,
    a_list,
    a_list_of,
    a_number,
    a_text,
    a_whole_number,
    an_object,
    anything,
)
from connector_executor.transform.inline.operators import exact
from connector_executor.transform.inline.sorting import check_comparable
from connector_executor.transform.inline.text_functions import TEXT_FUNCTIONS
from connector_executor.transform.inline.values import UNDEFINED, Refused, Run, Sequence, is_number, truth

_MAX_DECIMALS: Final = 15


def _count(_run: Run, items: Any) -> int:
    if items is UNDEFINED:
        return 0
    return len(items) if isinstance(items, list) else 1


def _sum(_run: Run, numbers: list[Any]) -> Any:
    total = 0
    for number in numbers:
        total = exact(total + number)
    return total


def _average(run: Run, numbers: list[Any]) -> Any:
    return exact(_sum(run, numbers) / len(numbers)) if numbers else UNDEFINED


def _max(_run: Run, numbers: list[Any]) -> Any:
    return max(numbers, default=UNDEFINED)


def _min(_run: Run, numbers: list[Any]) -> Any:
    return min(numbers, default=UNDEFINED)


def _round(_run: Run, value: Any, decimals: int = 0) -> Any:
    """Half to even, on the decimal digits that the number is written with."""
    written = repr(value)
    if "e" in written or not -_MAX_DECIMALS <= decimals <= _MAX_DECIMALS:
        raise Refused
    return exact(float(f"{round(float(f'{written}e{decimals}'))}e{-decimals}"))


def _floor(_run: Run, value: float) -> int:
    return math.floor(value)


def _ceil(_run: Run, value: float) -> int:
    return math.ceil(value)


def _abs(_run: Run, value: Any) -> Any:
    return abs(value)


def _boolean(run: Run, value: Any) -> bool:
    return truth(value, run)


def _not(run: Run, value: Any) -> bool:
    return not truth(value, run)


def _exists(_run: Run, value: Any) -> bool:
    return value is not UNDEFINED


_TYPES: Final = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null", dict: "object"}


def _type(_run: Run, value: Any) -> str:
    return "array" if isinstance(value, list) else _TYPES[type(value)]


def _keys(run: Run, value: Any) -> Any:
    """Of an object, or of all objects in a list."""
    objects = value if isinstance(value, list) else [value]
    found: dict[str, None] = {}
    run.pay(2 * len(objects))
    for item in objects:
        if isinstance(item, list):
            raise Refused
        if type(item) is dict:
            run.pay(2 * len(item))
            found |= dict.fromkeys(item)
    return Sequence(found)


def _lookup(run: Run, value: Any, name: str) -> Any:
    if type(value) is dict:
        return value.get(name, UNDEFINED)
    if isinstance(value, list):
        raise Refused
    return UNDEFINED


def _merge(run: Run, objects: list[Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for item in objects:
        run.pay(3 * len(item))
        merged |= item
    return merged


def _append(run: Run, left: Any, right: Any) -> Any:
    if left is UNDEFINED or right is UNDEFINED:
        return right if left is UNDEFINED else left
    sides = [side if isinstance(side, list) else [side] for side in (left, right)]
    run.pay(sum(map(len, sides)))
    return sides[0] + sides[1]


def _reverse(run: Run, items: list[Any]) -> Any:
    run.pay(len(items))
    return items[::-1] if len(items) > 1 else items


def _distinct(run: Run, value: Any) -> Any:
    """Of texts and exact whole numbers; anything else needs comparisons of each with each, larger numbers too: there
    are as many of one hash as one likes."""
    if not isinstance(value, list) or len(value) < 2:
        return value
    run.pay(4 * len(value))
    kinds = set(map(type, value))
    if kinds != {str} and (kinds != {int} or not all(map(is_number, value))):
        raise Refused
    found = dict.fromkeys(value)
    return Sequence(found) if type(value) is Sequence else list(found)


def _sort(run: Run, items: list[Any]) -> Any:
    check_comparable(items, run)
    run.pay(2 * len(items).bit_length() * len(items))
    return sorted(items) if len(items) > 1 else items


def _now(_run: Run) -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _millis(_run: Run) -> int:
    return time.time_ns() // 1_000_000


GIVING_SEQUENCES: Final = frozenset({"keys", "distinct", "map", "filter", "each", "reduce"})
"""Whose result may be an undecided sequence."""
_NUMBERS: Final = a_list_of(a_number)

FUNCTIONS: Final[dict[str, Function]] = TEXT_FUNCTIONS | {
    "count": Function(_count, (anything,), takes_undefined=True),
    "sum": Function(_sum, (_NUMBERS,)),
    "average": Function(_average, (_NUMBERS,)),
    "max": Function(_max, (_NUMBERS,)),
    "min": Function(_min, (_NUMBERS,)),
    "round": Function(_round, (a_number, a_whole_number), optional=1),
    "floor": Function(_floor, (a_number,)),
    "ceil": Function(_ceil, (a_number,)),
    "abs": Function(_abs, (a_number,)),
    "boolean": Function(_boolean, (anything,)),
    "not": Function(_not, (anything,)),
    "exists": Function(_exists, (anything,), takes_undefined=True),
    "type": Function(_type, (anything,)),
    "keys": Function(_keys, (anything,)),
    "lookup": Function(_lookup, (anything, a_text)),
    "merge": Function(_merge, (a_list_of(an_object),)),
    "append": Function(_append, (anything, anything), takes_undefined=True),
    "reverse": Function(_reverse, (a_list,)),
    "distinct": Function(_distinct, (anything,)),
    "sort": Function(_sort, (a_list,)),
    "now": Function(_now, ()),
    "millis": Function(_millis, ()),
}
