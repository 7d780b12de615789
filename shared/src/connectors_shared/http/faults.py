"""A fault of ours is answered within the middlewares, so that its answer has the headers that every answer has."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors_shared.http.problems import fault_answer


class Faults:
    """ASGI middleware. An answer that has begun cannot become another: that fault is the server's to end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if started:
                raise
            await fault_answer(Request(scope), error)(scope, receive, send)
