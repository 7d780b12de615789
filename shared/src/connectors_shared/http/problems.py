"""RFC 9457 problem documents: one shape, and one way to it, for everything that a REST call can get wrong.

An error class says once what it is: its status, the word of its type, its title, the headers that it comes with. Raised
anywhere in a request, it is the answer; named by a route (`problem_responses`), it is in the OpenAPI document.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from connectors_shared.definition.problems import escaped
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError

MEDIA_TYPE = "application/problem+json"
PREFIX = "/problems/"
PLAIN_WORDS = {
    "extra_forbidden": "is not a field here; check its spelling",
    "missing": "is required",
    **dict.fromkeys(
        ("String should have at least 1 character", "List should have at least 1 item after validation, not 0"),
        "must not be empty",
    ),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "dataclass_type"), "must be an object"),
    "list_type": "must be a list",
    "String should match pattern '^[A-Za-z_][A-Za-z0-9_]{0,99}$'": "must be letters, digits and _, as in phoneNumber",
}
"""Pydantic's error type, or its message → what to say to somebody who does not know pydantic."""
Responses = dict[int | str, dict[str, Any]]
"""As routes of FastAPI take them."""
RETRY_SECONDS = "5"
"""After which a caller may ask a database again that did not answer."""
log = get_logger(__name__)


class FieldProblem(BaseModel):
    """One field that is wrong: a JSON pointer into the request, empty for all of it, and what to change."""

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
    """Base of all that is answered with a problem document. A subclass sets the class variables."""

    status: ClassVar[int]
    kind: ClassVar[str]
    """The stable word of its type."""
    title: ClassVar[str]
    detail: ClassVar[str] = ""
    """What to do about it, where whoever raises it says nothing else."""
    sends: ClassVar[Mapping[str, str]] = {}
    """Headers that may come with it → what they hold."""

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        told = self.detail if detail is None else detail
        super().__init__(told or self.title)
        self.problem = Problem(
            type=PREFIX + self.kind, title=self.title, status=self.status, detail=told, errors=list(errors)
        )
        self.headers = dict(headers or {})


class RelayedProblemError(ProblemError):
    """A problem that somebody else has told: another service, or the framework. No route declares this one."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        Exception.__init__(self, problem.detail or problem.title)
        self.problem = problem
        self.headers = dict(headers or {})


class InvalidRequestError(ProblemError):
    status = 422
    kind = "invalid-request"
    title = "The request is not valid"
    detail = "Change the fields named in errors and send it again."

    def __init__(self, errors: Sequence[FieldProblem] = (), detail: str | None = None) -> None:
        super().__init__(detail, errors=errors)


class MalformedJsonError(ProblemError):
    status = 400
    kind = "malformed-json"
    title = "The body is not JSON"


class MalformedHeaderError(ProblemError):
    status = 400
    kind = "malformed-header"
    title = "A header is malformed"


class UnauthorizedError(ProblemError):
    status = 401
    kind = "unauthorized"
    title = "Not signed in"
    sends: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "How to sign in."}


class TooLargeError(ProblemError):
    status = 413
    kind = "too-large"
    title = "The request is too large"


class UnsupportedMediaTypeError(ProblemError):
    status = 415
    kind = "unsupported-media-type"
    title = "The body must be JSON"


class StoreUnavailableError(ProblemError):
    status = 503
    kind = "store-unavailable"
    title = "A store does not answer"
    detail = "Send it again in a few seconds."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds."}


class NothingHereError(ProblemError):
    """No route has this address."""

    status = 404
    kind = "no-such-address"
    title = "There is nothing at this address"
    detail = "Check it against the API's documentation: its spelling, and that no slash follows it."


class InternalError(ProblemError):
    status = 500
    kind = "internal"
    title = "Something went wrong on our side"
    detail = "It is logged."


Translations = Mapping[type[Exception], Callable[[Exception], ProblemError]]
"""What libraries raise → the problem that it is for a caller."""


def install_problem_handlers(app: FastAPI, translations: Translations | None = None) -> None:
    """Make every error of the app a problem document; an unexpected one tells nothing of its inside."""
    known = {**STANDARD, **(translations or {})}

    async def on_error(request: Request, error: Exception) -> JSONResponse:
        told = next(known[kind](error) for kind in type(error).__mro__ if kind in known)
        return (
            fault_answer(request, error)
            if isinstance(told, InternalError)
            else answer(request, told.problem, told.headers)
        )

    for kind in known:
        app.add_exception_handler(kind, on_error)
    app.openapi = _described(app.openapi)  # type: ignore[method-assign]


def add_problem_schemas(document: dict[str, Any]) -> None:
    """To an OpenAPI document whose routes tell of problems."""
    problem = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= problem.pop("$defs") | {"Problem": problem}


def _described(openapi: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    def document() -> dict[str, Any]:
        told = openapi()
        add_problem_schemas(told)
        return told

    return document


def field_problems(errors: Any) -> list[FieldProblem]:
    """Pydantic's errors as JSON pointers; the values given are not repeated, they may be secret."""
    return [FieldProblem(pointer=_pointer(error["loc"]), detail=_message(error)) for error in errors]


