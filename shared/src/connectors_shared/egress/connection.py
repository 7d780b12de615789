"""One upstream connection: a request out, its response in, one deadline, and no byte that nobody asked for."""

import asyncio
import select
import time
from collections.abc import Callable
from typing import Final, cast

from httptools import HttpParserError

from .destinations import Destination
from .reader import ResponseReader
from .refusal import SendError, first_byte_timeout, too_large, total_timeout
from .request import DEFAULT_BOUNDS, SendBounds
from .tls import remember_session

_MOST_UNREAD_BYTES: Final = 128 * 1024
"""Of a body. With more of it the upstream waits in its socket."""
_CLOCK_STEP_SECONDS: Final = 0.001
_SOON_SENT_BYTES: Final = 64 * 1024
"""The layer of TLS does not tell what of a request is unsent; this much the system takes at once."""
GOODBYE_SECONDS: Final = 4.0
"""How long a closed TLS connection waits for the other side to close it too, and to take what is unsent."""


class ConnectionLostError(Exception):
    """The upstream ended the connection, or it was gone already."""


class Connection(asyncio.Protocol):
    """Of one destination. An exchange is `ask`, `more` until the response is complete, and `finish`; on any other end
    the connection is aborted. Whoever asks waits for one future, and a response that comes in one read is whole then.
    """

    __slots__ = (
        "_alarm",
        "_alarm_at",
        "_bounds",
        "_busy",
        "_deadline",
        "_error",
        "_half_closed",
        "_loop",
        "_max_bytes",
        "_on_lost",
        "_paused",
        "_poll",
        "_sent_bytes",
        "_transport",
        "_waiter",
        "destination",
        "dialled_at",
        "exchanges",
        "idle_since",
        "reader",
    )

    def __init__(
        self, destination: Destination, loop: asyncio.AbstractEventLoop, on_lost: Callable[["Connection"], None]
    ) -> None:
        self.destination = destination
        self.dialled_at = time.perf_counter()
        """TCP is there; TLS, if any, begins."""
        self.exchanges = 0
        self.idle_since = 0.0
        self.reader = ResponseReader()
        self._loop = loop
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._poll: Callable[[int], list[tuple[int, int]]] | None = None
        self._busy = self._paused = self._half_closed = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._bounds = DEFAULT_BOUNDS
        self._max_bytes = self._sent_bytes = 0
        self._deadline = self._alarm_at = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def is_quiet(self) -> bool:
        """Nothing waits in the socket: bytes that nobody asked for would answer the next request, and after an end a
        write fails that cannot be repeated. The loop may not have looked since the last response."""
        if self._poll is None:
            sock = None if self._transport is None else self._transport.get_extra_info("socket")
            if sock is None:
                return True
            poll = select.poll()
            poll.register(sock.fileno(), select.POLLIN)
            self._poll = poll.poll
        return not self._poll(0)

    def ask(self, message: bytes, *, has_body: bool, bounds: SendBounds, deadline: float) -> asyncio.Future[None]:
        """Writes the whole of `message`; the future is done when the head of the response is there, and fails as `more`
        does. `deadline` is on the loop's clock; at it the exchange ends (total_timeout).

        Raises ConnectionLostError when the connection is gone already: nothing was written.
        """
        self.reader.begin(bounds, has_body=has_body)
        transport = self._transport
        if transport is None or transport.is_closing():
            raise ConnectionLostError
        self.exchanges += 1
        self._busy = True
        self._error = None
        self._bounds = bounds
        self._max_bytes = bounds.max_header_bytes + bounds.max_framing_bytes + bounds.max_wire_bytes
        self._watch(deadline)
        waiter = self._waiter = self._loop.create_future()
        self._sent_bytes = len(message)
        transport.write(message)
        return waiter

    async def more(self) -> bytes:
        """What has come of the body since the last time; empty at its end. Raises SendError, HttpParserError and
        ConnectionLostError."""
        reader = self.reader
        while not reader.pieces:
            if reader.complete:
                return b""
            if self._error is not None:
                raise self._error
            self._waiter = self._loop.create_future()
            await self._waiter
        if self._error is not None:
            raise self._error
        self._resume()
        return reader.take()

    def finish(self) -> bool:
        """The response was read. Can the connection be used for another?"""
        self._busy = False
        transport = self._transport
        if transport is None:
            return False
        if self.exchanges == 1:
            remember_session(transport)
        # What of a request is unsent still, although it was answered, would hold up the next one.
        return self.reader.keeps and not self._paused and not transport.is_closing() and self._is_sent(transport)

    def fail(self, error: Exception) -> None:
        """The exchange ends with this, unless its response has come: whoever asked may not have seen that yet."""
        if self.reader.complete:
            return
        if self._error is None:
            self._error = error
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)
        self._pause()  # whoever asked may wait for room among the answers: an upstream that goes on waits as well

    def expire(self, seconds: float) -> None:
        """The head of the response was to be there by now."""
        if not self.reader.status:
            self.fail(first_byte_timeout(seconds))

    def close(self) -> None:
        """In the manner of TLS, if it is spoken. What is unsent is not waited for: nobody may ever read it."""
        transport = self._transport
        if transport is None or not self._is_sent(transport):
            self.abort()
            return
        self._stop_watching()
        if self.destination.is_secure:
            # TLS may have said goodbye, and the socket below it still waits for an upstream that reads nothing.
            self._alarm = self._loop.call_later(GOODBYE_SECONDS, self.abort)
        transport.close()

    def abort(self) -> None:
        self._stop_watching()
        if self._transport is not None:
            self._transport.abort()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._busy:
            # Nobody asked: left in the pool, these bytes would answer the next request.
            self.abort()
            return
        if self._error is not None:
            return
        reader = self.reader
        try:
            reader.feed(data)
        except (SendError, HttpParserError) as error:
            self.fail(error)
            return
        if reader.complete:
            self._tell()
        elif reader.received_bytes > self._max_bytes:
            self.fail(too_large("body"))
        elif reader.status:
            self._tell()
            if reader.unread_bytes > _MOST_UNREAD_BYTES:
                self._pause()

    def eof_received(self) -> None:
        self._half_closed = True

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_watching()
        self._transport = None
        if self._busy:
            if exc is None and self._half_closed and self.reader.end():
                self._tell()
            else:
                self.fail(ConnectionLostError())
        self.reader.discard()
        self._on_lost(self)

    def _is_sent(self, transport: asyncio.Transport) -> bool:
        """Whether nothing of the request waits, as far as can be told."""
        return not transport.get_write_buffer_size() and (
            self._sent_bytes <= _SOON_SENT_BYTES or not self.destination.is_secure
        )

    def _tell(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _pause(self) -> None:
        if not self._paused and self.is_open():
            assert self._transport is not None
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            if self._transport is not None and not self._transport.is_closing():
                self._transport.resume_reading()

    def _watch(self, deadline: float) -> None:
        """One timer serves many exchanges: it is left alone until it fires, and then set to what is due by then."""
        self._deadline = deadline
        if self._alarm is None or self._alarm_at > deadline:
            self._stop_watching()
            self._alarm = self._loop.call_at(deadline, self._check_deadline)
            self._alarm_at = deadline

    def _check_deadline(self) -> None:
        self._alarm = None
        if not self._busy:
            return
        if self._loop.time() + _CLOCK_STEP_SECONDS < self._deadline:
            self._watch(self._deadline)
        else:
            self.fail(total_timeout(self._bounds))

    def _stop_watching(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
