"""Exchanges where moments meet that seldom do, and what of them is counted."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from connectors_shared.egress import (
    AddressGuard,
    HttpRequest,
    HttpResponse,
    LlhttpSender,
    SendBounds,
    SendFailure,
    connection,
)
from connectors_shared.egress.refusal import total_timeout
from tests.unit.egress.wires import Wire, Wires

BOUNDS = SendBounds(total_seconds=60)


def ok(body: bytes = b"ok") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Scene:
    """A sender, and the upstream's end of its connections."""

    def __init__(self, sender: LlhttpSender) -> None:
        self.sender = sender
        self.wires = Wires(asyncio.get_running_loop())
        assert sender._pool is not None
        self.pool = sender._pool
        self.pool._dial = self.wires.dial

    async def send(self, body: bytes = b"x") -> "asyncio.Task[HttpResponse | SendFailure]":
        """Once its request has come."""
        request = HttpRequest("POST", "http://a.example/", (), body)
        sending = asyncio.ensure_future(self.sender.send(request, BOUNDS))
        async with asyncio.timeout(5):
            while not any(wire.connection._busy for wire in self.wires.all if not wire.is_lost):
                await asyncio.sleep(0)
        return sending

    def asked(self) -> Wire:
        [wire] = [wire for wire in self.wires.all if not wire.is_lost and wire.connection._busy]
        return wire

    async def exchange(self, answer: bytes) -> HttpResponse:
        sending = await self.send()
        self.asked().receive(answer)
        return await response_of(sending)


async def response_of(sending: "asyncio.Task[HttpResponse | SendFailure]") -> HttpResponse:
    async with asyncio.timeout(5):
        answer = await sending
    assert isinstance(answer, HttpResponse), answer
    return answer


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    sender = LlhttpSender(AddressGuard(), keepalive_seconds=60)
    await sender.start()
    yield Scene(sender)
    await sender.close()


async def test_a_write_that_met_a_connection_already_lost_is_sent_on_another(scene: Scene) -> None:
    """Nothing of it had been written: that the upstream answered the call before says nothing about this one."""
    await scene.exchange(ok())
    scene.wires.all[0].closes_after_looks(1)
    await scene.exchange(ok())
    assert len(scene.wires.all) == 2


async def test_a_deadline_in_the_moment_of_a_whole_answer_changes_neither_it_nor_the_next(scene: Scene) -> None:
    sending = await scene.send()
    wire = scene.asked()
    wire.receive(ok())
    wire.connection._deadline = 0.0
    wire.connection._check_deadline()
    assert (await response_of(sending)).body == b"ok"
    assert (await scene.exchange(ok(b"next"))).body == b"next"
    assert len(scene.wires.all) == 1


async def test_a_deadline_in_the_moment_of_half_an_answer_ends_it(scene: Scene) -> None:
    sending = await scene.send()
    wire = scene.asked()
    wire.receive(ok()[:-1])
    wire.connection._deadline = 0.0
    wire.connection._check_deadline()
    answer = await sending
    assert isinstance(answer, SendFailure)
    assert (answer.kind, answer.response_status) == (total_timeout(BOUNDS).kind, 200)
    assert wire.is_lost


async def test_an_answer_before_its_request_has_left_ends_the_connection_at_once(scene: Scene) -> None:
    """An orderly end would wait for an upstream that reads nothing, with all of the body in memory."""
    sending = await scene.send()
    wire = scene.asked()
    wire.unsent_bytes = 1_000_000
    wire.receive(ok())
    await response_of(sending)
    assert wire.was_aborted


async def test_an_answer_that_came_whole_counts_among_those_in_memory(scene: Scene) -> None:
    small, large = await scene.exchange(ok()), await scene.exchange(ok(b"x" * 100_000))
    assert scene.sender.answers.held_bytes == 100_000
    small.release()
    large.release()
    large.release()
    assert scene.sender.answers.held_bytes == 0


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 204 None\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        ok(),
    ],
)
async def test_another_protocol_after_an_answer_ends_the_connection(scene: Scene, wire: bytes) -> None:
    switch = b"HTTP/1.1 101 Now\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\nanything"
    assert (await scene.exchange(wire + switch)).status in {200, 204}
    assert scene.wires.all[0].is_lost


async def test_chunks_that_end_too_late_fail_although_they_end(scene: Scene) -> None:
    chunks = b"".join(b"1;%s\r\nx\r\n" % (b"e" * 50) for _ in range(40_000))
    sending = await scene.send()
    scene.asked().receive(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    answer = await sending
    assert isinstance(answer, SendFailure)
    assert answer.kind == "response_too_large"


async def test_a_goodbye_that_is_not_taken_ends_in_its_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS is over for both, and what is unsent below it is not told: an upstream that reads nothing keeps nothing."""
    monkeypatch.setattr(connection, "GOODBYE_SECONDS", 0.01)
    sending = asyncio.ensure_future(scene.sender.send(HttpRequest("GET", "https://a.example/", ()), BOUNDS))
    while not scene.wires.all:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    wire = scene.asked()
    monkeypatch.setattr(wire, "close", lambda: None)
    wire.receive(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
    await response_of(sending)
    assert not wire.is_lost
    async with asyncio.timeout(5):
        await wire.gone.wait()
    assert wire.was_aborted


async def test_an_answer_that_failed_is_read_no_further(scene: Scene) -> None:
    """Whoever asked may wait for room among the answers, until the deadline."""
    await scene.send()
    wire = scene.asked()
    wire.receive(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
    assert not wire.is_paused
    wire.receive(b"nonsense\r\n")
    assert wire.is_paused
