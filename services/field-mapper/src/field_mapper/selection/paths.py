"""Source paths, compiled once: `identity.firstName`, `phones[0].phone`, or an RFC 9535 JSONPath from `$`."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from field_mapper.selection.jsonpath import InvalidPathError, compile_jsonpath

CACHED_PATHS: Final = 4096

Step = str | int
Selector = Callable[[Any], Any]


class _Absent:
    """What a path selects where there is nothing; unlike None it is not a JSON value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()

_SHORTHAND = re.compile(
    r"(?P<dot>\.)?(?P<name>[^.\[\]'\"]+)|\[(?P<index>-?[0-9]{1,9})\]|\[(?P<quote>['\"])(?P<quoted>.*?)(?P=quote)\]"
)
_PLAIN_JSONPATH = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:0|[1-9][0-9]{0,8})\])*")
_PLAIN_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]")


def select(path: str, document: Any) -> Any:
    """The value at `path`, or ABSENT. Raises InvalidPathError with a reason for a person.

    A JSONPath that may select several nodes gives the value of the only one, or the list of all of them.
    """
    selector = _compiled(path)
    if isinstance(selector, InvalidPathError):
        raise InvalidPathError(str(selector))
    return selector(document)


def select_nodes(path: str, document: Any) -> list[Any]:
    """Every value that an RFC 9535 JSONPath selects, in order. Raises InvalidPathError."""
    steps = _plain_steps(path)
    if steps is None:
        return _compiled_jsonpath(path)(document)
    value = _walk(steps, document)
    return [] if value is ABSENT else [value]


@lru_cache(maxsize=CACHED_PATHS)
def _compiled(path: str) -> Selector | InvalidPathError:
    try:
        if path.startswith("$"):
            return _jsonpath_selector(path)
        steps = _shorthand_steps(path)
        return lambda document: _walk_leniently(steps, document)
    except InvalidPathError as error:
        return error


@lru_cache(maxsize=CACHED_PATHS)
def _compiled_jsonpath(path: str) -> Callable[[Any], list[Any]]:
    return compile_jsonpath(path)


def _jsonpath_selector(path: str) -> Selector:
    steps = _plain_steps(path)
    if steps is not None:
        return lambda document: _walk(steps, document)
    find = _compiled_jsonpath(path)

    def selector(document: Any) -> Any:
        nodes = find(document)
        if not nodes:
            return ABSENT
        return nodes[0] if len(nodes) == 1 else nodes

    return selector


def _plain_steps(path: str) -> tuple[Step, ...] | None:
    """Steps of the commonest JSONPaths (`$.a.b[0]`), which need no engine."""
    if not _PLAIN_JSONPATH.fullmatch(path):
        return None
    return tuple(name or int(index) for name, index in _PLAIN_STEP.findall(path))


def _shorthand_steps(path: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    position = 0
    while position < len(path):
        found = _SHORTHAND.match(path, position)
        if found is None or (found["name"] and bool(steps) != bool(found["dot"])):
            raise InvalidPathError(f"not a path at character {position + 1}")
        steps.append(_step(found))
        position = found.end()
    if not steps:
        raise InvalidPathError("the path is empty")
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    name: str = found["quoted"] if found["quote"] else found["name"]
    return name


def _walk(steps: tuple[Step, ...], document: Any) -> Any:
    value = document
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return ABSENT
            value = value[step]
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
