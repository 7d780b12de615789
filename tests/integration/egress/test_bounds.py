"""A hostile upstream costs its own call no more than the bounds, and says so."""

import asyncio
import gzip
import itertools
import zlib
from collections.abc import Callable
from typing import Protocol

import pytest

from connectors_shared.egress import HttpRequest, HttpResponse, SendBounds, SendFailure

from .conftest import Handler, MakeSender, Serve

KIB = 1024


class SendTo(Protocol):
    async def __call__(
        self, handler: Handler, bounds: SendBounds | None = None, method: str = "GET"
    ) -> HttpResponse | SendFailure: ...


async def read_request(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def answering(*parts: bytes) -> Handler:
    """Answers every request on the connection with the same bytes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.writelines(parts)
            await writer.drain()

    return handle


def flooding(head: bytes, block: bytes, pause_seconds: float = 0.0) -> Handler:
    """Sends `head`, then `block` for ever."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(head)
        for _ in itertools.count():
            writer.write(block)
            await writer.drain()
            await asyncio.sleep(pause_seconds)

    return handle


def body_of(data: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join((b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(data), *headers, b"", data))


@pytest.fixture
async def send_to(serve: Serve, make_sender: MakeSender) -> SendTo:
    async def send(
        handler: Handler, bounds: SendBounds | None = None, method: str = "GET"
    ) -> HttpResponse | SendFailure:
        port = await serve(handler)
        sender = await make_sender(f"127.0.0.1:{port}")
        request = HttpRequest(method, f"http://127.0.0.1:{port}/secret-path?key=secret", (("X-Key", "secret"),))
        answer = await sender.send(request, bounds or SendBounds(total_seconds=10))
        if isinstance(answer, SendFailure):
            assert "secret" not in answer.message
        return answer

    return send


def failed(answer: HttpResponse | SendFailure, kind: str, status: int | None, *, happened: bool = True) -> None:
    assert isinstance(answer, SendFailure), answer
    assert (answer.kind, answer.response_status, answer.may_have_happened) == (kind, status, happened)


async def test_small_answer_comes_back_whole(send_to: SendTo) -> None:
    wire = body_of(b'{"a":1}', b"X-One: 1", b"x-one: 2")
    answer = await send_to(answering(wire))
    assert isinstance(answer, HttpResponse)
    assert (answer.status, answer.body, answer.wire_bytes) == (200, b'{"a":1}', len(wire))
    assert answer.headers["x-ONE"] == "1"
    assert 0 < answer.elapsed_seconds < 10


@pytest.mark.parametrize("status", [100, 102, 103])
async def test_interim_answers_are_skipped(send_to: SendTo, status: int) -> None:
    interim = b"HTTP/1.1 %d Wait\r\nLink: </x>\r\n\r\n" % status
    answer = await send_to(answering(interim, interim, body_of(b"done")))
    assert isinstance(answer, HttpResponse)
    assert (answer.status, answer.body) == (200, b"done")


@pytest.mark.parametrize(
    ("wire", "method", "status", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", "GET", 204, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\n", "HEAD", 200, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "GET", 304, b""),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "POST", 500, b""),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: t\r\n\r\n",
            "GET",
            200,
            b"abcde",
        ),
    ],
)
async def test_every_framing_is_understood(send_to: SendTo, wire: bytes, method: str, status: int, body: bytes) -> None:
    answer = await send_to(answering(wire), method=method)
    assert isinstance(answer, HttpResponse), answer
    assert (answer.status, answer.body) == (status, body)


