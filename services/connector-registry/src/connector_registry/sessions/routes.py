"""`/api/session`: a browser signs in and out; who it is then says `access`."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response

from connector_registry.sessions.cookie import CONSOLE_HEADER, end, is_by_console, start
from connector_registry.sessions.links import SignInLinks
from connector_registry.sessions.shapes import DRAFT_BODY, SessionDraft
from connectors_shared.http.access import Access, TooManyRequestsError
from connectors_shared.http.body import body_of
from connectors_shared.http.problems import ProblemError, StoreUnavailableError, UnauthorizedError, problem_responses


class NotByConsoleError(ProblemError):
    status = 403
    kind = "not-by-console"
    title = "Only the console signs browsers in"
    detail = f"Send the header {CONSOLE_HEADER}: 1, which no page of another origin can. Programs need no session."


REFUSED: Final = problem_responses(UnauthorizedError, NotByConsoleError, TooManyRequestsError, StoreUnavailableError)
# For the OpenAPI document; the header is read where the cookie is.
ByConsole = Annotated[str | None, Header(alias=CONSOLE_HEADER, max_length=10)]


def sessions_router(links: SignInLinks, access: Access, *, secure: bool) -> APIRouter:
    """`secure`: browsers reach it over TLS alone."""
    router = APIRouter(prefix="/api/session", tags=["access"], responses=REFUSED)
    body = Depends(body_of(SessionDraft))

    @router.post("", status_code=204, response_class=Response, openapi_extra=DRAFT_BODY, name="Sign in")
    async def sign_in(request: Request, draft: SessionDraft = body, _by: ByConsole = None) -> Response:
        """For the console. From now on the browser's requests that have the header X-Connectors-Console are those of
        whoever the token is of. The cookie cannot be read by a page, and is sent by none of another origin."""
        _require_console(request)
        token = draft.token or await links.token_for(draft.code or "")
        await access.known(_bearing(request, token))
        response = Response(status_code=204)
        start(response, token, secure=secure)
        return response

    @router.delete("", status_code=204, response_class=Response, name="Sign out")
    async def sign_out(request: Request, _by: ByConsole = None) -> Response:
        """The browser forgets the token. Whoever has a copy of it can use it until it expires or is revoked."""
        _require_console(request)
        response = Response(status_code=204)
        end(response, secure=secure)
        return response

    return router


def _require_console(request: Request) -> None:
    if not is_by_console(request.headers):
        raise NotByConsoleError


def _bearing(request: Request, token: str) -> Request:
    """The request as one that has this token and no other."""
    others = [pair for pair in request.scope["headers"] if pair[0] != b"authorization"]
    return Request({**request.scope, "headers": [*others, (b"authorization", f"Bearer {token}".encode())]})
