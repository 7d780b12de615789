"""One connection serves calls that differ: each keeps its own deadline, limits and kind of answer."""

import asyncio

from connectors_shared.egress import HttpRequest, HttpResponse, SendBounds, SendFailure

from .conftest import MakeSender, Serve

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
HEAD_ONLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
LONG, SHORT = SendBounds(total_seconds=10), SendBounds(total_seconds=0.2)


class Scripted:
    """Answers with the next part of its script after the next pause, on every request of every connection."""

    def __init__(self, *answers: bytes | float) -> None:
        self.answers = list(answers)
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            answer = self.answers.pop(0)
            if isinstance(answer, float):
                await asyncio.sleep(answer)
                answer = OK
            writer.write(answer)


def a_request(port: int, method: str = "GET") -> HttpRequest:
    return HttpRequest(method, f"http://127.0.0.1:{port}/", ())


async def test_a_shorter_deadline_than_the_call_before_is_kept(serve: Serve, make_sender: MakeSender) -> None:
    upstream = Scripted(OK, 60.0)
    port = await serve(upstream)
    sender = await make_sender(f"127.0.0.1:{port}")
    assert isinstance(await sender.send(a_request(port), LONG), HttpResponse)
    answer = await sender.send(a_request(port), SHORT)
    assert isinstance(answer, SendFailure)
    assert answer.kind == "total_timeout"
    assert answer.elapsed_seconds < 5
    assert upstream.connections == 1


async def test_the_deadline_of_the_call_before_ends_no_other(serve: Serve, make_sender: MakeSender) -> None:
    upstream = Scripted(OK, 0.4, 60.0)
    port = await serve(upstream)
    sender = await make_sender(f"127.0.0.1:{port}")
    assert isinstance(await sender.send(a_request(port), SHORT), HttpResponse)
    assert isinstance(await sender.send(a_request(port), LONG), HttpResponse)
    answer = await sender.send(a_request(port), SendBounds(total_seconds=0.6))
    assert isinstance(answer, SendFailure)
    assert answer.kind == "total_timeout"
    assert upstream.connections == 1


async def test_a_deadline_that_passed_while_idle_changes_nothing(serve: Serve, make_sender: MakeSender) -> None:
    upstream = Scripted(OK, OK)
    port, slow_port = await serve(upstream), await serve(Scripted(0.3))
    sender = await make_sender(f"127.0.0.1:{port}", f"127.0.0.1:{slow_port}")
    assert isinstance(await sender.send(a_request(port), SHORT), HttpResponse)
    assert isinstance(await sender.send(a_request(slow_port), LONG), HttpResponse)
    assert isinstance(await sender.send(a_request(port), SHORT), HttpResponse)
    assert upstream.connections == 1


async def test_answers_of_every_kind_follow_each_other(serve: Serve, make_sender: MakeSender) -> None:
    script = [("GET", OK), ("HEAD", HEAD_ONLY), ("GET", CHUNKED), ("DELETE", EMPTY), ("HEAD", HEAD_ONLY), ("GET", OK)]
    upstream = Scripted(*(answer for _, answer in script))
    port = await serve(upstream)
    sender = await make_sender(f"127.0.0.1:{port}")
    bodies = []
    for method, _ in script:
        answer = await sender.send(a_request(port, method), LONG)
        assert isinstance(answer, HttpResponse), answer
        bodies.append(answer.body)
    assert bodies == [b"ok", b"", b"ok", b"", b"", b"ok"]
    assert upstream.connections == 1


async def test_the_limits_are_those_of_the_call(serve: Serve, make_sender: MakeSender) -> None:
    headers = b"".join(b"X-%d: 1\r\n" % number for number in range(20))
    many = OK.replace(b"Content-Length", headers + b"Content-Length")
    upstream = Scripted(many, many)
    port = await serve(upstream)
    sender = await make_sender(f"127.0.0.1:{port}")
    assert isinstance(await sender.send(a_request(port), LONG), HttpResponse)
    answer = await sender.send(a_request(port), SendBounds(total_seconds=10, max_header_count=10))
    assert isinstance(answer, SendFailure)
    assert answer.kind == "response_too_large"
    assert upstream.connections == 1
