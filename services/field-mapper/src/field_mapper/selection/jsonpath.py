"""RFC 9535 queries by python-jsonpath in strict mode, with a budget for what an untrusted query may cost.

The library neither limits the nodes that a query visits nor uses a regular-expression engine that is safe
for patterns from outside; both are replaced here.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from jsonpath import JSONPath, JSONPathError, JSONPathMatch
from jsonpath.filter import BaseExpression, FilterQuery, walk
from jsonpath.match import FilterContextVars
from jsonpath.selectors import Filter

from connectors_shared.definition.paths.iregexp import InvalidPatternError, Pattern, compile_pattern
from connectors_shared.definition.paths.jsonpath import PatternFunction, StrictEnvironment
from connectors_shared.definition.paths.source_path import InvalidPathError

BUDGET: Final = 100_000
"""Nodes that all queries on one document may visit; what regular expressions take is counted in nodes as well."""
COMPILE_COST: Final = 50
REFUSAL_COST: Final = 10_000
SIZE_PER_NODE: Final = 4
WORK_PER_NODE: Final = 32
"""A pattern's width times the characters of the text; the engine may need that many steps in the worst case."""
NODES_PER_WEIGHT: Final = 5
"""Reading a path, known or not: what a result comes to must not depend on those before it."""
PARTS_PER_NODE: Final = 3
"""Parts of a filter's expression, each of which is evaluated for every item: `@.a == 1` has four."""
BYTES_PER_NODE: Final = 256
"""Of a value that was selected: measuring, coercing and writing it takes less than a query over as much."""
ITEMS_PER_NODE: Final = 4
OVER_BUDGET: Final = "the paths visit too much of this response"


class _OverBudgetError(Exception):
    pass


class _Meter(threading.local):
    """Each thread has its own: a preview and the results that are mapped meanwhile do not spend each other's budget."""

    def __init__(self) -> None:
        self.left = BUDGET
        self._patterns: dict[str, Pattern | None] = {}

    def renew(self) -> None:
        self.left = BUDGET
        self._patterns.clear()

    def compiled(self, text: str) -> Pattern | None:
        """None for what is no pattern. Each costs once per document, however often it is asked for."""
        if text not in self._patterns:
            self.spend(COMPILE_COST)
            try:
                self._patterns[text] = pattern = compile_pattern(text)
                self.spend(pattern.size // SIZE_PER_NODE)
            except InvalidPatternError:
                self._patterns[text] = None
                self.spend(REFUSAL_COST)
        return self._patterns[text]

    def spend(self, cost: int) -> None:
        self.left -= cost
        if self.left < 0:
            raise _OverBudgetError


class _MeteredMatch(JSONPathMatch):
    __slots__ = ()

    def new_child(self, obj: object, key: int | str) -> JSONPathMatch:
        _METER.spend(1)
        return super().new_child(obj, key)


class _MeteredFilter(Filter):
    """Pays for its whole expression with every item, before it is evaluated: constants visit no node.

    Once more for the whole: the library copies the expression first, even where there is no item.
    """

    __slots__ = ("cost",)

    def __init__(self, unmetered: Filter) -> None:
        super().__init__(env=unmetered.env, token=unmetered.token, expression=unmetered.expression)
        self.cost = 1 + sum(_parts_of(expression) for expression in walk(self.expression)) // PARTS_PER_NODE

    def resolve(self, node: JSONPathMatch) -> Iterable[JSONPathMatch]:
        if isinstance(node.obj, dict | list):
            _METER.spend(self.cost * (1 + len(node.obj)))
        return super().resolve(node)


def _parts_of(expression: BaseExpression) -> int:
    """A query has its segments as well: each is resolved, even when the one before has selected nothing."""
    return 1 + len(expression.path.segments) if isinstance(expression, FilterQuery) else 1


class _MeteredPath(JSONPath):
    """Starts from a node that counts; also takes a string document as it is, where the library parses it."""

    def finditer(self, data: Any, *, filter_context: FilterContextVars | None = None) -> Iterable[JSONPathMatch]:
        context: Mapping[str, Any] = filter_context or {}
        _METER.spend(1)
        matches: Iterable[JSONPathMatch] = [
            _MeteredMatch(filter_context=context, obj=data, parent=None, path="$", parts=(), root=data)
        ]
        for segment in self.segments:
            matches = segment.resolve(matches)
        return matches


class _Regex(PatternFunction):
    """`match` and `search` in time linear in the text."""

    def __init__(self, test: Callable[[Pattern, str], bool]) -> None:
        self._test = test

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        compiled = _METER.compiled(pattern)
        if compiled is None:
            return False
        _METER.spend(1 + len(value) * compiled.width // WORK_PER_NODE)
        return self._test(compiled, value)


class _Environment(StrictEnvironment):
    def pattern_function(self, name: str) -> PatternFunction:
        return _Regex(Pattern.matches if name == "match" else Pattern.is_found_in)


_METER: Final = _Meter()
ENVIRONMENT: Final = _Environment()


def renew_budget() -> None:
    """Call it before each document; until then all queries spend from the same budget."""
    _METER.renew()


def pay_for(size: int) -> None:
    """For a value of so many bytes, however it was selected; small ones are free. Raises InvalidPathError."""
    if size >= BYTES_PER_NODE:
        try:
            _METER.spend(size // BYTES_PER_NODE)
        except _OverBudgetError:
            raise InvalidPathError(OVER_BUDGET) from None


def pay_for_items(count: int) -> None:
    """For looking at so many values once more. Raises InvalidPathError."""
    try:
        _METER.spend(count // ITEMS_PER_NODE)
    except _OverBudgetError:
        raise InvalidPathError(OVER_BUDGET) from None


def pay_for_reading(weight: int) -> None:
    """Raises InvalidPathError when the document's budget does not reach."""
    try:
        _METER.spend(weight * NODES_PER_WEIGHT)
    except _OverBudgetError:
        raise InvalidPathError("the paths of this result are too many and too long to read them all") from None


def evaluator(compiled: Any) -> Callable[[Any], list[Any]]:
    """Of a query of this ENVIRONMENT: from a document to every value selected. It raises InvalidPathError.

    Each thread spends from its own budget.
    """
    query = _metered(compiled)

    def find(document: Any) -> list[Any]:
        try:
            return [match.obj for match in query.finditer(document)]
        except _OverBudgetError:
            raise InvalidPathError(OVER_BUDGET) from None
        except JSONPathError as error:
            raise InvalidPathError(f"the path fails on this response: {error}".splitlines()[0][:200]) from None
        except (ArithmeticError, RecursionError, ValueError, TypeError) as error:
            raise InvalidPathError(f"the path fails on this response ({type(error).__name__})") from None

    return find


def _metered(path: Any) -> _MeteredPath:
    """The same query; those inside its filters count too."""
    for segment in path.segments:
        segment.selectors = tuple(_metered_selector(selector) for selector in segment.selectors)
    return _MeteredPath(env=path.env, segments=path.segments)


def _metered_selector(selector: Any) -> Any:
    if not isinstance(selector, Filter):
        return selector
    for query in _queries_in(selector.expression):
        query.path = _metered(query.path)
    return _MeteredFilter(selector)


def _queries_in(expression: BaseExpression) -> list[FilterQuery]:
    """Not those inside their filters, as `walk` would: each is entered once, however deep it is."""
    found: list[FilterQuery] = []
    pending = [expression]
    while pending:
        part = pending.pop()
        if isinstance(part, FilterQuery):
            found.append(part)
        else:
            pending += part.children()
    return found
