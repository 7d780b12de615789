"""An end to connections whose callers do not say what they want: uvicorn waits for a request without end.

Nobody has to be known to send half a head, so each such connection would hold a descriptor for as long as its caller
likes. How large a head may be is uvicorn's to bound.
"""

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from connectors_shared.runtime.framing import StrictConnection

WAIT_SECONDS: Final = 20.0
"""For a request to begin. Between two of them uvicorn waits for less, until the first byte comes."""
LEAST_BYTES: Final = 640 * 1024
"""In each such time, of the rest of a body that was answered before it was here: cut off, its caller might not get to
read the answer."""


class WatchedConnection(H11Protocol):
    """uvicorn's protocol, strict about where a request ends, and with an alarm that runs while no answer is owed."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = StrictConnection(h11.SERVER)
        self._alarm: asyncio.TimerHandle | None = None
        self._came = 0
        """Bytes since the alarm was set."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._came += len(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        is_owed = self.cycle is not None and not self.cycle.response_complete
        if is_owed or self.transport.is_closing():
            self._stop()
        elif self._alarm is None:
            self._came = 0
            self._alarm = self.loop.call_later(WAIT_SECONDS, self._waited)

    def _waited(self) -> None:
        self._stop()
        if self.cycle is not None and self.cycle.more_body and self._came >= LEAST_BYTES:
            self._watch()
        else:
            self.transport.close()

    def _stop(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
