"""New connections: to addresses that the guard has judged, the quickest of them first (RFC 8305)."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

from aiohappyeyeballs import AddrInfoType, pop_addr_infos_interleave, start_connection

from .connection import GOODBYE_SECONDS, Connection
from .destinations import Destination
from .failures import explain_connect_error, unresolved
from .guard import AddressGuard
from .tls import ResumingContext
from .watch import DIALLING, RESOLVED, RESOLVING, Watch

_NEXT_ADDRESS_SECONDS: Final = 0.25

OnLost = Callable[[Connection], None]


class Dialler:
    """Every name is resolved by the guard, for each connection anew; an address in a URL was judged with the URL."""

    def __init__(self, guard: AddressGuard, tls: ssl.SSLContext, loop: asyncio.AbstractEventLoop) -> None:
        self._guard = guard
        self._tls = tls
        self._loop = loop

    async def dial(self, destination: Destination, watch: Watch | None, on_lost: OnLost) -> Connection:
        """Raises SendError."""
        if watch is not None:
            watch.note(DIALLING)
        infos = [_info(address, destination.origin.port) for address in await self._addresses(destination, watch)]
        try:
            return await self._first_of(infos, destination, on_lost)
        except OSError as error:
            if isinstance(self._tls, ResumingContext):
                self._tls.forget(destination.origin.host)
            raise explain_connect_error(error, destination.host_header) from error

    async def _addresses(self, destination: Destination, watch: Watch | None) -> tuple[str, ...]:
        origin = destination.origin
        if origin.is_literal:
            return (origin.host,)
        if watch is not None:
            watch.note(RESOLVING)
        try:
            addresses = await self._guard.resolve(origin.host, origin.port, granted=destination.granted)
        except OSError as error:
            raise unresolved(destination.host_header) from error
        if watch is not None:
            watch.note(RESOLVED)
        return addresses

    async def _first_of(self, infos: list[AddrInfoType], destination: Destination, on_lost: OnLost) -> Connection:
        """Where a connection fails after TCP was there, as in TLS, it is tried at the other addresses."""
        while True:
            connected = await start_connection(infos, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, loop=self._loop)
            try:
                return await self._speak(connected, destination, on_lost)
            except OSError:
                pop_addr_infos_interleave(infos)
                if not infos:
                    raise

    async def _speak(self, connected: socket.socket, destination: Destination, on_lost: OnLost) -> Connection:
        def made() -> Connection:
            return Connection(destination, self._loop, on_lost)

        if not destination.is_secure:
            return (await self._loop.create_connection(made, sock=connected))[1]
        _, connection = await self._loop.create_connection(
            made,
            sock=connected,
            ssl=self._tls,
            server_hostname=destination.origin.host,
            ssl_shutdown_timeout=GOODBYE_SECONDS,
        )
        return connection


def _info(address: str, port: int) -> AddrInfoType:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)
