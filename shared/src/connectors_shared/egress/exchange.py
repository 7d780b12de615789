"""One request and its response on one connection, within the bounds and the deadline."""

import asyncio
import time
from typing import Final

from .answers import Answers, Hold, Whose
from .connection import Connection
from .decoding import read_body, whole_body
from .pool import Pool
from .reader import SWITCHING_PROTOCOLS
from .refusal import SendError, bad_response, too_large
from .request import HttpRequest, HttpResponse, SendBounds, SendFailure
from .watch import ANSWERED, READ, SENT

SMALL_BYTES: Final = 16 * 1024
"""A body that came whole and has no more than this is not counted among the answers in memory."""


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
        await self._held().take(size)

    def count(self, size: int) -> None:
        """The whole body, of so many bytes, has come."""
        if size > SMALL_BYTES:
            self._held().add(size)

    def _held(self) -> Hold:
        if self.hold is None:
            self.hold = self._answers.begin(self.deadline, self._whose)
        return self.hold

    def release(self) -> None:
        """Nobody needs what has been read."""
        hold, self.hold = self.hold, None
        if hold is not None:
            hold.release()

    def failure(self, error: SendError) -> SendFailure:
        return SendFailure(error.kind, error.message, self.sent, self.elapsed_seconds(), self.status, error.place)


async def exchange(
    pool: Pool,
    connection: Connection,
    message: bytes,
    request: HttpRequest,
    bounds: SendBounds,
    call: Call,
    loop: asyncio.AbstractEventLoop,
) -> HttpResponse:
    """Writes `message`, reads the response, and gives the connection back, or drops it on any other end.

    Raises SendError, and what `failures.explain_exchange_error` explains.
    """
    watch, reader = request.watch, connection.reader
    try:
        answered = connection.ask(message, has_body=request.method != "HEAD", bounds=bounds, deadline=call.deadline)
        call.sent, call.status = True, None
        request.sent_bytes = len(message)
        if watch is not None:
            watch.note(SENT)
        if bounds.first_byte_seconds is None:
            await answered
        else:
            await _in_time(answered, connection, bounds.first_byte_seconds, loop)
        call.status = reader.status
        if watch is not None:
            watch.note(ANSWERED)
        if reader.status == SWITCHING_PROTOCOLS:
            raise bad_response("The upstream switched to another protocol.")
        if reader.announced_bytes > bounds.max_wire_bytes and not reader.complete:
            raise too_large("body")
        body = whole_body(reader, bounds)
        if body is not None:
            call.count(len(body))
        else:
            body = await read_body(connection, bounds, call.take)
        if watch is not None:
            watch.note(READ)
    except BaseException:
        connection.abort()
        pool.drop(connection)
        raise
    if connection.finish():
        pool.keep(connection)
    else:
        pool.end(connection)
        pool.drop(connection)
    return HttpResponse(reader.status, reader.headers, body, reader.received_bytes, request.url, 0.0)


async def _in_time(
    answered: asyncio.Future[None], connection: Connection, seconds: float, loop: asyncio.AbstractEventLoop
) -> None:
    timer = loop.call_later(seconds, connection.expire, seconds)
    try:
        await answered
    finally:
        timer.cancel()
