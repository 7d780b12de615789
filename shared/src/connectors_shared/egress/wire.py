"""Rendering a request into the bytes of one HTTP/1.1 message."""

import re
from enum import Enum, auto
from typing import Final

from connectors_shared.definition.headers import FRAMING

from .origin import invalid_url
from .request import HttpRequest

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FORBIDDEN_IN_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_COMMON_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REFUSED_METHODS: Final = frozenset({"CONNECT", "TRACE"})
_EXPECTING_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_MAX_KNOWN_NAMES: Final = 4096


class _Role(Enum):
    plain = auto()
    framing = auto()
    host = auto()
    accept = auto()
    accept_encoding = auto()
    user_agent = auto()


_SPECIAL: Final = {
    "host": _Role.host,
    "accept": _Role.accept,
    "accept-encoding": _Role.accept_encoding,
    "user-agent": _Role.user_agent,
} | dict.fromkeys(FRAMING, _Role.framing)


class RequestWriter:
    """Renders requests; remembers the header names it has already judged, because this is the hot path."""

    def __init__(self, user_agent: str) -> None:
        self._defaults = {
            _Role.accept: "Accept: */*\r\n",
            _Role.accept_encoding: "Accept-Encoding: gzip, deflate\r\n",
            _Role.user_agent: f"User-Agent: {user_agent}\r\n",
        }
        self._roles: dict[str, _Role] = {}

    def render(self, request: HttpRequest, host_header: str, target: str) -> bytes:
        """The message's bytes. Raises SendError (invalid_url) for a method or header that cannot be sent."""
        method = request.method
        if method not in _COMMON_METHODS:
            _check_method(method)
        lines = [f"{method} {target} HTTP/1.1\r\nHost: {host_header}\r\n"]
        self._add_headers(lines, request.headers, host_header)
        body = request.body
        if body is None:
            lines.append("Content-Length: 0\r\n\r\n" if method in _EXPECTING_BODY else "\r\n")
            return "".join(lines).encode("utf-8", "surrogateescape")
        lines.append(f"Content-Length: {len(body)}\r\n\r\n")
        return "".join(lines).encode("utf-8", "surrogateescape") + body

    def _add_headers(self, lines: list[str], headers: tuple[tuple[str, str], ...], host_header: str) -> None:
        missing = self._defaults.copy()
        roles = self._roles
        for name, value in headers:
            role = roles.get(name) or self._judge(name)
            if role is not _Role.plain:
                if role is _Role.framing:
                    continue
                if role is _Role.host:
                    _check_host(value, host_header)
                    continue
                missing.pop(role, None)
            if _FORBIDDEN_IN_VALUE.search(value):
                raise invalid_url(f"The value of header {name} contains a line break or control character.")
            lines.append(f"{name}: {value}\r\n")
        lines.extend(missing.values())

    def _judge(self, name: str) -> _Role:
        if not _TOKEN.fullmatch(name):
            raise invalid_url("A header name contains a character that is not allowed there.")
        role = _SPECIAL.get(name.lower(), _Role.plain)
        if len(self._roles) < _MAX_KNOWN_NAMES:
            self._roles[name] = role
        return role


def _check_method(method: str) -> None:
    # Methods are case-sensitive (RFC 9110 section 9.1), and no registered one has a lower-case letter.
    if not _TOKEN.fullmatch(method) or method != method.upper() or method in _REFUSED_METHODS:
        raise invalid_url("The request's method may not be used.")


def _check_host(value: str, host_header: str) -> None:
    # Another Host than the URL's would reach a site that the guard never judged.
    if value.strip().lower() != host_header:
        raise invalid_url("The Host header differs from the URL's host.")
