"""Rules that look at more than one field of a draft, or that the contract leaves to its producer."""

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit

import msgspec

from connector_registry.connectors.auth import CONTROL, HEADER_NAME, ApiKeyDraft, NoAuthDraft
from connector_registry.connectors.draft import ConfigDraft, ConnectorDraft
from connector_registry.connectors.templates import references, unreadable, without_placeholders
from connectors_shared.contract.connector import BodyType, Header
from connectors_shared.runtime.problems import FieldProblem

MAX_BODY_BYTES: Final = 256 * 1024
MAX_OUTPUT_SCHEMA_BYTES: Final = 256 * 1024
MOST_PER_SECOND: Final = 1_000_000
"""Limits are kept in whole microseconds between two calls."""

OURS: Final = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that frame the message or name its receiver: the sender writes them itself."""

Check = Callable[[ConnectorDraft], Iterator[FieldProblem]]


def check(draft: ConnectorDraft) -> list[FieldProblem]:
    """Everything wrong with the draft, each with its place; empty when it may be saved."""
    return [problem for rule in RULES for problem in rule(draft)]


def _url(draft: ConnectorDraft) -> Iterator[FieldProblem]:
    detail = _wrong_url(draft.config.url)
    if detail:
        yield FieldProblem(pointer="/config/url", detail=detail)


def _wrong_url(url: str) -> str | None:
    if re.search(r"[\x00-\x20\x7f\\]", without_placeholders(url)):
        return "must not hold spaces, line breaks, control characters or backslashes"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not a URL: check the host and the port"
    if parts.scheme not in ("http", "https"):
        return "must begin with https:// or http://"
    if "{" in parts.netloc or "}" in parts.netloc:
        return "the host must be fixed: an input may stand in the path and the query only"
    if not parts.hostname or port == 0:
        return "must name a host, and a port from 1 to 65535 if any"
    if "@" in parts.netloc:
        return "must not hold a user name or password: use config.auth, where they are encrypted"
    return None


def _templates(draft: ConnectorDraft) -> Iterator[FieldProblem]:
    for pointer, detail in unreadable(draft.config):
        yield FieldProblem(pointer=pointer, detail=detail)


def _rate_limit(draft: ConnectorDraft) -> Iterator[FieldProblem]:
    limit = draft.config.rate_limit
    for index, window in enumerate(limit.windows if limit else []):
        if window.limit > window.seconds * MOST_PER_SECOND:
            detail = f"allows more than {MOST_PER_SECOND} calls a second, which is no limit"
            yield FieldProblem(pointer=f"/config/rateLimit/windows/{index}", detail=detail)


def _inputs(draft: ConnectorDraft) -> Iterator[FieldProblem]:
    if not draft.input_schema:
        return
    for pointer, name in references(draft.config):
        if name not in draft.input_schema:
            known = ", ".join(draft.input_schema)
            yield FieldProblem(pointer=pointer, detail=f"input {name!r} is not in input_schema, which has: {known}")


def _headers(draft: ConnectorDraft) -> Iterator[FieldProblem]:
    seen: dict[str, int] = {}
    for index, header in enumerate(draft.config.headers):
        pointer, name = f"/config/headers/{index}", header.key.lower()
        if name in seen:
            detail = f"header {header.key} is given twice; the first is /config/headers/{seen[name]}"
            yield FieldProblem(pointer=f"{pointer}/key", detail=detail)
        seen.setdefault(name, index)
        yield from _header_name(pointer, header, draft.config)
        if CONTROL.search(header.value.replace("\t", " ")):
            yield FieldProblem(pointer=f"{pointer}/value", detail="must not hold line breaks or control characters")


def _header_name(pointer: str, header: Header, config: ConfigDraft) -> Iterator[FieldProblem]:
    name = header.key.lower()
    detail = None
    if name in OURS:
        detail = f"{header.key} is written by the sender and cannot be set"
    elif name == _auth_header(config):
        detail = f"{header.key} is already set by config.auth"
    elif name == "authorization" and "{{" not in header.value:
        detail = "put it into config.auth, where it is encrypted; apikey takes the name Authorization too"
    if detail:
        yield FieldProblem(pointer=f"{pointer}/key", detail=detail)


def _auth_header(config: ConfigDraft) -> str | None:
    auth = config.auth
    if auth is None or isinstance(auth, NoAuthDraft):
        return None
    if isinstance(auth, ApiKeyDraft):
        return auth.name.lower() if auth.location == "header" else None
    return "authorization"


def _auth_name(draft: ConnectorDraft) -> Iterator[FieldProblem]:
    if _auth_header(draft.config) in OURS:
        yield FieldProblem(pointer="/config/auth/name", detail="this header is written by the sender")


def _idempotency_header(draft: ConnectorDraft) -> Iterator[FieldProblem]:
    name = draft.config.idempotency_header
    if name is not None and (not re.fullmatch(HEADER_NAME, name) or name.lower() in OURS):
        yield FieldProblem(pointer="/config/idempotencyHeader", detail="is not the name of a header you may set")


def _body(draft: ConnectorDraft) -> Iterator[FieldProblem]:
    config = draft.config
    if config.body is None:
        return
    if config.body_type is None:
        yield FieldProblem(pointer="/config/bodyType", detail="say how the body is written: json, form or raw")
    elif config.body_type is BodyType.RAW and not isinstance(config.body, str):
        yield FieldProblem(pointer="/config/body", detail="a raw body must be text")
    elif config.body_type is BodyType.FORM and not isinstance(config.body, dict):
        yield FieldProblem(pointer="/config/body", detail="a form body must be an object of names and values")
    yield from _size("/config/body", config.body, MAX_BODY_BYTES)


def _output_schema(draft: ConnectorDraft) -> Iterator[FieldProblem]:
    yield from _size("/output_schema", draft.output_schema, MAX_OUTPUT_SCHEMA_BYTES)


def _size(pointer: str, value: object, limit_bytes: int) -> Iterator[FieldProblem]:
    size = len(msgspec.json.encode(value))
    if size > limit_bytes:
        yield FieldProblem(pointer=pointer, detail=f"is {size} bytes as JSON; at most {limit_bytes} are allowed")


RULES: Final[tuple[Check, ...]] = (
    _url,
    _templates,
    _inputs,
    _rate_limit,
    _headers,
    _auth_name,
    _idempotency_header,
    _body,
    _output_schema,
)
