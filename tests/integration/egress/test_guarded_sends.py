"""The guard on real sockets: what it refuses sees no connection, TLS verifies, hops are judged again."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors_shared.egress import HttpRequest, HttpResponse, SendBounds, SendFailure
from connectors_shared.egress.lookup import Lookup

from .conftest import MakeSender, Serve

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BOUNDS = SendBounds(total_seconds=10)
METADATA_URL = "http://169.254.169.254/latest/meta-data/"


class Upstream:
    """Remembers connections and request heads; answers by path."""

    def __init__(self, **answers: bytes) -> None:
        self.answers = answers
        self.connections = 0
        self.heads: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            writer.write(self.answers.get(head.split()[1].strip("/"), OK))


def names(*answers: Sequence[str]) -> Lookup:
    script = list(answers)

    async def lookup(host: str) -> tuple[str, ...]:
        answer = script.pop(0) if len(script) > 1 else script[0]
        if not answer:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return tuple(answer)

    return lookup


def to(location: str, status: int = 302) -> bytes:
    return b"HTTP/1.1 %d Go\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, location.encode())


def get(url: str, *headers: tuple[str, str], follow: bool = False) -> HttpRequest:
    return HttpRequest("GET", url, headers, None, follow)


def failed(answer: HttpResponse | SendFailure, kind: str, *, happened: bool = False) -> None:
    assert isinstance(answer, SendFailure), answer
    assert (answer.kind, answer.may_have_happened) == (kind, happened)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "①②⑦.0.0.1",
        "[::ffff:127.0.0.1]",
        "localhost",
    ],
)
async def test_internal_server_sees_no_connection_however_its_address_is_spelled(
    serve: Serve, make_sender: MakeSender, host: str
) -> None:
    upstream = Upstream()
    port = await serve(upstream)
    sender = await make_sender()
    failed(await sender.send(get(f"http://{host}:{port}/"), BOUNDS), "address_refused")
    assert upstream.connections == 0


@pytest.mark.parametrize("answer", [("127.0.0.1",), ("93.184.216.34", "127.0.0.1")])
async def test_name_of_an_internal_server_is_refused(
    serve: Serve, make_sender: MakeSender, answer: Sequence[str]
) -> None:
    upstream = Upstream()
    port = await serve(upstream)
    sender = await make_sender(lookup=names(answer))
    failed(await sender.send(get(f"http://api.example:{port}/"), BOUNDS), "address_refused")
    assert upstream.connections == 0


async def test_rebinding_name_never_reaches_what_was_not_checked(serve: Serve, make_sender: MakeSender) -> None:
    upstream = Upstream()
    port = await serve(upstream)
    grant = f"api.example:{port}"
    sender = await make_sender(grant, lookup=names(["127.0.0.1"], ["169.254.169.254"]), dns_ttl_seconds=0)
    assert isinstance(await sender.send(get(f"http://{grant}/"), BOUNDS), HttpResponse)
    closing = get(f"http://{grant}/close", ("X", "1"))
    upstream.answers["close"] = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")
    assert isinstance(await sender.send(closing, BOUNDS), HttpResponse)
    failed(await sender.send(get(f"http://{grant}/"), BOUNDS), "address_refused")


async def test_unknown_name_is_a_dns_failure(make_sender: MakeSender) -> None:
    sender = await make_sender(lookup=names([]))
    failed(await sender.send(get("http://missing.example/"), BOUNDS), "dns")


async def test_lookup_that_hangs_is_a_connect_timeout(make_sender: MakeSender) -> None:
    async def hang(host: str) -> tuple[str, ...]:
        await asyncio.Event().wait()
        return ()

    sender = await make_sender(lookup=hang)
    answer = await sender.send(get("http://slow.example/"), SendBounds(connect_seconds=0.1))
    failed(answer, "connect_timeout")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://api.example:5432/", "port_refused"),
        ("http://user:pw@api.example/", "invalid_url"),
        (METADATA_URL, "address_refused"),
    ],
)
async def test_refusals_are_values(make_sender: MakeSender, url: str, kind: str) -> None:
    sender = await make_sender(lookup=names(["93.184.216.34"]))
    failed(await sender.send(get(url), BOUNDS), kind)


async def test_injected_header_reaches_nobody(serve: Serve, make_sender: MakeSender) -> None:
    upstream = Upstream()
    port = await serve(upstream)
    sender = await make_sender(f"127.0.0.1:{port}")
    request = get(f"http://127.0.0.1:{port}/", ("X-Key", "secret\r\nX-Admin: 1"))
    answer = await sender.send(request, BOUNDS)
    failed(answer, "invalid_url")
    assert isinstance(answer, SendFailure)
    assert "secret" not in answer.message
    assert upstream.connections == 0


async def test_redirect_is_an_answer_unless_asked_to_follow(serve: Serve, make_sender: MakeSender) -> None:
    port = await serve(Upstream(go=to(METADATA_URL)))
    sender = await make_sender(f"127.0.0.1:{port}")
    answer = await sender.send(get(f"http://127.0.0.1:{port}/go"), BOUNDS)
    assert isinstance(answer, HttpResponse)
    assert answer.status == 302


@pytest.mark.parametrize("location", [METADATA_URL, "http://[fd00:ec2::254]/", "http://0x7f.1/", "http://10.0.0.1/"])
async def test_redirect_to_an_internal_address_is_refused(serve: Serve, make_sender: MakeSender, location: str) -> None:
    port = await serve(Upstream(go=to(location)))
    sender = await make_sender(f"127.0.0.1:{port}")
    answer = await sender.send(get(f"http://127.0.0.1:{port}/go", follow=True), BOUNDS)
    failed(answer, "redirect_refused", happened=True)
    assert isinstance(answer, SendFailure)
    assert answer.response_status == 302


async def test_redirect_to_a_name_with_an_internal_address_is_refused(serve: Serve, make_sender: MakeSender) -> None:
    target = Upstream()
    target_port = await serve(target)
    port = await serve(Upstream(go=to(f"http://inner.example:{target_port}/")))
    sender = await make_sender(f"127.0.0.1:{port}", lookup=names(["127.0.0.1"]))
    answer = await sender.send(get(f"http://127.0.0.1:{port}/go", follow=True), BOUNDS)
    failed(answer, "redirect_refused", happened=True)
    assert target.connections == 0


async def test_followed_redirect_takes_no_secret_to_another_origin(serve: Serve, make_sender: MakeSender) -> None:
    target = Upstream()
    target_port = await serve(target)
    first = Upstream(go=to("/again"), again=to(f"http://127.0.0.1:{target_port}/there"))
    port = await serve(first)
    sender = await make_sender(f"127.0.0.1:{port}", f"127.0.0.1:{target_port}")
    request = get(f"http://127.0.0.1:{port}/go", ("Authorization", "secret"), ("X-Api-Key", "secret"), follow=True)
    answer = await sender.send(request, BOUNDS)
    assert isinstance(answer, HttpResponse), answer
    assert answer.url == f"http://127.0.0.1:{target_port}/there"
    assert all("secret" in head for head in first.heads)
    assert len(first.heads) == 2
    assert "secret" not in target.heads[0]


async def test_redirect_loop_ends(serve: Serve, make_sender: MakeSender) -> None:
    upstream = Upstream(go=to("/go"))
    port = await serve(upstream)
    sender = await make_sender(f"127.0.0.1:{port}")
    answer = await sender.send(get(f"http://127.0.0.1:{port}/go", follow=True), SendBounds(max_redirects=3))
    failed(answer, "too_many_redirects", happened=True)
    assert len(upstream.heads) == 4


def self_signed(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """A server context for `host`, and the certificate that a client would have to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    alternatives = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(IPv4Address("127.0.0.9"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    certificate_path, key_path = folder / "certificate.pem", folder / "key.pem"
    certificate_path.write_bytes(certificate.public_bytes(pem))
    key_path.write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_path, key_path)
    return context, certificate_path


async def test_untrusted_certificate_is_a_tls_failure(serve: Serve, make_sender: MakeSender, tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path, "api.example")
    upstream = Upstream()
    port = await serve(upstream, tls=context)
    sender = await make_sender(f"api.example:{port}", lookup=names(["127.0.0.1"]))
    failed(await sender.send(get(f"https://api.example:{port}/"), BOUNDS), "tls")
    assert upstream.heads == []


async def test_trusted_server_gets_the_host_name_as_sni_and_host(
    serve: Serve, make_sender: MakeSender, tmp_path: Path
) -> None:
    context, certificate = self_signed(tmp_path, "api.example")
    asked: list[str] = []
    context.sni_callback = lambda _, name, __: asked.append(name)
    upstream = Upstream()
    port = await serve(upstream, tls=context)
    trusting = ssl.create_default_context(cafile=certificate)
    sender = await make_sender(f"api.example:{port}", lookup=names(["127.0.0.1"]), tls=trusting)
    answer = await sender.send(get(f"https://API.example:{port}/"), BOUNDS)
    assert isinstance(answer, HttpResponse), answer
    assert asked == ["api.example"]
    assert f"Host: api.example:{port}\r\n" in upstream.heads[0]


async def test_certificate_of_another_host_is_a_tls_failure(
    serve: Serve, make_sender: MakeSender, tmp_path: Path
) -> None:
    context, certificate = self_signed(tmp_path, "other.example")
    port = await serve(Upstream(), tls=context)
    trusting = ssl.create_default_context(cafile=certificate)
    sender = await make_sender(f"api.example:{port}", f"127.0.0.1:{port}", lookup=names(["127.0.0.1"]), tls=trusting)
    failed(await sender.send(get(f"https://api.example:{port}/"), BOUNDS), "tls")
    failed(await sender.send(get(f"https://127.0.0.1:{port}/"), BOUNDS), "tls")


async def test_plain_server_on_a_tls_port_is_a_tls_failure(serve: Serve, make_sender: MakeSender) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    port = await serve(handle)
    sender = await make_sender(f"127.0.0.1:{port}")
    failed(await sender.send(get(f"https://127.0.0.1:{port}/"), BOUNDS), "tls")
