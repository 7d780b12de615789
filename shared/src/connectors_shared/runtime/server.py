"""Run a service as the process: uvloop, one or two ports, orderly stop on SIGTERM and Ctrl-C."""

import asyncio
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors_shared.runtime.lost_connections import report_as_connection_errors
from connectors_shared.runtime.silent_callers import WatchedConnection

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130
COLLECT_AFTER = 10_000


@dataclass(frozen=True, slots=True)
class Service:
    """What a process answers: `api` on its port, and on another one what is for operators, unless all of it is.

    `at_stop` is called before the connections are waited for: it ends answers that would go on.
    """

    api: Starlette
    internal: Starlette | None = None
    at_stop: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where it listens. `internal_port`: required when the service has something for it."""

    host: str
    port: int
    internal_port: int | None = None


def serve(build: Callable[[], Awaitable[Service]], addresses: Addresses) -> None:
    """Build the service inside the loop that will run it, then serve until a signal comes.

    The lifespan of `api` starts and stops everything else. A stop by signal is a normal return. Raises OSError when a
    port cannot be had.
    """
    report_as_connection_errors()
    try:
        uvloop.run(_serve(build, addresses))
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


class ByPort:
    """An ASGI app that is `internal` on that port, and `api` on any other."""

    def __init__(self, api: ASGIApp, internal: ASGIApp, internal_port: int) -> None:
        self._api = api
        self._internal = internal
        self._internal_port = internal_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        server = scope.get("server") if scope["type"] != "lifespan" else None
        inside = server is not None and server[1] == self._internal_port
        await (self._internal if inside else self._api)(scope, receive, send)


class _Server(uvicorn.Server):
    """uvicorn's own handling kills the process with the signal once more after the orderly stop."""

    def __init__(self, config: uvicorn.Config, at_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._at_stop = at_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._at_stop()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in STOP_SIGNALS:
                loop.remove_signal_handler(number)


async def _serve(build: Callable[[], Awaitable[Service]], addresses: Addresses) -> None:
    service = await build()
    app, ports = _on_ports(service, addresses)
    with _bound(addresses.host, ports) as sockets:
        collect_less()
        # Whose address is believed is ours to say: uvicorn believes whatever a local peer sends in a header.
        config = uvicorn.Config(
            app,
            http=WatchedConnection,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
            proxy_headers=False,
        )
        server = _Server(config, service.at_stop)
        await server.serve(sockets)
    if not server.started:
        raise SystemExit(3)
    await asyncio.sleep(0)


def _on_ports(service: Service, addresses: Addresses) -> tuple[ASGIApp, list[int]]:
    if service.internal is None:
        return service.api, [addresses.port]
    if addresses.internal_port is None:
        raise ValueError("a service with internal pages needs a port for them")
    app = ByPort(service.api, service.internal, addresses.internal_port)
    return app, [addresses.port, addresses.internal_port]


@contextmanager
def _bound(host: str, ports: list[int]) -> Iterator[list[socket.socket]]:
    """Ours from now on; they refuse connections until the service has started."""
    with ExitStack() as stack:
        yield [stack.enter_context(_bound_socket(host, port)) for port in ports]


def _bound_socket(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from error
    return bound


def collect_less() -> None:
    """What is there now stays, so that collections need not walk it; and a full queue is no garbage.

    The default looks after every 700 objects that are kept, and then walks all records that wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
