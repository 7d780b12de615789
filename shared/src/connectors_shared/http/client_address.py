"""Where a request came from, as far as it can be known.

Anybody can send `X-Forwarded-For`. Each proxy adds the address that it was connected from at its end, so that with
a known number of proxies of one's own, as many entries from the end are true, and all before them is hearsay.
"""

from ipaddress import ip_address
from typing import Final

from starlette.types import Scope

MOST_BYTES: Final = 4096
"""Of the header that is looked at, from its end."""


def client_address(scope: Scope, trusted_proxies: int) -> str | None:
    """The address of whoever connected to the outermost of our proxies; with none, or when the header does not have an
    address for each of them, that of whoever connected here."""
    peer = scope.get("client")
    connected = _address(str(peer[0])) if peer else None
    if trusted_proxies < 1:
        return connected
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")[-MOST_BYTES:]
    entries = forwarded.decode("latin-1").split(",")
    if len(entries) < trusted_proxies:
        return connected
    return _address(entries[-trusted_proxies]) or connected


def _address(text: str) -> str | None:
    """As it is written in one way; some proxies add a port."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return None