def answer(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    body = problem.model_copy(update={"instance": request.url.path}).model_dump()
    return JSONResponse(body, status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


def fault_answer(request: Request, error: Exception) -> JSONResponse:
    """To what nobody expected: logged, and nothing of it is told."""
    log.error("request.failed", path=request.url.path, exc_info=error)
    return answer(request, InternalError().problem)


def problem_responses(*kinds: type[ProblemError]) -> Responses:
    """`responses` of a route that may raise these."""
    told: dict[str, Any] = {}
    add_problems(told, *kinds)
    return {int(status): response for status, response in told.items()}


def add_problems(responses: dict[str, Any], *kinds: type[ProblemError]) -> None:
    """Tell of them in the `responses` of an OpenAPI operation, beside what it has already."""
    for kind in kinds:
        told = responses.setdefault(str(kind.status), {})
        if MEDIA_TYPE not in told.get("content", {}):
            told |= {"description": "", "content": {MEDIA_TYPE: {"schema": _schema()}}}
        types = told["content"][MEDIA_TYPE]["schema"]["allOf"][1]["properties"]["type"]["enum"]
        if PREFIX + kind.kind not in types:
            types.append(PREFIX + kind.kind)
            told["description"] = " ".join(filter(None, [told["description"], f"{kind.title}."]))
        for name, description in kind.sends.items():
            header = {"description": description, "schema": {"type": "string"}}
            told.setdefault("headers", {}).setdefault(name, header)


def _schema() -> dict[str, Any]:
    own: dict[str, Any] = {"properties": {"type": {"enum": []}}}
    return {"allOf": [{"$ref": "#/components/schemas/Problem"}, own]}


def _itself(error: Exception) -> ProblemError:
    assert isinstance(error, ProblemError)
    return error


def _of_parameters(error: Exception) -> ProblemError:
    assert isinstance(error, RequestValidationError)
    return InvalidRequestError(field_problems(error.errors()))


def _of_framework(error: Exception) -> ProblemError:
    assert isinstance(error, HTTPException)
    if error.status_code == NothingHereError.status:
        return NothingHereError()
    problem = Problem(title=str(error.detail), status=error.status_code, detail=str(error.detail))
    return RelayedProblemError(problem, error.headers)


def _of_database(error: Exception) -> StoreUnavailableError:
    log.warning("request.database_unavailable", error=type(error).__name__, reason=str(error))
    return StoreUnavailableError(headers={"Retry-After": RETRY_SECONDS})


STANDARD: Translations = {
    ProblemError: _itself,
    RequestValidationError: _of_parameters,
    HTTPException: _of_framework,
    DatabaseUnavailableError: _of_database,
    # The limit of a statement, on the server and, when that does not answer, here.
    asyncpg.QueryCanceledError: _of_database,
    TimeoutError: _of_database,
    Exception: lambda _error: InternalError(),
}


def _pointer(location: tuple[str | int, ...]) -> str:
    parts = location[1:] if location and location[0] in ("body", "query", "path", "header") else location
    return "".join("/" + escaped(str(part)) for part in parts)


def _message(error: dict[str, Any]) -> str:
    told = str(error["msg"])
    message = PLAIN_WORDS.get(str(error["type"]), PLAIN_WORDS.get(told, told))
    return message.removeprefix("Value error, ")
