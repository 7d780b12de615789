"""A JSON body, read with every bound before anything else looks at it.

Routes take it as a dependency that stands behind the one that authenticates. FastAPI reads a body parameter first, with
a parser that lets through what neither Postgres nor Kafka can keep.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from connectors_shared.definition.problems import MOST_PROBLEMS, Place, and_more
from connectors_shared.http.problems import (
    FieldProblem,
    InvalidRequestError,
    MalformedJsonError,
    UnsupportedMediaTypeError,
    field_problems,
)

MAX_DEPTH: Final = 64
MAX_KEY_CHARACTERS: Final = 1000
"""What is told of a part repeats the keys on the way to it."""

M = TypeVar("M", bound=BaseModel)


def body_of(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """A FastAPI dependency: the body as a model. Answers as `json_body`, and 422 with a pointer to each wrong field."""

    async def read(request: Request) -> M:
        raw = await json_body(request)
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            raise InvalidRequestError(field_problems(_first(error))) from None

    return read


async def json_body(request: Request) -> Any:
    """A FastAPI dependency. Answers 415, 400 or 422 to the not JSON, malformed, too deep or too long in a key.

    Integers stay exact. NaN, infinity, lone surrogates and NUL characters are refused: they are not JSON, or
    Postgres cannot keep them. How large it may be is `BodyLimit`'s.
    """
    _require_json(request)
    raw = await request.body()
    try:
        value = msgspec.json.decode(raw)
    except RecursionError:
        raise InvalidRequestError(detail=f"It is nested deeper than {MAX_DEPTH} levels.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedJsonError(_reason(raw, error)) from None
    problem = _unusable(value)
    if problem:
        raise InvalidRequestError([problem], problem.detail)
    return value


def media_type_of(request: Request) -> str:
    """Without its parameters; empty where nothing is said."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _first(error: ValidationError) -> Any:
    lines: list[Any] = error.errors(include_input=False, include_url=False)
    if len(lines) <= MOST_PROBLEMS:
        return lines
    rest = {"loc": (), "type": "many", "msg": and_more(len(lines) - MOST_PROBLEMS)}
    return [*lines[:MOST_PROBLEMS], rest]


def _require_json(request: Request) -> None:
    media_type = media_type_of(request)
    if media_type != "application/json" and not media_type.endswith("+json"):
        detail = f"Send it with Content-Type: application/json, not {media_type[:100] or 'without one'}."
        raise UnsupportedMediaTypeError(detail)


def _reason(raw: bytes, error: Exception) -> str:
    if not raw.strip():
        return "The body is empty."
    return f"{error}."


def _unusable(value: Any) -> FieldProblem | None:
    """The first place that is too deep, has too long a key or holds a NUL character.

    On a stack of its own, not Python's, with an entry a level.
    """
    if isinstance(value, str):
        return _told("", _wrong_text(value))
    todo: list[tuple[str | Place, Iterator[tuple[str | int, Any]]]] = [("", _children(value))]
    while todo:
        place, children = todo[-1]
        for key, child in children:
            wrong = _wrong_key(key)
            if wrong:
                return _told(place, wrong)
            wrong = _wrong_text(child) if isinstance(child, str) else _wrong_depth(child, len(todo))
            if wrong:
                return _told(Place(place, key), wrong)
            if isinstance(child, dict | list):
                todo.append((Place(place, key), _children(child)))
                break
        else:
            todo.pop()
    return None


def _told(place: str | Place, wrong: str | None) -> FieldProblem | None:
    return FieldProblem(pointer=str(place), detail=wrong) if wrong else None


def _wrong_text(text: str) -> str | None:
    return "must not hold a NUL character" if "\x00" in text else None


def _wrong_key(key: str | int) -> str | None:
    if not isinstance(key, str):
        return None
    if len(key) > MAX_KEY_CHARACTERS:
        return f"has a key of more than {MAX_KEY_CHARACTERS} characters"
    return _wrong_text(key)


def _wrong_depth(value: Any, depth: int) -> str | None:
    """`depth`: how many levels it is in."""
    too_deep = depth >= MAX_DEPTH and isinstance(value, dict | list) and value
    return f"is nested deeper than {MAX_DEPTH} levels" if too_deep else None


def _children(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return iter(value.items())
    return enumerate(value) if isinstance(value, list) else iter(())
