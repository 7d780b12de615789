"""The executor's port for outbound HTTP: what goes in, what comes out, and how it can fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from connectors_shared.contract.grant import Permitter

from .answers import Hold, Whose
from .confidential import Confidential
from .watch import Watch

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB


@dataclass(slots=True)
class HttpRequest:
    """A fully rendered request.

    `url` is absolute, http or https, without user information. The sender owns the headers that frame a message
    (Content-Length, Transfer-Encoding, Connection and their like) and ignores them here. `whose`: the workspace and
    the connector whose share of memory the answer takes. `confidential`: what of it is secret; None when nothing is.
    `sent_bytes` is written by the sender, head included; `watch` is told when what happens.
    """

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    follow_redirects: bool = False
    whose: Whose = ("", "")
    sent_bytes: int = 0
    confidential: Confidential | None = None
    watch: Watch | None = None


@dataclass(frozen=True, slots=True)
class SendBounds:
    """What one send may take at most.

    `total_seconds` covers everything, redirects and reading the body included. `connect_seconds` covers
    waiting for a free connection, the lookup, TCP and TLS. `first_byte_seconds` counts
    from writing the request until the response head is complete; None means no bound of its own.
    `max_wire_bytes` bounds the body as received, `max_body_bytes` the body after decompression; `max_framing_bytes`
    what the sizes of its chunks take: 180,000 of them.
    """

    total_seconds: float = 30.0
    connect_seconds: float = 10.0
    first_byte_seconds: float | None = None
    max_wire_bytes: int = 10 * _MIB
    max_body_bytes: int = 10 * _MIB
    max_framing_bytes: int = 1 * _MIB
    max_header_count: int = 200
    max_header_bytes: int = 64 * _KIB
    max_redirects: int = 5


DEFAULT_BOUNDS: Final = SendBounds()


@dataclass(slots=True)
class HttpResponse:
    """Any complete answer, whatever its status.

    `headers` is case-insensitive. `body` is decompressed. `wire_bytes` counts everything received for this
    response, head and framing included (after TLS). `url` is the one that answered, after redirects.
    Whoever got it calls `release` when the body is needed no more.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    wire_bytes: int
    url: str
    elapsed_seconds: float
    hold: Hold | None = None

    def release(self) -> None:
        """It counts no more among the answers in memory."""
        if self.hold is not None:
            self.hold.release()


class SendFailureKind(StrEnum):
    dns = "dns"
    connect_refused = "connect_refused"
    connect_timeout = "connect_timeout"
    tls = "tls"
    address_refused = "address_refused"
    port_refused = "port_refused"
    invalid_url = "invalid_url"
    first_byte_timeout = "first_byte_timeout"
    total_timeout = "total_timeout"
    connection_lost = "connection_lost"
    response_too_large = "response_too_large"
    bad_response = "bad_response"
    too_many_redirects = "too_many_redirects"
    redirect_refused = "redirect_refused"
    origin_refused = "origin_refused"


@dataclass(frozen=True, slots=True)
class RefusedPlace:
    """`host` as in `Origin.host`."""

    host: str
    port: int
    permitter: Permitter


@dataclass(slots=True)
class SendFailure:
    """No usable answer.

    `message` is for a person and names at most host and port: never a path, query, header or body.
    `may_have_happened` is False only when it is certain that no byte of the request reached the upstream.
    `response_status` is the status line's, when one had been read. `place`: what the guard did not let through.
    """

    kind: SendFailureKind
    message: str
    may_have_happened: bool
    elapsed_seconds: float
    response_status: int | None = None
    place: RefusedPlace | None = None


class Sender(Protocol):
    """Sends one request. Expected failures are values; cancelling `send` frees whatever it held."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, request: HttpRequest, bounds: SendBounds) -> HttpResponse | SendFailure: ...
