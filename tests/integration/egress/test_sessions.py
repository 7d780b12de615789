"""TLS sessions on real sockets: taken up again by the next connection to the host, and by nobody else's."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from connectors_shared.egress import HttpResponse, SendFailure
from connectors_shared.egress.tls import MOST_HOSTS, ResumingContext
from tests.integration.egress.conftest import MakeSender, Serve
from tests.integration.egress.test_guarded_sends import BOUNDS, get, names, self_signed

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def closing(reused: list[bool]) -> Handler:
    """Answers one request of a connection, and notes whether its session was one of before."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        reused.append(writer.get_extra_info("ssl_object").session_reused)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()

    return answer


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_the_next_connection_to_a_host_takes_its_session_up_again(
    serve: Serve, make_sender: MakeSender, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    context, certificate = self_signed(tmp_path, "api.example")
    context.maximum_version = version
    reused: list[bool] = []
    port = await serve(closing(reused), tls=context)
    tls = ResumingContext.trusting(str(certificate))
    sender = await make_sender(f"api.example:{port}", lookup=names(["127.0.0.1"]), tls=tls)
    for _ in range(3):
        answer = await sender.send(get(f"https://api.example:{port}/"), BOUNDS)
        assert isinstance(answer, HttpResponse), answer
    assert reused == [False, True, True]


async def test_another_host_name_has_no_part_in_it(serve: Serve, make_sender: MakeSender, tmp_path: Path) -> None:
    """The server would take it up, without showing a certificate that is not for that name."""
    context, certificate = self_signed(tmp_path, "api.example")
    reused: list[bool] = []
    port = await serve(closing(reused), tls=context)
    tls = ResumingContext.trusting(str(certificate))
    hosts = ("api.example", "other.example")
    sender = await make_sender(*(f"{host}:{port}" for host in hosts), lookup=names(["127.0.0.1"]), tls=tls)
    assert isinstance(await sender.send(get(f"https://api.example:{port}/"), BOUNDS), HttpResponse)
    failed = await sender.send(get(f"https://other.example:{port}/"), BOUNDS)
    assert isinstance(failed, SendFailure)
    assert failed.kind == "tls"
    assert tls.known_hosts() == ["api.example"]


async def test_a_server_that_does_not_know_the_session_is_verified_anew(
    serve: Serve, make_sender: MakeSender, tmp_path: Path
) -> None:
    first, certificate = self_signed(tmp_path, "api.example")
    second = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    second.load_cert_chain(certificate, tmp_path / "key.pem")
    reused: list[bool] = []
    ports = [await serve(closing(reused), tls=context) for context in (first, second)]
    tls = ResumingContext.trusting(str(certificate))
    grants = [f"api.example:{port}" for port in ports]
    sender = await make_sender(*grants, lookup=names(["127.0.0.1"]), tls=tls)
    for port in ports:
        assert isinstance(await sender.send(get(f"https://api.example:{port}/"), BOUNDS), HttpResponse)
    assert reused == [False, False]


async def test_a_session_is_forgotten_after_a_handshake_that_failed(
    serve: Serve, make_sender: MakeSender, tmp_path: Path
) -> None:
    context, certificate = self_signed(tmp_path, "api.example")
    port = await serve(closing([]), tls=context)

    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    plain = await serve(no_tls)
    tls = ResumingContext.trusting(str(certificate))
    grants = [f"api.example:{number}" for number in (port, plain)]
    sender = await make_sender(*grants, lookup=names(["127.0.0.1"]), tls=tls)
    assert isinstance(await sender.send(get(f"https://api.example:{port}/"), BOUNDS), HttpResponse)
    assert tls.known_hosts() == ["api.example"]
    assert isinstance(await sender.send(get(f"https://api.example:{plain}/"), BOUNDS), SendFailure)
    assert tls.known_hosts() == []


class Handshaken:
    """What is asked of a connection."""

    def __init__(self, host: str) -> None:
        self.server_hostname = host
        self.session = SimpleNamespace(has_ticket=True)


def test_the_hosts_called_last_are_those_that_are_known() -> None:
    tls = ResumingContext.trusting()
    for host in [*(f"{number}.example" for number in range(MOST_HOSTS + 1)), "1.example", "new.example"]:
        tls.remember(cast(ssl.SSLObject, Handshaken(host)))
    assert len(tls.known_hosts()) == MOST_HOSTS
    assert {"0.example", "2.example"}.isdisjoint(tls.known_hosts())
    assert {"1.example", "new.example"} <= set(tls.known_hosts())
