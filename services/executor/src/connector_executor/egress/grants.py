"""Precise exceptions: an administrator lets one host and port through, and nobody switches the guard off."""

from dataclasses import dataclass

from connectors_shared.definition.origins import UrlError, canonical_host, split_authority


@dataclass(frozen=True, slots=True)
class Grant:
    """`host` as in `Origin.host`: a lower-case name, or an IP address without brackets."""

    host: str
    port: int


def parse_grants(text: str) -> frozenset[Grant]:
    """Reads `host:port` entries separated by commas, IPv6 in brackets. Raises ValueError for a bad one."""
    return frozenset(_parse_grant(entry.strip()) for entry in text.split(",") if entry.strip())


def _parse_grant(entry: str) -> Grant:
    try:
        host, port = split_authority(entry)
        canonical, _ = canonical_host(host)
    except UrlError as error:
        raise ValueError(f"{entry!r} is not a host and port: {error.message}") from None
    if port is None:
        raise ValueError(f"{entry!r} needs a port, as in internal.example:8443")
    return Grant(canonical, port)
