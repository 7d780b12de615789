"""A source path, read: `identity.firstName`, `phones[0].phone`, or a JSONPath from `$`."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jsonpath import JSONPathEnvironment

Step = str | int
MOST_CHARACTERS: Final = 1000

_SHORTHAND: Final = re.compile(
    r"(?P<dot>\.)?(?P<name>[^.\[\]'\"]+)|\[(?P<index>-?[0-9]{1,9})\]|\[(?P<quote>['\"])(?P<quoted>.*?)(?P=quote)\]"
)
_PLAIN_JSONPATH: Final = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:0|[1-9][0-9]{0,8})\])*")
_PLAIN_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]")


class InvalidPathError(ValueError):
    """The path cannot be used; the message is for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Shorthand:
    """Steps that are taken leniently: a digit is an index where there is a list."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class PlainPath:
    """Steps of the commonest JSONPaths (`$.a.b[0]`), which need no engine."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Any other JSONPath, as the engine compiled it."""

    compiled: Any


SourcePath = Shorthand | PlainPath | Query


def read_source_path(path: str, environment: "JSONPathEnvironment | None" = None) -> SourcePath:
    """`environment` is the engine that will evaluate it; none where nobody will. Raises InvalidPathError."""
    if len(path) > MOST_CHARACTERS:
        raise InvalidPathError(f"the path has more than {MOST_CHARACTERS} characters")
    return read_jsonpath(path, environment) if path.startswith("$") else Shorthand(_shorthand_steps(path))


def read_jsonpath(path: str, environment: "JSONPathEnvironment | None" = None) -> PlainPath | Query:
    """Raises InvalidPathError."""
    if _PLAIN_JSONPATH.fullmatch(path):
        return PlainPath(tuple([name or int(index) for name, index in _PLAIN_STEP.findall(path)]))
    from connectors_shared.definition.paths.jsonpath import compile_query

    return Query(compile_query(path, environment))


def is_plain(path: str) -> bool:
    """Whether reading it needs no engine and therefore costs next to nothing."""
    return len(path) > MOST_CHARACTERS or not path.startswith("$") or _PLAIN_JSONPATH.fullmatch(path) is not None


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
