"""Which expressions may run inside the event loop's process.

An expression is harmless when its work grows at most with (its own size) x (the part of the document it
reads), and its syntax tree holds nothing but the kinds listed here: paths, filters, literals, object and
array constructors, operators, conditions and a few functions. No variables and no root reference, so nothing
can be read again from inside a loop; no regular expressions, lambdas, sorting, grouping, ranges, wildcards.
Only what the document holds may be stepped into or filtered: `[$,$].[$,$].[$,$]` doubles with every step.
"""

import sys
from collections.abc import Iterator
from typing import Any, NoReturn

_RECURSION_LIMIT = sys.getrecursionlimit()
from jsonata import Parser  # noqa: E402

sys.setrecursionlimit(_RECURSION_LIMIT)  # the import raises it to 10,000 for the whole process

MAX_CHARACTERS = 4096
MAX_NODES = 256
MAX_EXACT_INTEGER = 2**53 - 1

_NUMERIC_BINARY = frozenset("+-*/%")
_BINARY = _NUMERIC_BINARY | {"=", "!=", "<", "<=", ">", ">=", "&", "and", "or", "in"}
_TEXT_FUNCTIONS = frozenset(
    {"string", "length", "substring", "substringBefore", "substringAfter", "uppercase", "lowercase", "trim"}
)
_NUMBER_FUNCTIONS = frozenset({"number", "abs", "floor", "ceil", "round", "sum", "max", "min", "average", "count"})
_OTHER_FUNCTIONS = frozenset({"boolean", "not", "exists", "type", "contains", "join"})
_FUNCTIONS = _TEXT_FUNCTIONS | _NUMBER_FUNCTIONS | _OTHER_FUNCTIONS
_MARKS_OF_BINDING = ("focus", "index", "ancestor", "tuple", "group", "seeking_parent", "next_function")


class _NotHarmlessError(Exception):
    """The expression needs a worker."""


def is_harmless(expression: str) -> bool:
    """True only when every part of `expression` is known to be cheap. Never raises."""
    if len(expression) > MAX_CHARACTERS:
        return False
    try:
        tree = Parser().parse(expression, _refuse_regex)
        return _accept_all(tree)
    except Exception:  # a parser that fails in any way has proven nothing
        return False


def computes_numbers(expression: str) -> bool:
    """True when a harmless `expression` may make a number that the document does not hold."""
    nodes = _descend(Parser().parse(expression, _refuse_regex))
    return any(_computes(node) for node in nodes)


def _refuse_regex(_pattern: str, _flags: object) -> NoReturn:
    raise _NotHarmlessError


def _accept_all(tree: Any) -> bool:
    return all(count < MAX_NODES and _accepts(node) for count, node in enumerate(_descend(tree)))


def _descend(tree: Any) -> Iterator[Any]:
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(_children(node))


def _children(node: Any) -> list[Any]:
    children = [node.lhs, node.rhs, node.expression, node.condition, node.then, node._else, node.expr]
    for group in (node.steps, node.expressions, node.arguments, node.predicate, node.stages):
        children += group or []
    children += [part for pair in node.lhs_object or () for part in pair]
    return [child for child in children if child is not None]


def _accepts(node: Any) -> bool:
    if any(getattr(node, mark) for mark in _MARKS_OF_BINDING):
        return False
    if not all(filtered.expr.type == "number" for filtered in node.predicate or ()):
        return False
    rule = _RULES.get(node.type)
    return rule is not None and rule(node)


def _accepts_always(_node: Any) -> bool:
    return True


def _accepts_path(node: Any) -> bool:
    *through, last = node.steps
    return all(_selects(step) for step in through) and (not last.stages or _selects(last))


def _selects(step: Any) -> bool:
    return step.type in ("name", "variable")


def _accepts_number(node: Any) -> bool:
    return bool(-MAX_EXACT_INTEGER <= node.value <= MAX_EXACT_INTEGER)


def _accepts_variable(node: Any) -> bool:
    return bool(node.value == "")  # "$", the current value


def _accepts_binary(node: Any) -> bool:
    return node.value in _BINARY


def _accepts_unary(node: Any) -> bool:
    if node.value == "{":
        return all(key.type == "string" and not key.predicate for key, _ in node.lhs_object)
    return node.value in ("[", "-")


def _accepts_function(node: Any) -> bool:
    name = node.procedure
    return node.value == "(" and name.type == "variable" and not name.predicate and name.value in _FUNCTIONS


_RULES = {
    "path": _accepts_path,
    "name": _accepts_always,
    "string": _accepts_always,
    "value": _accepts_always,
    "number": _accepts_number,
    "variable": _accepts_variable,
    "binary": _accepts_binary,
    "unary": _accepts_unary,
    "condition": _accepts_always,
    "block": _accepts_always,
    "filter": _accepts_always,
    "function": _accepts_function,
}


def _computes(node: Any) -> bool:
    if node.type == "function":
        return node.procedure.value in _NUMBER_FUNCTIONS
    return node.type == "binary" and node.value in _NUMERIC_BINARY
