"""What is known of the request that is under way: for its line in the log, and for the record of what it does.

It is a context variable, so that a store can say in its transaction who asked, without being told by everybody between.
"""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors_shared.http.client_address import client_address
from connectors_shared.http.principal import Principal

HEADER: Final = b"x-request-id"
TRACE_PARENT: Final = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C trace context."""


@dataclass(slots=True)
class RequestContext:
    """`id` is ours, and answered as X-Request-Id. `trace_id`: of the caller's trace, None without one."""

    id: str
    trace_id: str | None
    address: str | None
    principal: Principal | None = None


_UNDER_WAY: Final[ContextVar[RequestContext | None]] = ContextVar("request_context", default=None)


def request_under_way() -> RequestContext | None:
    """None outside of requests. A task that a request starts keeps it."""
    return _UNDER_WAY.get()


def identify(principal: Principal) -> None:
    """It turned out to come from there."""
    context = _UNDER_WAY.get()
    if context is not None:
        context.principal = principal


class RequestContexts:
    """ASGI middleware. `trusted_proxies`: how many stand between callers and here, see `client_address`."""

    def __init__(self, app: ASGIApp, trusted_proxies: int = 0) -> None:
        self._app = app
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = RequestContext(uuid4().hex, _trace_id(scope), client_address(scope, self._trusted_proxies))
        header = (HEADER, context.id.encode())

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        token = _UNDER_WAY.set(context)
        try:
            await self._app(scope, receive, with_id)
        finally:
            _UNDER_WAY.reset(token)


def _trace_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            found = TRACE_PARENT.fullmatch(value)
            return found[1].decode() if found else None
    return None
