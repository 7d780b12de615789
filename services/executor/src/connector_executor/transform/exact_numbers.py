"""Repairs of jsonata-python, which turns integers into floats in many places: literals, signs, comparisons,
arithmetic, rounding, `$average`, `$number`.

Importing this changes the library for the whole process.
"""

import operator
from collections.abc import Callable
from typing import Any, Final

from jsonata import Functions, JException, Jsonata, Parser, Utils, parser, tokenizer

LARGEST_PLAIN_NUMBER: Final = 10**21
"""JavaScript writes from here on with an exponent."""
_MAX_EXACT: Final = 2**53 - 1
_OUT_OF_RANGE: Final = 2**1023
_ARITHMETIC: Final[dict[str, Callable[[int, int], int]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def is_whole(value: Any) -> bool:
    return type(value) is int


def computed(lhs: int, rhs: int, symbol: str) -> int | None:
    """None where the result is no integer, or beyond what a number of the language can be. Raises ZeroDivisionError."""
    if symbol in _ARITHMETIC:
        result = _ARITHMETIC[symbol](lhs, rhs)
        return result if abs(result) < _OUT_OF_RANGE else None
    if symbol == "/":
        return lhs // rhs if lhs % rhs == 0 else None
    remainder = abs(lhs) % abs(rhs)
    return -remainder if lhs < 0 else remainder


class ExactTokenizer(tokenizer.Tokenizer):  # type: ignore[misc]
    """Reads an integer of many digits as it is written."""

    def create(self, type: str | None, value: Any) -> Any:
        if type == "number" and is_whole(value) and abs(value) > _MAX_EXACT:
            value = self._written(value)
        return super().create(type, value)

    def _written(self, rounded: int) -> int:
        start = self.position
        while start > 0 and "0" <= self.path[start - 1] <= "9":
            start -= 1
        digits = self.path[start : self.position]
        return int(digits) if digits and float(digits) == rounded else rounded


class ExactParser(Parser):  # type: ignore[misc]
    """Keeps the integer behind a minus."""

    def process_ast(self, expr: Any) -> Any:
        negated = _negated_integer(expr)
        result = super().process_ast(expr)
        if negated is not None and result.type == "number":
            result.value = negated
        return result


def _negated_integer(expr: Any) -> int | None:
    if expr is None or expr.type != "unary" or str(expr.value) != "-" or expr.expression.type != "number":
        return None
    return -expr.expression.value if is_whole(expr.expression.value) else None


class ExactExpression(Jsonata):  # type: ignore[misc]
    def evaluate_unary(self, expr: Any, input: Any, environment: Any) -> Any:
        if str(expr.value) != "-":
            return super().evaluate_unary(expr, input, environment)
        operand = self.eval(expr.expression, input, environment)
        if operand is None:
            return None
        if not Utils.is_numeric(operand):
            raise JException("D1002", expr.position, expr.value, operand)
        return -operand if is_whole(operand) else Utils.convert_number(-operand)

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        if is_whole(lhs) and is_whole(rhs):
            result = computed(lhs, rhs, op)
            if result is not None:
                return result
        return super().evaluate_numeric_expression(lhs, rhs, op)

    def evaluate_equality_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        if lhs is None or rhs is None:
            return False
        return Utils.is_deep_equal(lhs, rhs) is (op == "=")

    def evaluate_comparison_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        if is_whole(lhs) or is_whole(rhs):
            other = rhs if is_whole(lhs) else lhs
            if is_whole(other) or type(other) is float:
                return _COMPARISONS[op](lhs, rhs)
        return super().evaluate_comparison_expression(lhs, rhs, op)

    def evaluate_group_expression(self, expr: Any, input: Any, environment: Any) -> Any:
        if type(input) is list and not input:
            input = Utils.create_sequence()  # the library adds a null to it, which must not be the document's
        return super().evaluate_group_expression(expr, input, environment)


class Encoder(Functions.Encoder):  # type: ignore[misc]
    """Text of values as JavaScript writes it.

    The library's own writes 9007199254740993 as "9.00719925474099e+15" and {"a": "é"} with an escape.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"ensure_ascii": False})

    def encode(self, value: Any) -> str:
        if is_whole(value) and abs(value) < LARGEST_PLAIN_NUMBER:
            return str(value)
        return str(super().encode(value))


def _average(args: list[Any] | None) -> Any:
    if not args:
        return None
    total = sum(args)
    return total // len(args) if is_whole(total) and total % len(args) == 0 else total / len(args)


def _keeping_integers(of_floats: Callable[..., Any]) -> Callable[[Any], Any]:
    def function(arg: Any) -> Any:
        return arg if is_whole(arg) else of_floats(arg)

    return function


def _round_with(of_floats: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def function(arg: Any, precision: Any) -> Any:
        if not is_whole(arg):
            return of_floats(arg, precision)
        return arg if precision is None or precision >= 0 else round(arg, precision)

    return function


def _number_with(of_floats: Callable[..., Any]) -> Callable[[Any], Any]:
    def function(arg: Any) -> Any:
        if isinstance(arg, str):
            digits = arg.removeprefix("-")
            if digits.isascii() and digits.isdigit() and len(digits) < len(str(LARGEST_PLAIN_NUMBER)):
                return int(arg)
        return of_floats(arg)

    return function


def _install() -> None:
    repaired: dict[str, tuple[str, Callable[..., Any]]] = {
        "average": ("<a<n>:n>", _average),
        "floor": ("<n-:n>", _keeping_integers(Functions.floor)),
        "ceil": ("<n-:n>", _keeping_integers(Functions.ceil)),
        "round": ("<n-n?:n>", _round_with(Functions.round)),
        "number": ("<(nsb)-:n>", _number_with(Functions.number)),
    }
    for name, (signature, function) in repaired.items():
        setattr(Functions, name, staticmethod(function))
        Jsonata.define_function(name, signature)
    Utils.convert_number = staticmethod(_keeping_integers(Utils.convert_number))
    Functions.Encoder = Encoder
    tokenizer.Tokenizer = ExactTokenizer
    parser.Parser = ExactParser
    Jsonata.PARSER.parser = ExactParser()  # the library keeps one for each thread


_install()
