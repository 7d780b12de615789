"""What a connector's URL may be: scheme and port are fixed, the host is fixed or one of a list, then placeholders."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from connectors_shared.contract.connector import RequestConfig
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.origins import UrlError, canonical_host, origin_text, parse_origin, split_url
from connectors_shared.definition.templates import (
    OPENING,
    Reference,
    Scope,
    Template,
    find_outside,
    template_of,
    without_placeholders,
)

STAND_IN: Final = "x"
"""For a placeholder, where only what is around it is judged."""
MARK: Final = "{{}}"
"""For one whose place counts, and nothing of what stands in it."""
_UNSENDABLE: Final = re.compile(r"[\x00-\x20\x7f\\]")
_DOT_SEGMENT: Final = re.compile(r"[^?#]*?/(?:\.|%2[eE]){1,2}(?:[/?#]|\Z)")
_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_ORIGIN_AND_PATH: Final = re.compile(r"(https?://[^/?#]*)([^?#]*)", re.IGNORECASE)
_SIMPLE: Final = re.compile(
    r"(https?://[A-Za-z0-9.\-]++(?::[0-9]{1,5}+)?+)(?:[/?](?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]++|%[0-9A-Fa-f]{2})*+)?+"
)
"""Most are: without placeholders, and ready for the wire as they are written. Only their host is still to be judged."""
_END: Final = re.compile(r"[/?#]")
_QUERY: Final = re.compile(r"[?#]")
FIXED: Final = (
    "the host must be fixed, or be one of a list: name each host that it may come to in config.allowedHosts, or let "
    "placeholders stand in the path and the query only"
)


class Host(msgspec.Struct, frozen=True, gc=False):
    """One that depends on values: `scheme` and `port` (`:8443` or empty) do not, and it is one of `allowed`."""

    scheme: str
    template: Template
    port: str
    allowed: frozenset[str]

    def origin(self, scope: Scope) -> str | None:
        """`https://eu.example.com:8443`, or None for a host that is not on the list."""
        try:
            host, _ = canonical_host(self.template.text(scope))
        except UrlError:
            return None
        if host not in self.allowed:
            return None
        return f"{self.scheme}{f'[{host}]' if ':' in host else host}{self.port}"


class Address(msgspec.Struct, frozen=True, gc=False):
    """`rest` is the whole URL, or what follows the origin where `host` depends on values."""

    rest: Template
    host: Host | None = None

    @property
    def references(self) -> tuple[Reference, ...]:
        return (self.host.template.references if self.host else ()) + self.rest.references


def compile_url(config: RequestConfig, pointer: str, found: Compilation) -> Address:
    """`pointer` leads to the configuration."""
    url, place = config.url, f"{pointer}/url"
    detail = wrong_url(url)
    if detail:
        found.refuse(place, detail)
    template = found.template(place, url)
    if template.references and has_dot_segment(without_placeholders(url, STAND_IN)):
        found.refuse(place, "write the path without . and .. where a placeholder stands in it")
    if not _has_host_of_values(url):
        if config.allowed_hosts:
            found.refuse(f"{pointer}/allowedHosts", "is not used: the host of the URL is fixed; leave it out")
        return Address(template)
    allowed = _allowed(config.allowed_hosts, f"{pointer}/allowedHosts", found)
    if detail or not _SCHEME.match(url):
        return Address(template)
    if not config.allowed_hosts:
        found.refuse(place, FIXED)
    host, rest = _cut_at_path(template)
    return _address(host, rest, allowed)


def _address(host: Sequence[str | Reference], rest: Sequence[str | Reference], allowed: frozenset[str]) -> Address:
    scheme = _SCHEME.match(str(host[0]))
    assert scheme is not None
    inner, port = [str(host[0])[scheme.end() :], *host[1:]], ""
    if isinstance(inner[-1], str):
        inner[-1], colon, number = inner[-1].partition(":")
        port = colon + number
    return Address(template_of(rest), Host(scheme[0], template_of([part for part in inner if part]), port, allowed))


def _allowed(hosts: Sequence[str], pointer: str, found: Compilation) -> frozenset[str]:
    allowed = set[str]()
    for index, host in enumerate(hosts):
        try:
            name, _ = canonical_host(host)
        except UrlError as error:
            found.refuse(f"{pointer}/{index}", f"is not the name of a host, without port and path: {error.message}")
            continue
        if name in allowed:
            found.refuse(f"{pointer}/{index}", "is there already")
        allowed.add(name)
    return frozenset(allowed)


def _cut_at_path(template: Template) -> tuple[Sequence[str | Reference], Sequence[str | Reference]]:
    """Of a URL with a scheme: up to the first mark after its host, and from there on."""
    segments = template.segments
    for index, segment in enumerate(segments):
        if isinstance(segment, str):
            end = _END.search(segment, len("https://") if index == 0 else 0)
            if end is not None:
                return (*segments[:index], segment[: end.start()]), (segment[end.start() :], *segments[index + 1 :])
    return segments, ()


def has_dot_segment(url: str) -> bool:
    """Dots need no escaping, yet a segment `..` would lead out of the path that the author wrote."""
    return _DOT_SEGMENT.match(url) is not None


def wrong_url(url: str) -> str | None:
    """What is wrong with it apart from its placeholders, or None."""
    simple = _SIMPLE.fullmatch(url)
    if simple is not None:
        return _wrong_origin(simple[1])
    plain = without_placeholders(url)
    if _UNSENDABLE.search(plain):
        return "must not hold spaces, line breaks, control characters or backslashes"
    if not _SCHEME.match(plain) or (plain is not url and not _SCHEME.match(url)):
        return "must begin with https:// or http://"
    authority = authority_of(url)
    if "@" in authority:
        return "must not hold a user name or password: use config.auth, where they are encrypted"
    if MARK in authority.rpartition(":")[2] and ":" in authority:
        return "the port must be fixed, and stand behind the host"
    try:
        origin, _ = split_url(without_placeholders(url, STAND_IN))
    except UrlError as error:
        return error.message
    return _wrong_origin(origin)


def _wrong_origin(origin: str) -> str | None:
    try:
        parse_origin(origin)
    except UrlError as error:
        return error.message
    return None


def authority_of(url: str) -> str:
    """What stands between scheme and path, placeholders included and their insides left out."""
    if OPENING not in url:
        plain = _AUTHORITY.match(url)
        return plain[1] if plain else ""
    begin = _SCHEME.match(url)
    rest = without_placeholders(url[begin.end() :], MARK) if begin else ""
    return _END.split(rest, maxsplit=1)[0]


def url_origins(url: str, allowed_hosts: Sequence[str]) -> list[str]:
    """Where it may lead: `scheme://host` in the one spelling that origins are compared in; empty for what is no URL."""
    begin = _SCHEME.match(url)
    if begin is None or not _has_host_of_values(url):
        origins = [origin_of(url)]
    else:
        _, colon, port = authority_of(url).rpartition(MARK)[2].partition(":")
        origins = [origin_of(f"{begin[0]}{host}{colon}{port}") for host in allowed_hosts]
    return sorted({origin for origin in origins if origin is not None})


def origin_of(url: str) -> str | None:
    """Of a URL whose host is fixed; None for what is none."""
    try:
        return str(parse_origin(split_url(without_placeholders(url))[0]))
    except UrlError:
        return None


def host_of(url: str) -> str:
    """Host and port of a URL that compiled, in lower case; `*` is what depends on values."""
    return authority_of(url).replace(MARK, "*").lower()


def told_url(url: str) -> tuple[str, str]:
    """Origin and path of a URL that compiled, placeholders in their places; its query is nobody else's business."""
    if OPENING not in url and (plain := _ORIGIN_AND_PATH.match(url)):
        return origin_text(plain[1]), plain[2] or "/"
    begin = _SCHEME.match(url)
    start = begin.end() if begin else 0
    end = find_outside(url, _END, start)
    path = url[end : find_outside(url, _QUERY, end)]
    if _has_host_of_values(url):
        return url[:end], path or "/"
    return str(parse_origin(url[:end])), path or "/"


def _has_host_of_values(url: str) -> bool:
    return OPENING in url and MARK in authority_of(url)
