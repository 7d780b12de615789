"""What may have happened, which connection is used again, and that nothing leaks."""

import asyncio
import socket
import struct

import pytest

from connectors_shared.egress import (
    AddressGuard,
    HttpRequest,
    HttpResponse,
    LlhttpSender,
    SendBounds,
    SendFailure,
    dialling,
)

from .conftest import Handler, MakeSender, Serve

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BOUNDS = SendBounds(total_seconds=10)


def a_request(port: int, method: str = "GET", path: str = "/") -> HttpRequest:
    return HttpRequest(method, f"http://127.0.0.1:{port}{path}", (), b"x" if method == "POST" else None)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if b"Content-Length: 1\r\n" in head:
        await reader.readexactly(1)
    return head


def reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Counting:
    """Answers `per_connection` requests on each connection, then drops it after reading one more."""

    def __init__(self, per_connection: int, *, hard: bool) -> None:
        self.per_connection = per_connection
        self.hard = hard
        self.connections = 0
        self.requests = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        for _ in range(self.per_connection):
            await read_request(reader)
            self.requests += 1
            writer.write(OK)
        await read_request(reader)
        self.requests += 1
        if self.hard:
            reset(writer)


def lost(answer: HttpResponse | SendFailure, kind: str = "connection_lost", *, happened: bool = True) -> None:
    assert isinstance(answer, SendFailure), answer
    assert (answer.kind, answer.may_have_happened, answer.response_status) == (kind, happened, None)


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_drop_after_reading_may_have_happened_and_is_not_repeated(
    serve: Serve, make_sender: MakeSender, method: str, hard: bool
) -> None:
    upstream = Counting(0, hard=hard)
    port = await serve(upstream)
    sender = await make_sender(f"127.0.0.1:{port}")
    lost(await sender.send(a_request(port, method), BOUNDS))
    assert upstream.requests == 1


async def test_refused_connection_did_not_happen(make_sender: MakeSender) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        sender = await make_sender(f"127.0.0.1:{port}")
        lost(await sender.send(a_request(port, "POST"), BOUNDS), "connect_refused", happened=False)


async def test_full_backlog_is_a_connect_timeout(make_sender: MakeSender) -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        port = listener.getsockname()[1]
        sender = await make_sender(f"127.0.0.1:{port}")
        answer = await sender.send(a_request(port), SendBounds(connect_seconds=0.2))
        lost(answer, "connect_timeout", happened=False)
        answer = await sender.send(a_request(port), SendBounds(total_seconds=0.2))
        lost(answer, "total_timeout", happened=False)


async def test_connection_is_used_again(serve: Serve, make_sender: MakeSender) -> None:
    upstream = Counting(20, hard=False)
    port = await serve(upstream)
    sender = await make_sender(f"127.0.0.1:{port}")
    for _ in range(20):
        assert isinstance(await sender.send(a_request(port, "POST"), BOUNDS), HttpResponse)
    assert upstream.connections == 1


async def test_idempotent_request_on_a_stale_connection_is_sent_again(serve: Serve, make_sender: MakeSender) -> None:
    upstream = Counting(1, hard=True)
    port = await serve(upstream)
    sender = await make_sender(f"127.0.0.1:{port}")
    for _ in range(3):
        assert isinstance(await sender.send(a_request(port), BOUNDS), HttpResponse)
    assert (upstream.connections, upstream.requests) == (3, 5)


async def test_write_on_a_stale_connection_is_not_sent_again(serve: Serve, make_sender: MakeSender) -> None:
    upstream = Counting(1, hard=True)
    port = await serve(upstream)
    sender = await make_sender(f"127.0.0.1:{port}")
    assert isinstance(await sender.send(a_request(port, "POST"), BOUNDS), HttpResponse)
    lost(await sender.send(a_request(port, "POST"), BOUNDS))
    assert upstream.requests == 2


async def test_unasked_bytes_never_answer_the_next_request(serve: Serve, make_sender: MakeSender) -> None:
    poisoned, dropped = asyncio.Event(), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK)
        await poisoned.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        await reader.read()
        dropped.set()

    port = await serve(handle)
    sender = await make_sender(f"127.0.0.1:{port}")
    assert isinstance(await sender.send(a_request(port), BOUNDS), HttpResponse)
    poisoned.set()
    async with asyncio.timeout(5):
        await dropped.wait()
    answer = await sender.send(a_request(port), BOUNDS)
    assert isinstance(answer, HttpResponse)
    assert answer.body == b"ok"


def hanging_unless(path: str, arrived: asyncio.Semaphore) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await read_request(reader)
            if path.encode() in head:
                writer.write(OK)
                continue
            arrived.release()
            if b"/body" in head:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
            await reader.read()

    return handle


