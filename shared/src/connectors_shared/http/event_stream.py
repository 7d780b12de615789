"""Server-sent events (WHATWG HTML, 9.2): an answer that goes on until it has been told all, or nobody listens."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from connectors_shared.http.disconnects import CallerGoneError, unless_gone
from connectors_shared.runtime.logging import get_logger

MEDIA_TYPE: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
SEND_SECONDS: Final = 20.0
"""Who has not read what was sent before within this time is left, and comes again."""

log = get_logger(__name__)


def event(data: bytes, *, id_: str, name: str | None = None) -> bytes:
    """`data` is one line, as JSON is."""
    named = f"event: {name}\n" if name else ""
    return f"{named}id: {id_}\ndata: ".encode() + data + b"\n\n"


def heartbeat(id_: str) -> bytes:
    """Nothing happened; a reader whose connection breaks later asks for what comes behind this."""
    return f": nothing new\nid: {id_}\n\n".encode()


def opening(id_: str, retry_ms: int) -> bytes:
    """`retry_ms`: after which a browser connects again."""
    return f"retry: {retry_ms}\nid: {id_}\n\n".encode()


class EventStream(Response):
    """`parts` is read no faster than its reader takes it, and closed with it; then `at_end` is called."""

    def __init__(
        self, parts: AsyncGenerator[bytes, None], at_end: Callable[[], None], send_seconds: float = SEND_SECONDS
    ) -> None:
        super().__init__(headers=HEADERS, media_type=MEDIA_TYPE)
        del self.headers["Content-Length"]
        self._parts = parts
        self._at_end = at_end
        self._send_seconds = send_seconds

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await unless_gone(receive, self._tell(send))
        except CallerGoneError:
            """The answer has begun, and nobody is there for another."""
        except TimeoutError:
            log.info("stream.too_slow", seconds=self._send_seconds)
        finally:
            self._at_end()

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._parts) as parts:
            async for part in parts:
                await self._sent(send, {"type": "http.response.body", "body": part, "more_body": True})
        await self._sent(send, {"type": "http.response.body", "body": b"", "more_body": False})

    async def _sent(self, send: Send, message: Message) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(self._send_seconds):
            await send(message)
