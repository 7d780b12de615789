"""The sender on llhttp: pooled connections to checked addresses, every bound of SendBounds enforced."""

import asyncio
import ssl
from typing import Final

from connectors_shared.definition.methods import IDEMPOTENT

from .answers import Answers
from .connection import Connection
from .destinations import Destination, Destinations
from .dialling import Dialler
from .exchange import Call, exchange
from .failures import EXCHANGE_ERRORS, connect_timeout, explain_exchange_error
from .guard import AddressGuard
from .origin import split_url
from .pool import Pool
from .redirects import is_redirect, redirect_refused, redirected_request
from .refusal import SendError, closing, total_timeout
from .request import DEFAULT_BOUNDS, HttpRequest, HttpResponse, SendBounds, SendFailure, SendFailureKind
from .tls import ResumingContext
from .watch import Watch
from .wire import RequestWriter

_REFUSALS: Final = frozenset(
    {SendFailureKind.address_refused, SendFailureKind.port_refused, SendFailureKind.invalid_url}
)


class LlhttpSender:
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
        self._pool: Pool | None = None

    async def start(self) -> None:
        tls = self._tls
        if tls is None:
            tls = await asyncio.to_thread(ResumingContext.trusting)
        self._tls = tls
        tls.set_alpn_protocols(["http/1.1"])
        self._loop = asyncio.get_running_loop()
        self._pool = Pool(
            self._loop,
            Dialler(self.guard, tls, self._loop).dial,
            most=self._max_connections,
            most_per_destination=self._max_connections_per_origin,
            idle_seconds=self._keepalive_seconds,
        )

    async def close(self) -> None:
        """Ends what is under way."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
            await asyncio.sleep(0)  # connections end in the loop's next turn

    async def send(self, request: HttpRequest, bounds: SendBounds = DEFAULT_BOUNDS) -> HttpResponse | SendFailure:
        """Raises RuntimeError before `start` and after `close`; everything expected is a value."""
        if self._pool is None:
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
            pool = self._pool
            if pool is None:
                raise closing()
            if request.watch is not None:
                request.watch.begin()
            connection = pool.kept(destination) or await self._connect(pool, destination, bounds, call, request.watch)
            reused = connection.exchanges > 0
            if request.watch is not None:
                request.watch.connected(connection.dialled_at, reused=reused)
            try:
                return await exchange(pool, connection, message, request, bounds, call, self._loop)
            except EXCHANGE_ERRORS as error:
                # A pooled connection its server had given up: nobody answered, so ask again on another one.
                repeatable = not call.sent or request.method in IDEMPOTENT
                if not (reused and repeatable and connection.reader.received_bytes == 0):
                    raise explain_exchange_error(error, destination.host_header) from error

    async def _connect(
        self, pool: Pool, destination: Destination, bounds: SendBounds, call: Call, watch: Watch | None
    ) -> Connection:
        until = self._loop.time() + bounds.connect_seconds
        try:
            async with asyncio.timeout_at(min(until, call.deadline)):
                return await pool.connect(destination, watch)
        except TimeoutError:
            if until > call.deadline:
                raise total_timeout(bounds) from None
            raise connect_timeout(destination.host_header) from None
