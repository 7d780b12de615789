"""A connection that never says what it wants does not stay, however it goes about it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from connectors_shared.runtime import silent_callers
from connectors_shared.runtime.silent_callers import WatchedConnection

WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UNREAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
DEADLINE_SECONDS = 30


async def hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await request.body())


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    app = Starlette(routes=[Route("/", hello, methods=["GET", "POST"]), Route("/echo", echo, methods=["POST"])])
    config = uvicorn.Config(app, log_config=None, timeout_keep_alive=3_600)
    config.load()
    loop, state = asyncio.get_running_loop(), ServerState()
    server = await loop.create_server(lambda: WatchedConnection(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            yield reader, writer
    finally:
        writer.close()
        server.close()


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    return head.split(b"\r\n")[0] + b" " + await reader.readexactly(length)


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nX-"])
async def test_a_head_that_does_not_come_ends_the_connection(first: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silent_callers, "WAIT_SECONDS", 0.01)
    async with connected() as (reader, writer):
        writer.write(first)
        assert await reader.read() == b""


async def test_so_does_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected() as (reader, writer):
        writer.write(WHOLE)
        assert await answer(reader) == b"HTTP/1.1 200 OK hello"
        monkeypatch.setattr(silent_callers, "WAIT_SECONDS", 0.01)
        writer.write(b"GET / HT")
        assert await reader.read() == b""


async def test_so_does_the_rest_of_a_body_that_was_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected() as (reader, writer):
        monkeypatch.setattr(silent_callers, "WAIT_SECONDS", 0.01)
        writer.write(UNREAD)
        assert await answer(reader) == b"HTTP/1.1 200 OK hello"
        assert await reader.read() == b""


async def test_the_rest_of_it_that_goes_on_coming_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silent_callers, "LEAST_BYTES", 0)
    async with connected() as (reader, writer):
        monkeypatch.setattr(silent_callers, "WAIT_SECONDS", 0.001)
        writer.write(UNREAD)
        assert await answer(reader) == b"HTTP/1.1 200 OK hello"
        monkeypatch.setattr(silent_callers, "WAIT_SECONDS", 3_600.0)
        for _ in range(20):
            writer.write(b"x" * 50_000)
            await writer.drain()
        writer.write(WHOLE)
        assert await answer(reader) == b"HTTP/1.1 200 OK hello"


async def test_a_body_takes_as_long_as_it_takes_and_many_requests_one_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with connected() as (reader, writer):
        body = b"x" * 200_000
        for _ in range(2):
            writer.write(WHOLE + b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n")
            assert await answer(reader) == b"HTTP/1.1 200 OK hello"
            monkeypatch.setattr(silent_callers, "WAIT_SECONDS", 0.001)
            for start in range(0, len(body), 50_000):
                writer.write(body[start : start + 50_000])
                await writer.drain()
            monkeypatch.setattr(silent_callers, "WAIT_SECONDS", 3_600.0)
            assert await answer(reader) == b"HTTP/1.1 200 OK " + body
