"""What the compiler makes of a node."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from connector_executor.transform.inline.values import Run

Evaluate = Callable[[Any, Run], Any]
"""Takes the context value; gives a value, never an undecided sequence (see `values.single`)."""


_CONSTANT_COST: Final = 3


class Code(NamedTuple):
    """`cost` is what one evaluation costs in units, apart from what depends on sizes, which it pays itself.

    `name`: of an object it is just the value of that field, so that nobody has to call `evaluate` for it.
    """

    evaluate: Evaluate
    cost: int
    name: str | None = None


def constant(value: Any) -> Code:
    return Code(lambda _value, _run: value, _CONSTANT_COST)
