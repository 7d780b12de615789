"""The cookie of a session, and the one place where it becomes a bearer token.

No page of another origin can use it: it is `SameSite=Strict`, and counts only beside a header that a browser sends to
another origin after a preflight alone, which no answer of ours allows.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

NAME: Final = "connectors-session"
PATH: Final = "/api"
CONSOLE_HEADER: Final = "X-Connectors-Console"
MOST_TOKEN_CHARACTERS: Final = 3_800
"""Of a cookie browsers keep 4,096 bytes, its name and attributes included."""


class CookieSessions:
    """ASGI middleware, outside of all that asks for a caller."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _authorize(scope)
        await self._app(scope, receive, send)


def is_by_console(headers: Headers) -> bool:
    return headers.get(CONSOLE_HEADER) == "1"


def start(response: Response, token: str, *, secure: bool) -> None:
    """It ends with the browser, or with the token."""
    response.set_cookie(NAME, token, path=PATH, secure=secure, httponly=True, samesite="strict")


def end(response: Response, *, secure: bool) -> None:
    response.delete_cookie(NAME, path=PATH, secure=secure, httponly=True, samesite="strict")


def _authorize(scope: Scope) -> None:
    headers = Headers(scope=scope)
    if "authorization" in headers or not is_by_console(headers):
        return
    token = cookie_parser(headers.get("cookie", "")).get(NAME)
    if token:
        # The scope itself stays: what is outside of this reads it afterwards.
        scope["headers"] = [*scope["headers"], (b"authorization", b"Bearer " + token.encode("latin-1", "replace"))]
