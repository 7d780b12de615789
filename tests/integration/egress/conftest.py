"""A hostile upstream in a few lines: raw asyncio servers on loopback, reached through exact grants."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Protocol

import pytest
import uvloop

from connectors_shared.egress import AddressGuard, LlhttpSender, parse_grants
from connectors_shared.egress.lookup import Lookup

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[..., Awaitable[int]]


class MakeSender(Protocol):
    async def __call__(
        self,
        *grants: str,
        lookup: Lookup | None = None,
        tls: ssl.SSLContext | None = None,
        max_connections: int = 100,
        dns_ttl_seconds: float = 10.0,
    ) -> LlhttpSender: ...


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Production runs on uvloop; its transports differ in when they write, pause and report a lost peer."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server that runs a handler per connection, and answers its port."""
    async with AsyncExitStack() as stack:
        tasks: set[asyncio.Task[None]] = set()

        async def start(handler: Handler, tls: ssl.SSLContext | None = None) -> int:
            async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.current_task()
                assert task is not None
                tasks.add(task)
                try:
                    await handler(reader, writer)
                except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                    pass
                finally:
                    writer.close()

            server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
            stack.callback(server.close)
            port: int = server.sockets[0].getsockname()[1]
            return port

        yield start
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def make_sender() -> AsyncIterator[MakeSender]:
    async with AsyncExitStack() as stack:

        async def make(
            *grants: str,
            lookup: Lookup | None = None,
            tls: ssl.SSLContext | None = None,
            max_connections: int = 100,
            dns_ttl_seconds: float = 10.0,
        ) -> LlhttpSender:
            granted = parse_grants(",".join(grants))
            guard = AddressGuard(grants=granted, lookup=lookup, dns_ttl_seconds=dns_ttl_seconds)
            stack.push_async_callback(guard.close)
            sender = LlhttpSender(guard, max_connections=max_connections, tls=tls, keepalive_seconds=60)
            await sender.start()
            stack.push_async_callback(sender.close)
            return sender

        yield make