@pytest.mark.parametrize("path", ["/head", "/body"])
async def test_cancelled_sends_leak_no_slot(serve: Serve, make_sender: MakeSender, path: str) -> None:
    arrived = asyncio.Semaphore(0)
    port = await serve(hanging_unless("/ok", arrived))
    sender = await make_sender(f"127.0.0.1:{port}", max_connections=2)
    for _ in range(60):
        tasks = [asyncio.ensure_future(sender.send(a_request(port, path=path), BOUNDS)) for _ in range(3)]
        await arrived.acquire()
        await arrived.acquire()
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)
    answers = await asyncio.gather(*(sender.send(a_request(port, path="/ok"), BOUNDS) for _ in range(4)))
    assert all(isinstance(answer, HttpResponse) for answer in answers)


async def test_cancelled_connects_leak_no_slot(serve: Serve, make_sender: MakeSender) -> None:
    looking, release = asyncio.Semaphore(0), asyncio.Event()

    async def stuck(host: str) -> tuple[str, ...]:
        looking.release()
        await release.wait()
        return ("127.0.0.1",)

    port = await serve(hanging_unless("/ok", asyncio.Semaphore(0)))
    sender = await make_sender(f"api.example:{port}", lookup=stuck, max_connections=1)
    request = HttpRequest("GET", f"http://api.example:{port}/ok", ())
    task = asyncio.ensure_future(sender.send(request, BOUNDS))
    await looking.acquire()
    for _ in range(50):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        task = asyncio.ensure_future(sender.send(request, BOUNDS))
    release.set()
    assert isinstance(await task, HttpResponse)


async def test_timed_out_sends_leak_no_slot(serve: Serve, make_sender: MakeSender) -> None:
    port = await serve(hanging_unless("/ok", asyncio.Semaphore(0)))
    sender = await make_sender(f"127.0.0.1:{port}", max_connections=4)
    bounds = SendBounds(total_seconds=0.05)
    for path in ("/head", "/body") * 5:
        answers = await asyncio.gather(*(sender.send(a_request(port, path=path), bounds) for _ in range(4)))
        assert {getattr(answer, "kind", None) for answer in answers} == {"total_timeout"}
    assert isinstance(await sender.send(a_request(port, path="/ok"), BOUNDS), HttpResponse)


async def test_upload_nobody_reads_ends_at_the_total_and_frees_its_connection(
    serve: Serve, make_sender: MakeSender
) -> None:
    gone, received_bytes = asyncio.Event(), 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received_bytes
        await released.wait()
        try:
            while block := await reader.read(1 << 20):
                received_bytes += len(block)
        finally:
            gone.set()

    released = asyncio.Event()
    port = await serve(handle)
    sender = await make_sender(f"127.0.0.1:{port}")
    request = HttpRequest("POST", f"http://127.0.0.1:{port}/", (), b"x" * 30_000_000)
    answer = await sender.send(request, SendBounds(total_seconds=0.3))
    lost(answer, "total_timeout")
    released.set()
    async with asyncio.timeout(5):
        await gone.wait()
    assert received_bytes < 30_000_000


async def test_sender_refuses_to_work_unless_started() -> None:
    guard = AddressGuard()
    sender = LlhttpSender(guard)
    request = HttpRequest("GET", "http://api.example/", ())
    with pytest.raises(RuntimeError):
        await sender.send(request, BOUNDS)
    await sender.start()
    await sender.close()
    with pytest.raises(RuntimeError):
        await sender.send(request, BOUNDS)
    await guard.close()


async def test_closing_ends_the_sends_in_flight(serve: Serve, make_sender: MakeSender) -> None:
    arrived = asyncio.Semaphore(0)
    port = await serve(hanging_unless("/ok", arrived))
    sender = await make_sender(f"127.0.0.1:{port}")
    task = asyncio.ensure_future(sender.send(a_request(port, "POST"), BOUNDS))
    await arrived.acquire()
    await sender.close()
    lost(await task)


async def test_status_of_an_earlier_hop_is_not_reported_for_a_later_one(serve: Serve, make_sender: MakeSender) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 302 Go\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")
        await read_request(reader)
        writer.write(b"HTTP/1.1 ")

    port = await serve(handle)
    sender = await make_sender(f"127.0.0.1:{port}")
    lost(await sender.send(HttpRequest("GET", f"http://127.0.0.1:{port}/", (), None, True), BOUNDS))


async def test_addresses_that_all_refuse_are_tried_once(
    make_sender: MakeSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may have thousands of them; the square of that would be a flood."""
    tried: list[object] = []

    async def start(infos: list[object], **options: object) -> socket.socket:
        tried.extend(infos)
        raise ConnectionRefusedError

    async def look_up(host: str) -> tuple[str, ...]:
        return tuple(f"127.0.0.{number}" for number in range(1, 9))

    monkeypatch.setattr(dialling, "start_connection", start)
    sender = await make_sender("api.example:80", lookup=look_up)
    answer = await sender.send(HttpRequest("GET", "http://api.example/", ()), BOUNDS)
    lost(answer, "connect_refused", happened=False)
    assert len(tried) == 8
