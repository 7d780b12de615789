"""RFC 9535 queries, compiled by python-jsonpath in strict mode.

The library's parser recurses, and how deep it gets depends on who calls it; what is nested too deep is refused before.
So is what holds too much: parsing takes a thousand times as long as reading the text.
"""

from collections.abc import Iterator
from typing import Any, Final

from jsonpath import JSONPathEnvironment, JSONPathError
from jsonpath.filter import FunctionExtension, StringLiteral, walk
from jsonpath.function_extensions import ExpressionType, FilterFunction
from jsonpath.selectors import Filter

from connectors_shared.definition.paths.source_path import InvalidPathError
from connectors_shared.definition.paths.words import MOST_NESTED, MOST_WORDS, without_texts, words_of

SHOWN: Final = 200
PATTERN_FUNCTIONS: Final = ("match", "search")


class PatternFunction(FilterFunction):
    """The types of `match` and `search`; evaluating is for whoever evaluates queries."""

    arg_types: list[ExpressionType] = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012
    return_type = ExpressionType.LOGICAL

    def __call__(self, value: object, pattern: object) -> bool:
        raise NotImplementedError


class StrictEnvironment(JSONPathEnvironment):
    """The language of the RFC and nothing beside it."""

    def __init__(self) -> None:
        super().__init__(strict=True)

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        for name in PATTERN_FUNCTIONS:
            self.function_extensions[name] = self.pattern_function(name)

    def pattern_function(self, _name: str) -> PatternFunction:
        return PatternFunction()


_ENVIRONMENT: Final = StrictEnvironment()


def compile_query(path: str, environment: JSONPathEnvironment | None = None) -> Any:
    """A query that belongs to `environment`. Raises InvalidPathError."""
    if _is_nested_too_deep(path):
        raise InvalidPathError(f"not a JSONPath that can be used: it is nested deeper than {MOST_NESTED} levels")
    if words_of(path) > MOST_WORDS:
        raise InvalidPathError(f"not a JSONPath that can be used: it has more than {MOST_WORDS} names, texts and signs")
    try:
        return (environment or _ENVIRONMENT).compile(path)
    except JSONPathError as error:
        raise InvalidPathError(f"not a JSONPath: {error}".splitlines()[0][:SHOWN]) from None
    except (ArithmeticError, RecursionError, ValueError) as error:
        raise InvalidPathError(f"not a JSONPath that can be used ({type(error).__name__})") from None


def patterns_in(query: Any) -> Iterator[tuple[str, str]]:
    """Each pattern that the query itself holds, after the name of the function that it is for."""
    for function in _functions_in(query):
        for pattern in function.args[1:2] if function.name in PATTERN_FUNCTIONS else ():
            if isinstance(pattern, StringLiteral):
                yield function.name, pattern.value


def _functions_in(query: Any) -> list[FunctionExtension]:
    """`walk` goes into the queries inside a filter by itself: entering them here too would double with each level."""
    filters = [found for segment in query.segments for found in segment.selectors if isinstance(found, Filter)]
    return [part for found in filters for part in walk(found.expression) if isinstance(part, FunctionExtension)]


def _is_nested_too_deep(path: str) -> bool:
    depth = negations = 0
    for character in without_texts(path):
        negations = negations + 1 if character == "!" else negations if character.isspace() else 0
        depth += (character in "([") - (character in ")]")
        if depth + negations > MOST_NESTED:
            return True
    return False
