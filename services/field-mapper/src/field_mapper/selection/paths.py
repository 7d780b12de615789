"""Source paths, evaluated: each is read once, by the code that judged it when it was saved."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

from connectors_shared.contract.contact import Several
from connectors_shared.definition.paths.source_path import (
    InvalidPathError,
    PlainPath,
    Query,
    Shorthand,
    Step,
    is_plain,
    read_jsonpath,
    read_source_path,
)
from connectors_shared.definition.paths.words import weight_of
from field_mapper.selection.jsonpath import ENVIRONMENT, evaluator, pay_for_items, pay_for_reading
from field_mapper.selection.several import chosen

CACHED_PATHS: Final = 4096


class _Absent:
    """What a path selects where there is nothing; unlike None it is not a JSON value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class _Selection:
    """`find`: the value at the one place that a path leads to, or ABSENT; of a `query`, all values that it selects."""

    find: Callable[[Any], Any]
    query: bool = False


def select(path: str, document: Any, several: Several = Several.AUTO, separator: str = "") -> Any:
    """The value at `path`, or ABSENT. Raises InvalidPathError or ValueRefusedError with a reason for a person."""
    _pay_for(path)
    selection = _compiled(path)
    if isinstance(selection, InvalidPathError):
        raise InvalidPathError(str(selection))
    found = selection.find(document)
    if several is not Several.AUTO:
        return _chosen(found, selection.query, several, separator)
    if not selection.query:
        return found
    return ABSENT if not found else found[0] if len(found) == 1 else found


def selector(path: str, several: Several = Several.AUTO, separator: str = "") -> Callable[[Any], Any]:
    """`select` of one path, for many documents."""
    if several is Several.AUTO and not _weight(path):
        selection = _compiled(path)
        if isinstance(selection, _Selection) and not selection.query:
            return selection.find
    return lambda document: select(path, document, several, separator)


def _chosen(found: Any, query: bool, several: Several, separator: str) -> Any:
    """Of a path that leads to one place, the items of a list that is there."""
    if not query:
        found = [] if found is ABSENT else found if isinstance(found, list) else [found]
    pay_for_items(len(found))
    return chosen(found, several, separator, ABSENT)


def select_nodes(path: str, document: Any) -> list[Any]:
    """Every value that an RFC 9535 JSONPath selects, in order. Raises InvalidPathError."""
    _pay_for(path)
    return _nodes_of(path)(document)


def _pay_for(path: str) -> None:
    weight = _weight(path)
    if weight:
        pay_for_reading(weight)


@lru_cache(maxsize=CACHED_PATHS)
def _weight(path: str) -> int:
    """None for those that need no engine."""
    return 0 if is_plain(path) else weight_of(path)


@lru_cache(maxsize=CACHED_PATHS)
def _compiled(path: str) -> _Selection | InvalidPathError:
    """One that cannot be read is remembered too: each result may ask for it."""
    try:
        return _selection(path)
    except InvalidPathError as error:
        return error


def _selection(path: str) -> _Selection:
    found = read_source_path(path, ENVIRONMENT)
    if isinstance(found, Shorthand):
        lenient = any(isinstance(step, str) and step.isascii() and step.isdigit() for step in found.steps)
        return _Selection(partial(_walk_leniently if lenient else _walk, found.steps))
    if isinstance(found, PlainPath):
        return _Selection(partial(_walk, found.steps))
    return _Selection(evaluator(found.compiled), query=True)


@lru_cache(maxsize=CACHED_PATHS)
def _nodes_of(path: str) -> Callable[[Any], list[Any]]:
    found = read_jsonpath(path, ENVIRONMENT)
    if isinstance(found, Query):
        return evaluator(found.compiled)

    def nodes(document: Any) -> list[Any]:
        value = _walk(found.steps, document)
        return [] if value is ABSENT else [value]

    return nodes


def _walk(steps: tuple[Step, ...], document: Any) -> Any:
    value = document
    for step in steps:
        if isinstance(step, str):
            value = value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
            if value is ABSENT:
                return ABSENT
        elif isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return ABSENT
    return value


def _walk_leniently(steps: tuple[Step, ...], document: Any) -> Any:
    """As people write it: `phones.0.phone` reads the first of a list."""
    value = document
    for step in steps:
        if isinstance(value, list) and isinstance(step, str) and step.isascii() and step.isdigit():
            step = int(step[:9])
        value = _walk((step,), value)
        if value is ABSENT:
            return ABSENT
    return value
