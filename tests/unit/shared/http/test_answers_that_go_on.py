"""Answers that go on are ended before a stop waits for their connections, and come to a proper end."""

import asyncio
import socket
from collections.abc import AsyncGenerator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from connectors_shared.http.event_stream import EventStream, event
from connectors_shared.runtime.server import _Server


async def test_a_stop_ends_streams_and_their_readers_see_the_end() -> None:
    stopping, left = asyncio.Event(), asyncio.Event()

    async def parts() -> AsyncGenerator[bytes, None]:
        yield event(b"{}", id_="1")
        await stopping.wait()

    async def follow(_request: Request) -> EventStream:
        return EventStream(parts(), left.set)

    bound = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/", follow)])
    server = _Server(uvicorn.Config(app, log_config=None, lifespan="off"), stopping.set)
    serving = asyncio.ensure_future(server.serve([bound]))
    reader, writer = await asyncio.open_connection(*bound.getsockname())
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    await reader.readuntil(b"id: 1\ndata: {}\n\n")
    server.should_exit = True
    assert (await reader.read()).endswith(b"0\r\n\r\n")
    await serving
    assert left.is_set()
    writer.close()