async def test_body_may_end_with_the_connection(send_to: SendTo) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nuntil the end")

    answer = await send_to(handle)
    assert isinstance(answer, HttpResponse)
    assert answer.body == b"until the end"


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), (" Deflate", zlib.compress)],
)
async def test_compressed_body_is_decoded(send_to: SendTo, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    data = b"abc" * 50_000
    answer = await send_to(answering(body_of(compress(data), b"Content-Encoding: " + encoding.encode())))
    assert isinstance(answer, HttpResponse)
    assert answer.body == data
    assert answer.wire_bytes < len(data)


@pytest.mark.parametrize("encoding", [b"br", b"zstd", b"gzip, gzip", b"compress"])
async def test_unasked_encoding_is_a_bad_response(send_to: SendTo, encoding: bytes) -> None:
    failed(await send_to(answering(body_of(b"x", b"Content-Encoding: " + encoding))), "bad_response", 200)


async def test_drip_dies_at_the_total(send_to: SendTo) -> None:
    handler = flooding(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x", pause_seconds=0.01)
    answer = await send_to(handler, SendBounds(total_seconds=0.3))
    failed(answer, "total_timeout", 200)
    assert 0.29 < answer.elapsed_seconds < 3


async def test_dripping_head_dies_at_the_first_byte_bound(send_to: SendTo) -> None:
    handler = flooding(b"HTTP/1.1 200 OK\r\nX: ", b"x", pause_seconds=0.01)
    answer = await send_to(handler, SendBounds(total_seconds=30, first_byte_seconds=0.2))
    failed(answer, "first_byte_timeout", None)
    assert 0.19 < answer.elapsed_seconds < 3


async def test_silence_dies_at_the_total(send_to: SendTo) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    failed(await send_to(handle, SendBounds(total_seconds=0.2)), "total_timeout", None)


async def test_first_byte_bound_does_not_limit_the_body(send_to: SendTo) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
        await asyncio.sleep(0.4)
        writer.write(b"b")

    answer = await send_to(handle, SendBounds(total_seconds=10, first_byte_seconds=0.2))
    assert isinstance(answer, HttpResponse)
    assert answer.body == b"ab"


@pytest.mark.parametrize(
    ("head", "block"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 1000),
        (b"HTTP/1.1 200 ", b"x" * 1000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
async def test_endless_head_is_too_large(send_to: SendTo, head: bytes, block: bytes) -> None:
    failed(await send_to(flooding(head, block)), "response_too_large", None)


async def test_too_many_headers_are_too_large(send_to: SendTo) -> None:
    headers = [b"X-%d: 1" % number for number in range(20)]
    bounds = SendBounds(max_header_count=20)
    failed(await send_to(answering(body_of(b"", *headers)), bounds), "response_too_large", None)


async def test_head_larger_than_allowed_in_one_read_is_too_large(send_to: SendTo) -> None:
    headers = [b"X-%d: %s" % (number, b"v" * 400) for number in range(10)]
    bounds = SendBounds(max_header_bytes=2 * KIB)
    failed(await send_to(answering(body_of(b"ok", *headers)), bounds), "response_too_large", None)


async def test_large_body_with_a_small_head_is_no_large_head(send_to: SendTo) -> None:
    answer = await send_to(answering(body_of(b"x" * 300 * KIB)), SendBounds(max_header_bytes=KIB))
    assert isinstance(answer, HttpResponse)
    assert len(answer.body) == 300 * KIB


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("chunked", [False, True])
async def test_body_is_bounded_to_the_byte(send_to: SendTo, extra: int, chunked: bool) -> None:
    data = b"x" * (50 * KIB + extra)
    wire = body_of(data)
    if chunked:
        wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (
            len(data),
            data,
        )
    answer = await send_to(answering(wire), SendBounds(max_wire_bytes=50 * KIB))
    if extra:
        failed(answer, "response_too_large", 200)
    else:
        assert isinstance(answer, HttpResponse)


async def test_announced_excess_is_refused_without_reading_it(send_to: SendTo) -> None:
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx"
    answer = await send_to(answering(wire), SendBounds(total_seconds=30))
    failed(answer, "response_too_large", 200)
    assert answer.elapsed_seconds < 5


@pytest.mark.parametrize(
    ("framing", "block"),
    [
        (b"", b"x" * 10_000),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n"),
    ],
)
async def test_endless_body_is_too_large(send_to: SendTo, framing: bytes, block: bytes) -> None:
    bounds = SendBounds(total_seconds=30, max_wire_bytes=100 * KIB)
    failed(
        await send_to(flooding(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n", block), bounds),
        "response_too_large",
        200,
    )


async def test_bytes_hidden_in_the_framing_count_too(send_to: SendTo) -> None:
    sent_bytes = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent_bytes
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"1;" + b"x" * 9000 + b"\r\nx\r\n"
        for _ in itertools.count():
            writer.write(chunk)
            await writer.drain()
            sent_bytes += len(chunk)

    bounds = SendBounds(total_seconds=30, max_wire_bytes=100 * KIB)
    failed(await send_to(handle, bounds), "response_too_large", 200)
    # What the kernel's buffers hold on both sides comes on top of what was received.
    assert sent_bytes < 30_000_000


async def test_chunks_of_a_byte_each_are_not_read_without_end(send_to: SendTo) -> None:
    """Ten megabytes of them would keep the loop, and so everybody's calls, for seconds."""
    sent_bytes = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent_bytes
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunks = b"1\r\nx\r\n" * 10_000
        for _ in itertools.count():
            writer.write(chunks)
            await writer.drain()
            sent_bytes += len(chunks)

    bounds = SendBounds(total_seconds=30, max_wire_bytes=1_000_000 * KIB, max_framing_bytes=100 * KIB)
    failed(await send_to(handle, bounds), "response_too_large", 200)
    # What the kernel's buffers hold on both sides comes on top of what was received.
    assert sent_bytes < 30_000_000


async def test_small_chunks_of_a_large_body_are_taken(send_to: SendTo) -> None:
    body = b"x" * 1_000_000
    chunks = b"".join(b"20\r\n" + body[at : at + 32] + b"\r\n" for at in range(0, len(body), 32))
    wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    answer = await send_to(answering(wire), SendBounds(max_wire_bytes=len(body)))
    assert isinstance(answer, HttpResponse)
    assert answer.body == body


async def test_gzip_bomb_is_too_large(send_to: SendTo) -> None:
    bomb = gzip.compress(b"\0" * 30_000_000)
    assert len(bomb) < 100 * KIB
    answer = await send_to(answering(body_of(bomb, b"Content-Encoding: gzip")), SendBounds(max_body_bytes=1000 * KIB))
    failed(answer, "response_too_large", 200)


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
async def test_body_cut_short_is_a_lost_connection(send_to: SendTo, wire: bytes) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(wire)

    failed(await send_to(handle), "connection_lost", 200)


@pytest.mark.parametrize("wire", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x15\x03\x01\x00\x02\x02\x0a", b"HTTP/9 what\r\n\r\n"])
async def test_other_protocol_is_a_bad_response(send_to: SendTo, wire: bytes) -> None:
    failed(await send_to(answering(wire)), "bad_response", None)


async def test_protocol_switch_is_a_bad_response(send_to: SendTo) -> None:
    wire = b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
    failed(await send_to(answering(wire)), "bad_response", 101)


async def test_damaged_chunk_in_a_later_read_is_a_bad_response_at_once(send_to: SendTo) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"nonsense\r\n")
        await reader.read()

    answer = await send_to(handle, SendBounds(total_seconds=30))
    failed(answer, "bad_response", 200)
    assert answer.elapsed_seconds < 5
