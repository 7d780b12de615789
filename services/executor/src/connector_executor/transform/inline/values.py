"""Values of the language, and what an evaluation has left to spend.

A value is what JSON has, plus UNDEFINED; lists that a path or a function gave are `Sequence`s, which stand for
their item when they hold but one, and lists of an array constructor in a path are `Constructed`.
"""

import math
from json.encoder import encode_basestring
from typing import Any, Final

MAX_EXACT_INTEGER: Final = 2**53 - 1
MAX_WRITTEN_INTEGER: Final = 10**21
UNITS: Final = 16_000
"""What one evaluation may spend: a unit stands for 125 ns and for at most 256 bytes, so 2 ms and 4 MB."""
CHARACTERS_PER_UNIT: Final = 64
MAX_BYTES_PER_UNIT: Final = 400
"""As JSON, in which a character takes at most six."""


class Refused(Exception):  # noqa: N818  # not an error: a worker answers instead
    """The expression or this document needs a worker."""


class Exhausted(Refused):
    """The document is too large for what the expression does with it."""


class _Undefined:
    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = _Undefined()
_NO_WRAPPER: Final = object()


class Sequence(list[Any]):
    """`keep`: a single item stays a list."""

    __slots__ = ("keep",)

    def __init__(self, items: Any = (), *, keep: bool = False) -> None:
        super().__init__(items)
        self.keep = keep


class Constructed(list[Any]):
    """Not flattened into the path that it is in."""

    __slots__ = ()


class Run:
    """One evaluation: the document, its variables, and what is left to spend.

    A document that is a list is one context value all the same: the expression begins with it in `wrapper`."""

    __slots__ = ("left", "root", "variables", "wrapper")

    def __init__(self, root: Any, variables: int) -> None:
        self.root = root
        self.wrapper: Any = Sequence((root,)) if isinstance(root, list) else _NO_WRAPPER
        self.variables: list[Any] = [UNDEFINED] * variables
        self.left = UNITS

    @property
    def context(self) -> Any:
        """What the expression begins with."""
        return self.root if self.wrapper is _NO_WRAPPER else self.wrapper

    def pay(self, units: int) -> None:
        """Before the work is done. Raises Exhausted."""
        self.left -= units
        if self.left < 0:
            raise Exhausted

    def pay_text(self, characters: int) -> None:
        if characters >= CHARACTERS_PER_UNIT:
            self.pay(characters // CHARACTERS_PER_UNIT)


def single(sequence: Any) -> Any:
    """What an expression gives for a sequence: nothing, its only item, or all of it."""
    if type(sequence) is not Sequence:
        return sequence
    if not sequence:
        return UNDEFINED
    return sequence[0] if len(sequence) == 1 and not sequence.keep else sequence


def items_of(value: Any) -> Any:
    return value if isinstance(value, list) else Sequence((value,))


def is_number(value: Any) -> bool:
    """A number that any engine computes with alike. Raises Refused for one beyond exact integers."""
    kind = type(value)
    if kind is not int and kind is not float:
        return False
    if not -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        raise Refused
    return True


def number(value: Any) -> Any:
    if not is_number(value):
        raise Refused
    return value


def truth(value: Any, run: Run) -> bool:
    """`$boolean` of the language; undefined is false."""
    if isinstance(value, list):
        run.pay(2 * len(value))
        return any(truth(item, run) for item in value)
    return value is not UNDEFINED and bool(value)


def equal(left: Any, right: Any, run: Run) -> bool:
    run.pay(3)
    kind = type(left)
    if kind is str:
        return type(right) is str and left == right
    if kind is bool or left is None:
        return left is right
    if kind is dict:
        return type(right) is dict and _equal_fields(left, right, run)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and _equal_items(left, right, run)
    return is_number(left) and is_number(right) and bool(left == right)


def _equal_fields(left: dict[str, Any], right: dict[str, Any], run: Run) -> bool:
    if len(left) != len(right):
        return False
    run.pay(2 * len(left))
    return all(name in right and equal(value, right[name], run) for name, value in left.items())


def _equal_items(left: list[Any], right: list[Any], run: Run) -> bool:
    return all(equal(one, other, run) for one, other in zip(left, right, strict=True))


def text(value: Any, run: Run) -> str:
    """`$string` of the language; nothing for undefined."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is int:
        return _whole(value)
    if value is UNDEFINED:
        return ""
    return _written(value, run)


def _whole(value: int) -> str:
    return str(_whole_in_range(value))


def _written(value: Any, run: Run) -> str:
    """JSON without blanks."""
    run.pay(6)
    kind = type(value)
    if kind is str:
        run.pay_text(8 * len(value))
        return encode_basestring(value)
    if kind is bool:
        return "true" if value else "false"
    if value is None:
        return "null"
    if kind is int:
        return _whole(value)
    if kind is float:
        return _fraction(value)
    if kind is dict:
        return _joined("{", [f"{_written(name, run)}:{_written(item, run)}" for name, item in value.items()], "}", run)
    return _joined("[", [_written(item, run) for item in value], "]", run)


def _joined(start: str, parts: list[str], end: str, run: Run) -> str:
    joined = start + ",".join(parts) + end
    run.pay_text(2 * len(joined))
    return joined


def _fraction(value: float) -> str:
    """As JavaScript writes a number of 15 digits, where it needs no exponent."""
    if not -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        raise Refused
    if value.is_integer():
        return str(int(value))
    written = repr(float(f"{value:.15g}"))
    if "e" in written:
        raise Refused
    return written.removesuffix(".0")


def json_ready(value: Any, run: Run) -> Any:
    """`value` with plain lists, and whole numbers without a fraction, as a worker would have written it."""
    kind = type(value)
    if kind is str:
        run.left -= 1 + len(value) // CHARACTERS_PER_UNIT
        return value
    if kind is int:
        return _whole_in_range(value)
    if kind is dict:
        return _ready_fields(value, run)
    if kind is float:
        return _ready_number(value)
    if isinstance(value, list):
        run.pay(3 + 3 * len(value))
        return [json_ready(item, run) for item in value]
    if value is None or kind is bool:
        return value
    raise Refused


def _ready_fields(fields: dict[str, Any], run: Run) -> dict[str, Any]:
    run.pay(6 + 5 * len(fields))
    characters = sum(map(len, fields))
    changed: dict[str, Any] | None = None
    for name, item in fields.items():
        kind = type(item)
        if kind is str:
            characters += len(item)
        elif kind is int:
            _whole_in_range(item)
        elif (ready := json_ready(item, run)) is not item:
            changed = changed or {}
            changed[name] = ready
    run.left -= characters // CHARACTERS_PER_UNIT
    return fields if changed is None else fields | changed


def _whole_in_range(value: int) -> int:
    if not -MAX_WRITTEN_INTEGER < value < MAX_WRITTEN_INTEGER:
        raise Refused
    return value


def _ready_number(value: float) -> int | float:
    if not math.isfinite(value) or not (-MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER):
        raise Refused
    return int(value) if value.is_integer() else value
