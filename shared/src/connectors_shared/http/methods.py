"""405 with every method that the path knows (RFC 9110, 15.5.6): the framework names those of one route only."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Match

from connectors_shared.http.problems import ProblemError, answer

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class MethodNotAllowedError(ProblemError):
    status = 405
    kind = "method-not-allowed"
    title = "Not a method of this address"
    sends: ClassVar[Mapping[str, str]] = {"Allow": "The methods that are."}


def install_allowed_methods(app: FastAPI) -> None:
    """Before the first request."""

    async def on_method(request: Request, _error: Exception) -> JSONResponse:
        allowed = [method for method in METHODS if _answers(app, request, method)]
        told = MethodNotAllowedError(f"It knows {', '.join(allowed) or 'none'}.", headers={"Allow": ", ".join(allowed)})
        return answer(request, told.problem, told.headers)

    app.add_exception_handler(405, on_method)


def _answers(app: FastAPI, request: Request, method: str) -> bool:
    scope: dict[str, Any] = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in app.router.routes)
