"""A request as it came, sent on to a service; its answer as it comes, passed back."""

import asyncio
from contextlib import ExitStack
from typing import Final

import httpx2
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from connector_registry.relaying.peer import Peer
from connector_registry.relaying.problems import CallerRefusedError
from connector_registry.relaying.sending import request_for
from connector_registry.relaying.shares import RETRY_AFTER, PeerShares
from connectors_shared.http.passing_on import PassingOn
from connectors_shared.http.principal import Principal
from connectors_shared.runtime.logging import get_logger

ANSWER_SECONDS: Final = 60.0
"""From then on, until the caller has the whole answer."""
LONG_SECONDS: Final = 900.0
"""The same, where a file is carried."""
PASSED_BACK: Final = (
    *("content-type", "content-length", "etag", "location", "retry-after", "www-authenticate", "allow"),
    *("idempotency-replayed", "content-disposition", "cache-control"),
)
NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)

log = get_logger(__name__)


class Relayed(StreamingResponse):
    """The service's answer. Its connection and its place are given back when it ends, or is not taken in time."""

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


class Relay:
    """To one service. `passing_on`: how it is told who came with an API key; None: it is not."""

    def __init__(self, peer: Peer, client: httpx2.AsyncClient, passing_on: PassingOn | None = None) -> None:
        self._peer = peer
        self._client = client
        self._passing_on = passing_on
        self.shares = PeerShares()

    async def forward(self, request: Request, who: Principal) -> Response:
        """Raises what `peer` says of an answer that did not come, and what `request_for` and `Shares.taken` raise."""
        sent = await request_for(self._peer, self._client, request, who, self._passing_on)
        is_long = self._peer.is_long(request.method, request.url.path)
        deadline = asyncio.get_running_loop().time() + (LONG_SECONDS if is_long else ANSWER_SECONDS)
        with ExitStack() as held:
            held.enter_context((self.shares.files if is_long else self.shares.requests).taken(who.workspace_id))
            answer = await self._answered(sent, deadline)
            if answer.status_code == httpx2.codes.UNAUTHORIZED:
                # The caller is known here: he would sign in again for nothing.
                await answer.aclose()
                log.error("peer.refuses_caller", peer=self._peer.name)
                raise CallerRefusedError
            return Relayed(answer, held.pop_all(), deadline)

    async def _answered(self, sent: httpx2.Request, deadline: float) -> httpx2.Response:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._client.send(sent, stream=True)
        except NOT_SENT as error:
            log.warning("peer.unreachable", peer=self._peer.name, error=type(error).__name__)
            raise self._peer.unavailable(headers=RETRY_AFTER) from error
        except (httpx2.HTTPError, TimeoutError) as error:
            log.warning("peer.not_answered", peer=self._peer.name, error=type(error).__name__)
            raise self._peer.lost from error
