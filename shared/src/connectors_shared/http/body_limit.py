"""How much a request may carry, whoever sends it: counted before anybody is asked who they are."""

from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors_shared.http.problems import ProblemError, TooLargeError, answer

MAX_REQUEST_BYTES: Final = 1_048_576
MAX_UPLOAD_BYTES: Final = 100 * 1_048_576
"""Of a file, where a route takes one as a stream: nobody holds it in memory."""


class BodyLimit:
    """ASGI middleware: answers 413 to a body of more than `most_bytes`.

    One that says how long it is, is refused before any of it is read; another is counted as it comes, and what goes
    beyond the limit is handed to nobody. `uploads`: paths whose POST takes a file.
    """

    def __init__(self, app: ASGIApp, most_bytes: int = MAX_REQUEST_BYTES, uploads: Collection[str] = ()) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._uploads = frozenset(uploads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        takes_file = scope["method"] == "POST" and scope["path"] in self._uploads
        most_bytes = MAX_UPLOAD_BYTES if takes_file else self._most_bytes
        if _declared_bytes(scope) > most_bytes:
            await self._refuse(scope, receive, send, most_bytes)
        else:
            await self._counted(scope, receive, send, most_bytes)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, most_bytes: int) -> None:
        count, started = 0, False

        async def bounded() -> Message:
            nonlocal count
            message = await receive()
            if message["type"] == "http.request":
                count += len(message.get("body", b""))
                if count > most_bytes:
                    raise too_large(most_bytes)
            return message

        async def unless_too_large(message: Message) -> None:
            nonlocal started
            started = started or count <= most_bytes
            if started:
                await send(message)

        try:
            await self._app(scope, bounded, unless_too_large)
        except ProblemError:
            if started or count <= most_bytes:
                raise
        if not started and count > most_bytes:
            await self._refuse(scope, receive, send, most_bytes)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, most_bytes: int) -> None:
        error = too_large(most_bytes)
        await answer(Request(scope), error.problem, error.headers)(scope, receive, send)


def too_large(most_bytes: int) -> TooLargeError:
    """The rest of the body is not waited for, so the connection cannot be used again."""
    return TooLargeError(f"The body may have at most {most_bytes} bytes.", headers={"Connection": "close"})


def _declared_bytes(scope: Scope) -> int:
    """0 when it is not said, or in no way that the server would have let through."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() and length.isascii() and len(length) < 20 else 0
