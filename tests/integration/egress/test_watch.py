"""What the sender tells of a watched request: each phase of a new connection, none of one that is used again."""

import asyncio
import socket
import ssl
from pathlib import Path

from connectors_shared.egress import HttpRequest, HttpResponse, SendBounds, SendFailure, Watch
from tests.integration.egress.conftest import MakeSender, Serve
from tests.integration.egress.test_guarded_sends import names, self_signed

ORDER = ["connecting", "dialling", "resolving", "resolved", "dialled", "connected", "sent", "answered", "read"]


async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()


async def test_each_phase_of_a_new_connection_comes_in_its_order(
    serve: Serve, make_sender: MakeSender, tmp_path: Path
) -> None:
    context, certificate = self_signed(tmp_path, "api.example")
    port = await serve(answering, tls=context)
    trusting = ssl.create_default_context(cafile=str(certificate))
    sender = await make_sender(f"api.example:{port}", lookup=names(["127.0.0.1"]), tls=trusting)
    first, second = Watch(), Watch()
    for watch in (first, second):
        request = HttpRequest("GET", f"https://api.example:{port}/a", (), watch=watch)
        answer = await sender.send(request, SendBounds())
        assert isinstance(answer, HttpResponse), answer
        assert watch.message.startswith(b"GET /a HTTP/1.1\r\n")
    assert sorted(first.moments, key=lambda name: (first.moments[name], ORDER.index(name))) == ORDER
    assert not first.reused
    assert second.reused
    assert {"dialling", "resolving", "dialled"}.isdisjoint(second.moments)


async def test_what_was_not_reached_has_no_later_phase(make_sender: MakeSender) -> None:
    watch = Watch()
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
        sender = await make_sender(f"127.0.0.1:{port}")
        answer = await sender.send(HttpRequest("GET", f"http://127.0.0.1:{port}/", (), watch=watch), SendBounds())
    assert isinstance(answer, SendFailure)
    assert "connecting" in watch.moments
    assert {"connected", "sent", "answered", "read"}.isdisjoint(watch.moments)
    assert watch.between("sent", "answered") is None
