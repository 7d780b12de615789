"""A caller's request as it is sent on: its address, the headers that may, its body, and who asks.

A body is taken whole before a connection is, however slow the caller is. A file goes on piece by piece, and a caller
whose next piece does not come loses the connection.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

import httpx2
from starlette.requests import Request

from connector_registry.relaying.peer import LONG_TIMEOUT, TIMEOUT, Peer
from connector_registry.relaying.problems import BodyTooSlowError, UnusableAddressError
from connectors_shared.http.passing_on import PassingOn
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import NothingHereError
from connectors_shared.http.request_context import request_under_way

BODY_SECONDS: Final = 10.0
"""For the whole body to come."""
PIECE_SECONDS: Final = 30.0
"""For the next piece of a file, which goes on as it comes."""
PASSED_ON: Final = ("content-type", "accept", "if-match", "idempotency-key", "traceparent")
ESCAPED_NEVER: Final = "".join(map(chr, range(0x21, 0x7F))).replace("#", "")


async def request_for(
    peer: Peer, client: httpx2.AsyncClient, request: Request, who: Principal, passing_on: PassingOn | None
) -> httpx2.Request:
    """A caller's own token goes on as it came; for who came with an API key, one that says who that is.

    Raises BodyTooSlowError, UnusableAddressError, NothingHereError or what `peer` says to API keys.
    """
    target, authorization = _target(request), _authorization(peer, request, who, passing_on)
    takes_file = peer.takes_file(request.method, request.url.path)
    body = _pieces(request) if takes_file else await _body(request)
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    try:
        return client.build_request(
            request.method,
            target,
            headers=headers | _from_where() | {"authorization": authorization},
            content=body or None,
            timeout=LONG_TIMEOUT if peer.is_long(request.method, request.url.path) else TIMEOUT,
        )
    except httpx2.InvalidURL:
        raise UnusableAddressError from None


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


def _authorization(peer: Peer, request: Request, who: Principal, passing_on: PassingOn | None) -> str:
    if who.key_id is None:
        return request.headers.get("authorization", "")
    if passing_on is None:
        raise peer.not_for_keys
    return passing_on.header(who)


def _from_where() -> dict[str, str]:
    """The address that is known here, and nothing that the caller said of it."""
    context = request_under_way()
    return {"x-forwarded-for": context.address} if context and context.address else {}


def _target(request: Request) -> str:
    """The same path and query; one that leaves what is passed on would be another address of the service."""
    path: str = request.scope["path"]
    if any(part in (".", "..") for part in path.split("/")):
        raise NothingHereError
    # Byte for byte: what some clients send as they are, such as ü in UTF-8, means the same when it is escaped.
    query = quote(request.scope["query_string"], safe=ESCAPED_NEVER)
    return quote(path, safe="/") + (f"?{query}" if query else "")
