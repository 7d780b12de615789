"""One upstream connection: aiohttp's response parser behind bounds of our own.

aiohttp's ClientSession costs three times what the exchange itself does (bench/egress.py measures it), retries
behind the caller's back, and cannot say whether a request left. So the sender takes connections from
aiohttp's connector, whose documented `connect` gives them, and talks to the response protocol itself.
"""

import asyncio
import time
from functools import partial
from ssl import SSLContext
from typing import Any, cast

from aiohttp import StreamReader, TCPConnector
from aiohttp.client_exceptions import ServerDisconnectedError
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http_parser import RawResponseMessage
from yarl import URL

from connectors_shared.definition.origins import Origin

from .answers import Whose
from .decoding import too_large
from .guard import AddressGuard
from .refusal import total_timeout
from .request import DEFAULT_BOUNDS, SendBounds
from .tls import remember_session

_SWITCHING_PROTOCOLS = 101
_FIRST_FINAL_STATUS = 200
_MAX_INTERIM_RESPONSES = 32
_READ_BUFFER_BYTES = 64 * 1024
_CLOCK_STEP_SECONDS = 0.001


class BoundedResponseHandler(ResponseHandler):
    """Counts every byte received, ends an exchange at a bound or deadline, and trusts no bytes while idle."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.dialled_at = time.perf_counter()
        """TCP is there; TLS, if any, begins."""
        self.exchanges = 0
        self.received_bytes = 0
        self._busy = False
        self._awaiting_head = False
        self._max_head_bytes = 0
        self._max_bytes = 0
        self._max_framing_bytes = 0
        self._deadline = 0.0
        self._bounds = DEFAULT_BOUNDS
        self._parser_limits: tuple[bool, int, int] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0.0

    def begin(self, *, has_body: bool, bounds: SendBounds, deadline: float) -> None:
        """`deadline` is on the loop's clock; at it the exchange ends with SendError (total_timeout)."""
        self.exchanges += 1
        self.received_bytes = 0
        self._busy = self._awaiting_head = True
        self._bounds = bounds
        self._max_head_bytes = bounds.max_header_bytes
        self._max_bytes = bounds.max_wire_bytes + 2 * bounds.max_header_bytes
        # What is no body: the head, and how chunks are framed, of which each costs as much as hundreds of bytes.
        self._max_framing_bytes = bounds.max_header_bytes + bounds.max_framing_bytes
        self._watch(deadline)
        limits = (has_body, bounds.max_header_bytes, bounds.max_header_count)
        if limits != self._parser_limits:
            self._make_parser(*limits)

    def _make_parser(self, has_body: bool, max_header_bytes: int, max_header_count: int) -> None:
        """To make one costs as much as to read a response with it, so it serves all exchanges with its limits."""
        self._parser_limits = (has_body, max_header_bytes, max_header_count)
        self.set_response_params(
            skip_payload=not has_body,
            read_until_eof=True,
            auto_decompress=False,
            read_bufsize=_READ_BUFFER_BYTES,
            max_line_size=max_header_bytes,
            max_field_size=max_header_bytes,
            max_headers=max_header_count,
        )

    async def read_head(self) -> tuple[RawResponseMessage, StreamReader]:
        """The final response's head; a few interim ones (1xx) are dropped."""
        for _ in range(_MAX_INTERIM_RESPONSES + 1):
            head, content = await self.read()
            if head.code >= _FIRST_FINAL_STATUS or head.code == _SWITCHING_PROTOCOLS:
                break
        else:
            raise too_large("head")
        self._awaiting_head = False
        if self.received_bytes > self._max_head_bytes:
            size = sum(len(name) + len(value) + 4 for name, value in head.raw_headers)
            if size > self._max_head_bytes:
                raise too_large("head")
        return head, content

    def finish(self) -> None:
        self._busy = False
        if self.exchanges == 1:
            remember_session(self.transport)

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
            self.set_exception(total_timeout(self._bounds))

    def _stop_watching(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def abort(self) -> None:
        self._stop_watching()
        super().abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def resume_reading(self, resume_parser: bool = True) -> None:
        # Without decompression, a parser that was not paused holds nothing back that it could be asked for.
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        super().set_exception(exc, *cause)
        # aiohttp tells a body's reader of a lost connection, but not of a parser's error in mid-body.
        content = self._payload
        if content is not None and content.exception() is None and not content.is_eof():
            content.set_exception(exc, *cause)

    def data_received(self, data: bytes) -> None:
        if data:
            if not self._busy:
                # Nobody asked: left in the pool, these bytes would answer the next request.
                self.abort()
                return
            self.received_bytes += len(data)
            if self.received_bytes > self._max_bytes:
                self.set_exception(too_large("body"))
                return
        super().data_received(data)
        if self._awaiting_head and self.received_bytes > self._max_head_bytes and not self._buffer:
            self.set_exception(too_large("head"))
        elif self._payload is not None and self._framing_bytes(self._payload) > self._max_framing_bytes:
            self.set_exception(too_large("body"))

    def _framing_bytes(self, content: StreamReader) -> int:
        return self.received_bytes - content.total_bytes

    def write(self, message: bytes) -> None:
        """Raises ServerDisconnectedError when the connection is gone already: nothing was written."""
        transport = self.transport
        if transport is None or transport.is_closing():
            raise ServerDisconnectedError
        transport.write(message)


class Destination:
    """What aiohttp's connector wants to know of a request, made once per origin, and once for each party that was
    granted what is internal there: its connections are its own.
    """

    __slots__ = (
        "connection_key",
        "granted",
        "host",
        "host_header",
        "name",
        "origin",
        "port",
        "proxy",
        "server_hostname",
        "ssl",
        "url",
    )

    def __init__(self, origin: Origin, party: Whose | None = None) -> None:
        self.origin = origin
        self.name = str(origin)
        self.granted = party is not None
        self.host_header = origin.host_header
        self.url = URL.build(scheme=origin.scheme, host=origin.host, port=origin.port)
        self.host = origin.host
        self.port = origin.port
        self.ssl = True
        self.server_hostname = None
        self.proxy = None
        self.connection_key = ConnectionKey(
            origin.host,
            origin.port,
            self.is_ssl(),
            ssl=True,
            proxy=None,
            # Nothing but a part of the key here, compared with those of others.
            proxy_auth=cast(Any, party),
            proxy_headers_hash=None,
        )

    def is_ssl(self) -> bool:
        return self.origin.scheme == "https"


class GuardedConnector(TCPConnector):
    """aiohttp's pool and dialler, with the guard as its resolver and our handler on every connection."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        tls: SSLContext,
        max_connections: int,
        max_connections_per_origin: int,
        keepalive_seconds: float,
    ) -> None:
        super().__init__(
            resolver=guard,
            use_dns_cache=False,
            ssl=tls,
            limit=max_connections,
            limit_per_host=max_connections_per_origin,
            keepalive_timeout=keepalive_seconds,
        )
        self._factory = cast("partial[ResponseHandler]", partial(BoundedResponseHandler, loop=self._loop))
