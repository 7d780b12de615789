"""Reading scheme, host and port of a URL in one way only, so that no two readers disagree about the host: neither who
saves a URL and who calls it, nor who guards a call and who makes it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from yarl import URL

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_URL: Final = re.compile(r"(https?://[^/?#\\]*)([/?][^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY: Final = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?")
_LONGEST_NAME: Final = 254
"""With its trailing dot (RFC 1035 2.3.4). A name in another script is longer in ASCII, which takes time to find out."""
_SHORT: Final = 300
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NAME: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*")
_FOREIGN_NAME: Final = re.compile(r"[A-Za-z0-9_.\-\u0080-\U0010ffff]+")
_NUMERIC_LABEL: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_READY_TARGET: Final = re.compile(r"/(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]++|%[0-9A-Fa-f]{2})*+")


@dataclass(frozen=True, slots=True)
class Origin:
    """`host` is lower-case ASCII without brackets or trailing dot. `is_literal` marks an IP address."""

    scheme: str
    host: str
    port: int
    is_literal: bool

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host_header}"


class UrlError(ValueError):
    """A URL that is not called; `message` is a sentence. `odd_address`: its host is an address in disguise."""

    def __init__(self, message: str, *, odd_address: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.odd_address = odd_address


def split_url(url: str) -> tuple[str, str]:
    """Cuts a URL into its origin as written and its request target, ready for the wire. Raises UrlError."""
    match = _URL.fullmatch(url)
    if match is None:
        raise UrlError("The URL must start with http:// or https:// and a host.")
    origin, target = match.groups()
    if target is None:
        return origin, "/"
    if "/." not in target and _READY_TARGET.fullmatch(target):
        return origin, target
    return origin, _encode_target(target)


def _encode_target(target: str) -> str:
    if _CONTROL.search(target):
        raise UrlError("The URL contains a control character.")
    try:
        return URL(f"http://h{target}").raw_path_qs
    except ValueError:
        raise UrlError("The URL's path or query cannot be encoded.") from None


def parse_origin(text: str) -> Origin:
    """Reads `scheme://authority`. Raises UrlError for anything doubtful."""
    return _parse_short(text) if len(text) <= _SHORT else _parse(text)


@lru_cache(maxsize=4096)
def _parse_short(text: str) -> Origin:
    """The same few origins stand in many connectors, and connectors are compiled again and again."""
    return _parse(text)


def origin_text(text: str) -> str:
    """The same in its one spelling."""
    return _text_short(text) if len(text) <= _SHORT else str(_parse(text))


@lru_cache(maxsize=4096)
def _text_short(text: str) -> str:
    return str(parse_origin(text))


def _parse(text: str) -> Origin:
    scheme, _, authority = text.partition("://")
    scheme = scheme.lower()
    if "@" in authority:
        raise UrlError("The URL contains a user name or password; use a credential instead.")
    host, port = split_authority(authority)
    canonical, is_literal = canonical_host(host)
    return Origin(scheme, canonical, DEFAULT_PORTS[scheme] if port is None else port, is_literal)


def split_authority(authority: str) -> tuple[str, int | None]:
    match = _AUTHORITY.fullmatch(authority)
    if match is None or not match[1]:
        raise UrlError("The URL has no valid host.")
    if not match[2]:
        return match[1], None
    port = int(match[2])
    if not 0 < port <= 0xFFFF:
        raise UrlError("The URL's port is out of range.")
    return match[1], port


def canonical_host(host: str) -> tuple[str, bool]:
    """One spelling per host, and whether it is an IP address. Odd spellings of addresses are refused."""
    if len(host) > _LONGEST_NAME:
        raise UrlError("The URL's host is longer than a name may be.")
    return _canonical(host)


@lru_cache(maxsize=4096)
def _canonical(host: str) -> tuple[str, bool]:
    """The same few hosts stand in many connectors, and connectors are compiled again and again."""
    if host.startswith("[") and host.endswith("]"):
        return _canonical_ipv6(host[1:-1]), True
    name = _ascii_host(host).lower()
    trailing_dot = name.endswith(".")
    name = name.removesuffix(".")
    if not _NAME.fullmatch(name):
        raise UrlError("The URL's host is not a valid name.")
    # A last label that is a number makes the whole host an IPv4 address (WHATWG URL, "ends in a number").
    if not _NUMERIC_LABEL.fullmatch(name.rpartition(".")[2]):
        return name, False
    if trailing_dot or not host.isascii():
        raise _odd_spelling()
    return _canonical_ipv4(name), True


def _ascii_host(host: str) -> str:
    """What ends a host in a URL, or stands before it, is no part of a name: an encoder of URLs would cut it off."""
    if host.isascii():
        return host
    if not _FOREIGN_NAME.fullmatch(host):
        raise UrlError("The URL's host is not a valid name.")
    try:
        return URL.build(scheme="http", host=host).raw_host or ""
    except ValueError:
        raise UrlError("The URL's host is not a valid international name.") from None


def _canonical_ipv4(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise _odd_spelling() from None


def _canonical_ipv6(text: str) -> str:
    # A zone id names an interface of this machine.
    if "%" in text:
        raise _odd_spelling()
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise UrlError("The URL's IPv6 address is not valid.") from None


def _odd_spelling() -> UrlError:
    return UrlError("The URL's host is an IP address in a spelling that is not accepted.", odd_address=True)
