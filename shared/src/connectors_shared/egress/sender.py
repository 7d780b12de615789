"""The sender on aiohttp: pooled connections to checked addresses, every bound of SendBounds enforced."""

import asyncio
import math
import ssl
from typing import Final, cast

from aiohttp import ClientRequest, ClientTimeout
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from connectors_shared.definition.methods import IDEMPOTENT

from .answers import Answers
from .connection import BoundedResponseHandler, Destination, GuardedConnector
from .destinations import Destinations
from .exchange import Call, exchange
from .failures import CONNECT_ERRORS, EXCHANGE_ERRORS, explain_connect_error, explain_exchange_error
from .guard import GRANTED, AddressGuard
from .origin import split_url
from .redirects import is_redirect, redirect_refused, redirected_request
from .refusal import SendError, total_timeout
from .request import DEFAULT_BOUNDS, HttpRequest, HttpResponse, SendBounds, SendFailure, SendFailureKind
from .tls import ResumingContext
from .watch import Watch
from .wire import RequestWriter

_REFUSALS: Final = frozenset(
    {SendFailureKind.address_refused, SendFailureKind.port_refused, SendFailureKind.invalid_url}
)


class AiohttpSender:
    """Implements the Sender port. The guard belongs to whoever made it; `close` leaves it alone.

    `keepalive_seconds` stays below the idle timeout of common servers (5 s), because a write that meets a
    connection just closed by its server cannot be repeated safely. `max_connections_per_origin` 0 means no
    bound of its own. `max_answer_bytes`: see `Answers`. `tls` defaults to `ResumingContext.trusting()`.
    """

    def __init__(
        self,
        guard: AddressGuard,
        *,
        max_connections: int = 1000,
        max_connections_per_origin: int = 0,
        keepalive_seconds: float = 4.0,
        max_answer_bytes: int = 256 * 1024 * 1024,
        tls: ssl.SSLContext | None = None,
        user_agent: str = "connectors-executor",
    ) -> None:
        self.answers = Answers(max_answer_bytes)
        self.guard = guard
        self._max_connections = max_connections
        self._max_connections_per_origin = max_connections_per_origin
        self._keepalive_seconds = keepalive_seconds
        self._tls = tls
        self._writer = RequestWriter(user_agent)
        self._destinations = Destinations(guard)
        self._timeout = ClientTimeout(connect=DEFAULT_BOUNDS.connect_seconds, ceil_threshold=math.inf)
        self._connector: GuardedConnector | None = None

    async def start(self) -> None:
        tls = self._tls
        if tls is None:
            tls = await asyncio.to_thread(ResumingContext.trusting)
        self._tls = tls
        tls.set_alpn_protocols(["http/1.1"])
        self._loop = asyncio.get_running_loop()
        self._connector = GuardedConnector(
            self.guard,
            tls=tls,
            max_connections=self._max_connections,
            max_connections_per_origin=self._max_connections_per_origin,
            keepalive_seconds=self._keepalive_seconds,
        )

    async def close(self) -> None:
        connector, self._connector = self._connector, None
        if connector is not None:
            await connector.close()

    async def send(self, request: HttpRequest, bounds: SendBounds = DEFAULT_BOUNDS) -> HttpResponse | SendFailure:
        """Raises RuntimeError before `start` and after `close`; everything expected is a value."""
        if self._connector is None:
            raise RuntimeError("the sender is not started")
        call = Call(self._loop.time(), bounds.total_seconds, self.answers, request.whose)
        try:
            response = await self._send_once(request, bounds, call)
            if request.follow_redirects and is_redirect(response):
                response = await self._follow(request, response, bounds, call)
        except SendError as error:
            call.release()
            return call.failure(error)
        except BaseException:
            call.release()
            raise
        response.hold = call.hold
        response.elapsed_seconds = call.elapsed_seconds()
        return response

    async def _follow(
        self, request: HttpRequest, response: HttpResponse, bounds: SendBounds, call: Call
    ) -> HttpResponse:
        for _ in range(bounds.max_redirects):
            call.release()
            request = redirected_request(request, response)
            response = await self._send_hop(request, bounds, call)
            if not is_redirect(response):
                return response
        raise SendError(
            SendFailureKind.too_many_redirects,
            f"The upstream redirected more than {bounds.max_redirects} times.",
        )

    async def _send_hop(self, request: HttpRequest, bounds: SendBounds, call: Call) -> HttpResponse:
        try:
            return await self._send_once(request, bounds, call)
        except SendError as error:
            if error.kind in _REFUSALS:
                raise redirect_refused(f"that is not followed: {error.message.removesuffix('.')}") from None
            raise

    async def _send_once(self, request: HttpRequest, bounds: SendBounds, call: Call) -> HttpResponse:
        origin_text, target = split_url(request.url)
        destination = self._destinations.find(origin_text, request.whose)
        if request.confidential is not None and destination.name not in request.confidential.origins:
            raise SendError(SendFailureKind.origin_refused, f"The credential may not be sent to {destination.name}.")
        message = self._writer.render(request, destination.host_header, target)
        if request.watch is not None:
            request.watch.message = message
        while True:
            connection = await self._connect(destination, bounds, call, request.watch)
            protocol = cast(BoundedResponseHandler, connection.protocol)
            reused = protocol.exchanges > 0
            if request.watch is not None:
                request.watch.connected(protocol.dialled_at, reused=reused)
            try:
                return await exchange(connection, protocol, message, request, bounds, call, self._loop)
            except EXCHANGE_ERRORS as error:
                # A pooled connection its server had given up: nobody answered, so ask again on another one.
                repeatable = not call.sent or request.method in IDEMPOTENT
                if not (reused and repeatable and protocol.received_bytes == 0):
                    raise explain_exchange_error(error, destination.host_header) from error

    async def _connect(
        self, destination: Destination, bounds: SendBounds, call: Call, watch: Watch | None
    ) -> Connection:
        connector = self._connector
        if connector is None:
            raise SendError(SendFailureKind.connection_lost, "The sender is closing.")
        seconds = bounds.connect_seconds
        remaining = call.deadline - self._loop.time()
        if remaining <= 0:
            raise total_timeout(bounds)
        if remaining < seconds:
            # Whole milliseconds, so that calls with the same bounds share one ClientTimeout.
            seconds = math.ceil(remaining * 1000) / 1000
        if self._timeout.connect != seconds:
            self._timeout = ClientTimeout(connect=seconds, ceil_threshold=math.inf)
        GRANTED.set(destination.granted)
        traces: list[Trace] = [] if watch is None else _watching(watch)
        try:
            return await connector.connect(cast(ClientRequest, destination), traces, self._timeout)
        except TimeoutError:
            if seconds < bounds.connect_seconds:
                raise total_timeout(bounds) from None
            raise explain_connect_error(TimeoutError(), destination.host_header) from None
        except CONNECT_ERRORS as error:
            if isinstance(self._tls, ResumingContext):
                self._tls.forget(destination.host)
            raise explain_connect_error(error, destination.host_header) from error


def _watching(watch: Watch) -> list[Trace]:
    watch.begin()
    return [cast(Trace, watch)]
