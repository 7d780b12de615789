"""A JSON body, read with every bound before anything else looks at it."""

from typing import Any, Final

import msgspec
from fastapi import Request

from connectors_shared.definition.problems import escaped
from connectors_shared.runtime.problems import FieldProblem, ProblemError

MAX_REQUEST_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 64


async def json_body(request: Request) -> Any:
    """A FastAPI dependency. Answers 413, 415, 400 or 422 to the too large, not JSON, malformed, too deep.

    Integers stay exact. NaN, infinity, lone surrogates and NUL characters are refused: they are not JSON, or
    Postgres cannot keep them.
    """
    _require_json(request)
    raw = await _bounded(request)
    try:
        value = msgspec.json.decode(raw)
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProblemError(400, "malformed-json", "The body is not JSON", _reason(raw, error)) from None
    problem = _unusable(value)
    if problem:
        raise ProblemError(422, "invalid-request", "The request is not valid", problem.detail, [problem])
    return value


def _require_json(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        detail = f"Send it with Content-Type: application/json, not {media_type[:100] or 'without one'}."
        raise ProblemError(415, "unsupported-media-type", "The body must be JSON", detail)


async def _bounded(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            detail = f"The body may have at most {MAX_REQUEST_BYTES} bytes."
            raise ProblemError(413, "too-large", "The request is too large", detail, headers={"Connection": "close"})
    return bytes(body)


def _reason(raw: bytes, error: Exception) -> str:
    if not raw.strip():
        return "The body is empty."
    return f"{error}."


def _unusable(value: Any) -> FieldProblem | None:
    """The first place that is too deep or holds a NUL character; a stack of its own, not Python's."""
    todo: list[tuple[str, int, Any]] = [("", 1, value)]
    while todo:
        pointer, depth, current = todo.pop()
        if isinstance(current, str):
            if "\x00" in current:
                return FieldProblem(pointer=pointer or "/", detail="must not hold a NUL character")
            continue
        children = _children(current)
        if children and depth > MAX_DEPTH:
            return FieldProblem(pointer=pointer, detail=f"is nested deeper than {MAX_DEPTH} levels")
        todo += [(pointer, depth, key) for key, _ in children if isinstance(key, str)]
        todo += [(f"{pointer}/{escaped(str(key))}", depth + 1, child) for key, child in children]
    return None


def _children(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _too_deep() -> ProblemError:
    return ProblemError(
        422, "invalid-request", "The request is not valid", f"It is nested deeper than {MAX_DEPTH} levels."
    )
