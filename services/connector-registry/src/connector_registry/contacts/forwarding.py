"""A request as it came, sent on to the field mapper; its answer as it comes, passed back.

A connection is taken when the whole body is there and given back after a while, however slow the caller is. A file goes
on piece by piece, and a caller whose next piece does not come loses it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Final
from urllib.parse import quote

import httpx2
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from connector_registry.contacts.problems import (
    BodyTooSlowError,
    ContactsLostError,
    ContactsNotForKeysError,
    ContactsUnavailableError,
    NoSuchContactsPathError,
    UnusableAddressError,
)
from connector_registry.contacts.shares import MOST_FILES, RETRY_AFTER, ContactShares
from connectors_shared.http.passing_on import PassingOn
from connectors_shared.http.principal import Principal
from connectors_shared.http.request_context import request_under_way
from connectors_shared.runtime.logging import get_logger

TIMEOUT: Final = httpx2.Timeout(connect=2.0, write=10.0, read=30.0, pool=2.0)
MOST_CONNECTIONS: Final = 100
"""Beside those of files."""
LIMITS: Final = httpx2.Limits(
    max_connections=MOST_CONNECTIONS + MOST_FILES, max_keepalive_connections=50, keepalive_expiry=2.0
)
"""Idle connections end before the mapper closes them after 5 s: a request sent in that moment would be lost."""
BODY_SECONDS: Final = 10.0
"""For the whole body to come."""
PIECE_SECONDS: Final = 30.0
"""For the next piece of a file, which goes on as it comes."""
UPLOADS: Final = frozenset({"/api/contact-imports"})
"""Paths whose POST takes a file."""
LONG: Final = frozenset({("POST", path) for path in UPLOADS} | {("GET", "/api/contact-export")})
"""Requests that carry a file, and may take `LONG_SECONDS`."""
LONG_SECONDS: Final = 900.0
LONG_TIMEOUT: Final = httpx2.Timeout(connect=2.0, write=60.0, read=300.0, pool=2.0)
ANSWER_SECONDS: Final = 60.0
"""From then on, until the caller has the whole answer."""
PASSED_ON: Final = ("content-type", "accept", "if-match", "idempotency-key", "traceparent")
PASSED_BACK: Final = (
    *("content-type", "content-length", "etag", "location", "retry-after", "www-authenticate", "allow"),
    *("idempotency-replayed", "content-disposition", "cache-control"),
)
ESCAPED_NEVER: Final = "".join(map(chr, range(0x21, 0x7F))).replace("#", "")
NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)

log = get_logger(__name__)


def mapper_client(url: str) -> httpx2.AsyncClient:
    """One for the whole process; no proxy of the environment comes in between. Raises httpx2.InvalidURL."""
    headers = {"Accept-Encoding": "identity"}
    return httpx2.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT, limits=LIMITS, trust_env=False)


class Relayed(StreamingResponse):
    """The mapper's answer. Its connection and its place are given back when it ends, or is not taken in time."""

    def __init__(self, answer: httpx2.Response, held: ExitStack, deadline: float) -> None:
        headers = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
        super().__init__(answer.aiter_raw(), answer.status_code, headers)
        self._answer = answer
        self._held = held
        self._deadline = deadline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            try:
                async with asyncio.timeout_at(self._deadline):
                    await super().__call__(scope, receive, send)
            finally:
                await self._answer.aclose()


async def forward(
    request: Request,
    who: Principal,
    mapper: httpx2.AsyncClient,
    shares: ContactShares,
    passing_on: PassingOn | None = None,
) -> Response:
    """A caller's own token goes on as it came; for who came with an API key, one that says who that is.

    Raises ContactsUnavailableError when nothing was sent, ContactsLostError when nobody knows what came of it;
    BodyTooSlowError, TooManyForwardedError, TooManyFilesError, UnusableAddressError or ContactsNotForKeysError before
    anything is sent.
    """
    target, authorization = _target(request), _authorization(request, who, passing_on)
    is_file = request.method == "POST" and request.url.path in UPLOADS
    body = _pieces(request) if is_file else await _body(request)
    sent = _passed_on(request, mapper, target, body, authorization)
    is_long = _is_long(request)
    deadline = asyncio.get_running_loop().time() + (LONG_SECONDS if is_long else ANSWER_SECONDS)
    with ExitStack() as held:
        held.enter_context((shares.files if is_long else shares.requests).taken(who.workspace_id))
        answer = await _answered(mapper, sent, deadline)
        return Relayed(answer, held.pop_all(), deadline)


async def _answered(mapper: httpx2.AsyncClient, sent: httpx2.Request, deadline: float) -> httpx2.Response:
    try:
        async with asyncio.timeout_at(deadline):
            return await mapper.send(sent, stream=True)
    except NOT_SENT as error:
        log.warning("mapper.unreachable", error=type(error).__name__)
        raise ContactsUnavailableError(headers=RETRY_AFTER) from error
    except (httpx2.HTTPError, TimeoutError) as error:
        log.warning("mapper.not_answered", error=type(error).__name__)
        raise ContactsLostError from error


async def _body(request: Request) -> bytes:
    """All of it; how large it may be is `BodyLimit`'s."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.body()
    except TimeoutError as error:
        raise BodyTooSlowError from error


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """A file, of which no more is held than the piece that is on its way."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(PIECE_SECONDS):
                piece = await anext(stream, None)
        except TimeoutError as error:
            raise BodyTooSlowError from error
        if piece is None:
            return
        if piece:
            yield piece


def _authorization(request: Request, who: Principal, passing_on: PassingOn | None) -> str:
    if who.key_id is None:
        return request.headers.get("authorization", "")
    if passing_on is None:
        raise ContactsNotForKeysError
    return passing_on.header(who)


def _passed_on(
    request: Request,
    mapper: httpx2.AsyncClient,
    target: str,
    body: bytes | AsyncIterator[bytes],
    authorization: str,
) -> httpx2.Request:
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    try:
        return mapper.build_request(
            request.method,
            target,
            headers=headers | _from_where() | {"authorization": authorization},
            content=body or None,
            timeout=LONG_TIMEOUT if _is_long(request) else TIMEOUT,
        )
    except httpx2.InvalidURL:
        raise UnusableAddressError from None


def _is_long(request: Request) -> bool:
    return (request.method, request.url.path) in LONG


def _from_where() -> dict[str, str]:
    """The address that is known here, and nothing that the caller said of it."""
    context = request_under_way()
    return {"x-forwarded-for": context.address} if context and context.address else {}


def _target(request: Request) -> str:
    """The same path and query; one that leaves the contacts would be another address of the mapper."""
    path: str = request.scope["path"]
    if any(part in (".", "..") for part in path.split("/")):
        raise NoSuchContactsPathError
    # Byte for byte: what some clients send as they are, such as ü in UTF-8, means the same when it is escaped.
    query = quote(request.scope["query_string"], safe=ESCAPED_NEVER)
    return quote(path, safe="/") + (f"?{query}" if query else "")
