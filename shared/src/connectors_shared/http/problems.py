"""RFC 9457 problem documents: one shape for everything that a REST call can get wrong."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from connectors_shared.runtime.logging import get_logger

MEDIA_TYPE = "application/problem+json"
PLAIN_WORDS = {
    "extra_forbidden": "is not a field here; check its spelling",
    "missing": "is required",
}
"""Pydantic's error type → what to say to somebody who does not know pydantic."""
log = get_logger(__name__)


class FieldProblem(BaseModel):
    """One field that is wrong: a JSON pointer into the request, and what to change."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details. `type` is a stable word per kind of problem under `/problems/`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    errors: list[FieldProblem] = Field(default_factory=list)


class ProblemError(Exception):
    """Raised anywhere in a request to answer with a problem document."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str = "",
        errors: list[FieldProblem] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail or title)
        self.problem = Problem(type=f"/problems/{kind}", title=title, status=status, detail=detail, errors=errors or [])
        self.headers = headers or {}


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error of the app a problem document; an unexpected one tells nothing of its inside."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)


def field_problems(errors: Any) -> list[FieldProblem]:
    """Pydantic's errors as JSON pointers; the values given are not repeated, they may be secret."""
    return [FieldProblem(pointer=_pointer(error["loc"]), detail=_message(error)) for error in errors]


def answer(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    body = problem.model_copy(update={"instance": request.url.path}).model_dump()
    return JSONResponse(body, status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return answer(request, error.problem, error.headers)


async def _on_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problem = Problem(
        type="/problems/invalid-request",
        title="The request is not valid",
        status=422,
        detail="Change the fields named in errors and send it again.",
        errors=field_problems(error.errors()),
    )
    return answer(request, problem)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    problem = Problem(title=str(error.detail), status=error.status_code, detail=str(error.detail))
    return answer(request, problem, dict(error.headers or {}))


async def _on_fault(request: Request, error: Exception) -> JSONResponse:
    log.error("request.failed", path=request.url.path, exc_info=error)
    problem = Problem(
        type="/problems/internal",
        title="Something went wrong on our side",
        status=500,
        detail="It is logged.",
    )
    return answer(request, problem)


def _pointer(location: tuple[str | int, ...]) -> str:
    parts = location[1:] if location and location[0] in ("body", "query", "path", "header") else location
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _message(error: dict[str, Any]) -> str:
    message = PLAIN_WORDS.get(str(error["type"]), str(error["msg"]))
    return message.removeprefix("Value error, ")
