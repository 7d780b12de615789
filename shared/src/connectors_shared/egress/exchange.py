"""One request and its response on one connection, within the bounds and the deadline."""

import asyncio
import time
from typing import Final

from aiohttp import StreamReader
from aiohttp.connector import Connection
from aiohttp.http_parser import RawResponseMessage

from .answers import Answers, Hold, Whose
from .connection import BoundedResponseHandler
from .decoding import bad_response, read_body, too_large
from .refusal import SendError
from .request import HttpRequest, HttpResponse, SendBounds, SendFailure, SendFailureKind
from .watch import ANSWERED, READ, SENT

_SWITCHING_PROTOCOLS: Final = 101
MOST_DIGITS: Final = 19


class Call:
    """What is known of one send so far, over all its hops.

    `deadline` is on the loop's clock, as its timers need; what is measured is not, because uvloop's clock
    stands still within an iteration and counts whole milliseconds.
    """

    __slots__ = ("_answers", "_whose", "deadline", "hold", "sent", "started", "status")

    def __init__(self, loop_time: float, total_seconds: float, answers: Answers, whose: Whose) -> None:
        self._answers = answers
        self._whose = whose
        self.hold: Hold | None = None
        self.started = time.perf_counter()
        self.deadline = loop_time + total_seconds
        self.sent = False
        self.status: int | None = None

    def elapsed_seconds(self) -> float:
        return time.perf_counter() - self.started

    async def take(self, size: int) -> None:
        """Read so many bytes of the body; see `Hold.take`."""
        if self.hold is None:
            self.hold = self._answers.begin(self.deadline, self._whose)
        await self.hold.take(size)

    def release(self) -> None:
        """Nobody needs what has been read."""
        hold, self.hold = self.hold, None
        if hold is not None:
            hold.release()

    def failure(self, error: SendError) -> SendFailure:
        return SendFailure(error.kind, error.message, self.sent, self.elapsed_seconds(), self.status)


async def exchange(
    connection: Connection,
    protocol: BoundedResponseHandler,
    message: bytes,
    request: HttpRequest,
    bounds: SendBounds,
    call: Call,
    loop: asyncio.AbstractEventLoop,
) -> HttpResponse:
    """Writes `message`, reads the response, and gives the connection back, or drops it on any other end.

    Raises SendError, and what `failures.explain_exchange_error` explains.
    """
    try:
        protocol.begin(has_body=request.method != "HEAD", bounds=bounds, deadline=call.deadline)
        protocol.write(message)
        call.sent, call.status = True, None
        request.sent_bytes = len(message)
        if request.watch is not None:
            request.watch.note(SENT)
        if bounds.first_byte_seconds is None:
            head, content = await protocol.read_head()
        else:
            head, content = await _read_head_in_time(protocol, bounds.first_byte_seconds, loop)
        call.status = head.code
        if request.watch is not None:
            request.watch.note(ANSWERED)
        body = await _read_response_body(head, content, bounds, call)
        if request.watch is not None:
            request.watch.note(READ)
    except BaseException:
        protocol.abort()
        connection.close()
        raise
    protocol.finish()
    connection.release()
    return HttpResponse(head.code, head.headers, body, protocol.received_bytes, request.url, 0.0)


async def _read_head_in_time(
    protocol: BoundedResponseHandler, seconds: float, loop: asyncio.AbstractEventLoop
) -> tuple[RawResponseMessage, StreamReader]:
    timer = loop.call_later(seconds, _expire_first_byte, protocol, seconds)
    try:
        return await protocol.read_head()
    finally:
        timer.cancel()


async def _read_response_body(head: RawResponseMessage, content: StreamReader, bounds: SendBounds, call: Call) -> bytes:
    if head.code == _SWITCHING_PROTOCOLS:
        raise bad_response("The upstream switched to another protocol.")
    headers = head.headers
    if not content.is_eof():
        announced = headers.get("Content-Length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:MOST_DIGITS]) > bounds.max_wire_bytes:
            raise too_large("body")
    return await read_body(content, headers.get("Content-Encoding", ""), bounds, call.take)


def _expire_first_byte(protocol: BoundedResponseHandler, seconds: float) -> None:
    message = f"The upstream did not answer within {seconds:g} seconds."
    protocol.set_exception(SendError(SendFailureKind.first_byte_timeout, message))
