"""Formats of texts: a closed list, each judged in one reading."""

import re
from collections.abc import Callable
from datetime import date, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from uuid import UUID

from connectors_shared.contract.connector import InputFormat
from connectors_shared.definition.origins import UrlError, canonical_host, parse_origin, split_url

LONGEST: Final = 2_000
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_EMAIL: Final = re.compile(r"[^\s@\x00-\x1f\x7f\"(),:;<>\[\]\\]{1,64}@([^\s@]{1,254})")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s\x00-\x1f\x7f]+")


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text)) and _reads(date.fromisoformat, text)


def _is_moment(text: str) -> bool:
    whole, _, _ = text.partition(".")
    return bool(_MOMENT.fullmatch(text)) and _reads(datetime.fromisoformat, whole[:19])


def _is_email(text: str) -> bool:
    found = _EMAIL.fullmatch(text)
    return found is not None and "." in found[1] and _is_host(found[1])


def _is_host(text: str) -> bool:
    return not text.endswith(".") and _reads(canonical_host, text)


def _is_uri(text: str) -> bool:
    if not _ABSOLUTE.fullmatch(text):
        return False
    if text[:5].lower() not in ("http:", "https"):
        return True
    return _reads(lambda url: parse_origin(split_url(url)[0]), text)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, UrlError):
        return False
    return True


FORMATS: Final[dict[InputFormat, tuple[Callable[[str], bool], str]]] = {
    InputFormat.DATE: (_is_date, "a date such as 2026-01-31"),
    InputFormat.DATE_TIME: (_is_moment, "a moment with its zone, such as 2026-01-31T12:00:00Z"),
    InputFormat.EMAIL: (_is_email, "an email address"),
    InputFormat.URI: (_is_uri, "an address that begins with its scheme, such as https://"),
    InputFormat.UUID: (lambda text: bool(_UUID.fullmatch(text)) and _reads(UUID, text), "a UUID"),
    InputFormat.HOSTNAME: (_is_host, "the name of a host"),
    InputFormat.IPV4: (lambda text: _reads(IPv4Address, text), "an IPv4 address"),
    InputFormat.IPV6: (lambda text: _reads(IPv6Address, text), "an IPv6 address"),
    InputFormat.E164: (lambda text: bool(_E164.fullmatch(text)), "a phone number such as +12125550120"),
}
"""Whether a text has it, and how it is called."""


def wrong_format(format_: InputFormat, text: str) -> str | None:
    has_it, called = FORMATS[format_]
    return None if len(text) <= LONGEST and has_it(text) else f"must be {called}"
