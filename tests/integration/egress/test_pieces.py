"""Answers that come byte by byte, plain and over TLS, are the same as in one piece, and nothing beside them is read."""

import asyncio
import gzip
import os
import socket
import ssl
from pathlib import Path

import pytest

from connectors_shared.egress import HttpRequest, HttpResponse, LlhttpSender, SendBounds
from tests.integration.egress.conftest import Handler, MakeSender, Serve
from tests.integration.egress.test_guarded_sends import names, self_signed

BOUNDS = SendBounds(total_seconds=20)
BODY = b'{"city": "Diamond Bar"}'
ZIPPED = gzip.compress(BODY)
CLOSED = b"HTTP/1.1 200 OK\r\n\r\n" + BODY
ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY,
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: %d\n\n" % len(BODY) + BODY,
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n%s\r\n%x\r\n%s\r\n0\r\nT: t\r\n\r\n"
    % (BODY[:5], len(BODY) - 5, BODY[5:]),
    "interim": b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    + BODY,
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED,
    "until the end": CLOSED,
}


def dripping(wire: bytes, connections: list[int]) -> Handler:
    """Each byte in a packet of its own, and over TLS in a record of its own."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        while True:
            await reader.readuntil(b"\r\n\r\n")
            for at in range(len(wire)):
                writer.write(wire[at : at + 1])
                await asyncio.sleep(0)
            if wire is CLOSED:
                return

    return handle


@pytest.fixture(params=["http", "https"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def sender_to(
    handler: Handler, scheme: str, serve: Serve, make_sender: MakeSender, folder: Path
) -> tuple[LlhttpSender, str]:
    context, certificate = self_signed(folder, "api.example")
    port = await serve(handler, tls=context if scheme == "https" else None)
    trusting = ssl.create_default_context(cafile=certificate)
    sender = await make_sender(f"api.example:{port}", lookup=names(["127.0.0.1"]), tls=trusting)
    return sender, f"{scheme}://api.example:{port}/"


@pytest.mark.parametrize("kind", ANSWERS)
async def test_an_answer_byte_by_byte_is_the_same(
    serve: Serve, make_sender: MakeSender, tmp_path: Path, scheme: str, kind: str
) -> None:
    connections: list[int] = []
    sender, url = await sender_to(dripping(ANSWERS[kind], connections), scheme, serve, make_sender, tmp_path)
    for _ in range(3):
        answer = await sender.send(HttpRequest("GET", url, ()), BOUNDS)
        assert isinstance(answer, HttpResponse), answer
        assert (answer.status, answer.body, answer.wire_bytes) == (200, BODY, len(ANSWERS[kind]))
    assert len(connections) == (3 if kind == "until the end" else 1)


@pytest.mark.parametrize("kind", ["length", "chunks"])
@pytest.mark.parametrize("surplus", [b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"])
async def test_what_comes_after_an_answer_answers_nobody(
    serve: Serve, make_sender: MakeSender, tmp_path: Path, scheme: str, kind: str, surplus: bytes
) -> None:
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWERS[kind] + surplus)

    sender, url = await sender_to(handle, scheme, serve, make_sender, tmp_path)
    for _ in range(3):
        answer = await sender.send(HttpRequest("GET", url, ()), BOUNDS)
        assert isinstance(answer, HttpResponse), answer
        assert answer.body == BODY
    assert connections == 3


async def test_a_large_body_that_nobody_takes_waits_in_its_socket(
    serve: Serve, make_sender: MakeSender, tmp_path: Path, scheme: str
) -> None:
    """Two answers, and memory for one: the second is read when the first is released, and both are whole."""
    size = 8_000_000

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 100_000):
            writer.write(b"x" * 100_000)
            await writer.drain()

    sender, url = await sender_to(handle, scheme, serve, make_sender, tmp_path)
    sender.answers = type(sender.answers)(size // 2)
    first, second = (
        asyncio.ensure_future(sender.send(HttpRequest("GET", url, (), whose=("w", number)), BOUNDS)) for number in "ab"
    )
    [ready], waiting = await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
    assert len(waiting) == 1
    for sending in (ready, *waiting):
        answer = await sending
        assert isinstance(answer, HttpResponse), answer
        assert len(answer.body) == size
        answer.release()


async def test_an_early_answer_to_an_upload_is_given_and_ends_the_connection(
    serve: Serve, make_sender: MakeSender, tmp_path: Path, scheme: str
) -> None:
    """The rest of the upload would come before the next request."""
    heads = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heads
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"POST / HTTP/1.1\r\n")
        heads += 1
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await asyncio.Event().wait()

    sender, url = await sender_to(handle, scheme, serve, make_sender, tmp_path)
    for _ in range(2):
        answer = await sender.send(HttpRequest("POST", url, (), b"x" * 20_000_000), BOUNDS)
        assert isinstance(answer, HttpResponse), answer
        assert answer.status == 413
    assert heads == 2


async def test_an_upstream_that_ends_its_side_and_reads_nothing_more_keeps_no_connection(
    serve: Serve, make_sender: MakeSender, tmp_path: Path, scheme: str
) -> None:
    """TLS has said goodbye then, and the socket below it would keep the rest of the upload for as long as it likes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as upstream:
            upstream.shutdown(socket.SHUT_WR)
        await asyncio.Event().wait()

    sender, url = await sender_to(handle, scheme, serve, make_sender, tmp_path)
    answer = await sender.send(HttpRequest("POST", url, (), b"x" * 20_000_000), BOUNDS)
    assert isinstance(answer, HttpResponse), answer
    assert answer.status == 413
    assert sender._pool is not None
    async with asyncio.timeout(2):
        while sender._pool._open:
            await asyncio.sleep(0.01)


async def test_bytes_that_wait_in_the_socket_answer_nobody(
    serve: Serve, make_sender: MakeSender, tmp_path: Path, scheme: str
) -> None:
    """The loop has not looked since the answer before: a busy one seldom does."""
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        sock = writer.get_extra_info("socket")
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWERS["length"])
            late.append((writer, sock))

    late: list[tuple[asyncio.StreamWriter, socket.socket]] = []
    sender, url = await sender_to(handle, scheme, serve, make_sender, tmp_path)
    for _ in range(3):
        answer = await sender.send(HttpRequest("GET", url, ()), BOUNDS)
        assert isinstance(answer, HttpResponse), answer
        assert answer.body == BODY
        with socket.socket(fileno=os.dup(late[-1][1].fileno())) as upstream:
            upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    assert connections == 3
