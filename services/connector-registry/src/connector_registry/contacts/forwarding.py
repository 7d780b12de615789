"""A request as it came, sent on to the field mapper; its answer as it comes, passed back. Nothing is kept in memory."""

from typing import Final
from urllib.parse import quote

import httpx2
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from connector_registry.contacts.problems import (
    ContactsLostError,
    ContactsUnavailableError,
    NoSuchContactsPathError,
)
from connectors_shared.runtime.logging import get_logger

TIMEOUT: Final = httpx2.Timeout(connect=2.0, write=10.0, read=30.0, pool=2.0)
LIMITS: Final = httpx2.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=2.0)
"""Idle connections end before the mapper closes them after 5 s: a request sent in that moment would be lost."""
RETRY_AFTER: Final = {"Retry-After": "2"}
PASSED_ON: Final = ("authorization", "content-type", "content-length", "accept", "if-match", "idempotency-key")
PASSED_BACK: Final = (
    *("content-type", "content-length", "etag", "location", "retry-after", "www-authenticate", "allow"),
    "idempotency-replayed",
)
NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)

log = get_logger(__name__)


def mapper_client(url: str) -> httpx2.AsyncClient:
    """One for the whole process; no proxy of the environment comes in between. Raises httpx2.InvalidURL."""
    headers = {"Accept-Encoding": "identity"}
    return httpx2.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT, limits=LIMITS, trust_env=False)


async def forward(request: Request, mapper: httpx2.AsyncClient) -> Response:
    """Raises ContactsUnavailableError when nothing was sent, ContactsLostError when nobody knows what came of it."""
    sent = mapper.build_request(
        request.method,
        _target(request),
        headers={name: request.headers[name] for name in PASSED_ON if name in request.headers},
        content=request.stream() if _has_body(request) else None,
    )
    try:
        answer = await mapper.send(sent, stream=True)
    except NOT_SENT as error:
        log.warning("mapper.unreachable", error=type(error).__name__)
        raise ContactsUnavailableError(headers=RETRY_AFTER) from error
    except httpx2.HTTPError as error:
        log.warning("mapper.not_answered", error=type(error).__name__)
        raise ContactsLostError from error
    headers = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
    return StreamingResponse(answer.aiter_raw(), answer.status_code, headers, background=BackgroundTask(answer.aclose))


def _target(request: Request) -> str:
    """The same path and query; one that leaves the contacts would be another address of the mapper."""
    path: str = request.scope["path"]
    if any(part in (".", "..") for part in path.split("/")):
        raise NoSuchContactsPathError
    query = request.scope["query_string"].decode("latin-1")
    return quote(path, safe="/") + (f"?{query}" if query else "")


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
