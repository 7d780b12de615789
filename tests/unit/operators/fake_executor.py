"""An executor's internal API that says what a test wants it to say."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
from aiohttp import web

from connectors_local.ports import free_port

TOKEN = "internal-token-of-the-test"
NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def in_seconds(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat()


def a_status(connector_id: UUID, **changed: Any) -> dict[str, Any]:
    return {
        "connectorId": str(connector_id),
        "workspaceId": str(UUID(int=1)),
        "name": "Phone Number Enrichment",
        "version": 3,
        "state": "running",
        "summary": "It runs.",
        "reasons": [],
        "limit": {"until": None, "source": None, "perSecond": None},
        "breaker": {"state": "closed", "until": None, "failures": 0, "calls": 0},
        "credentialStale": False,
        "parked": {"count": 0, "waitingForRetry": 0, "oldest": None, "nextSlot": None, "drainSeconds": None},
        "waiting": 0,
        "inFlight": 0,
    } | changed


def a_parked_execution(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "executionId": str(UUID(int=number)),
        "lane": "normal",
        "reason": "rate_limited",
        "attempt": 1,
        "parkedAt": in_seconds(-90),
        "notBefore": None,
        "leased": False,
    } | changed


@dataclass
class FakeExecutor:
    """Statuses and backlogs by connector; every cancellation that was asked for."""

    statuses: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    backlogs: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict)
    cancellations: list[tuple[UUID, dict[str, Any]]] = field(default_factory=list)
    watermarks: list[dict[str, Any]] = field(default_factory=list)
    page: int = 1000

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return httpx2.Response(401, json={"title": "Who are you?"})
        if request.url.path == "/internal/watermarks":
            return httpx2.Response(200, json={"partitions": self.watermarks})
        _, internal, connectors, connector, *rest = request.url.path.split("/")
        assert (internal, connectors) == ("internal", "connectors")
        connector_id, what = UUID(connector), (request.method, *rest)
        if what == ("GET", "status"):
            unknown = a_status(connector_id, state="unknown", name=None, version=None, summary="No such connector.")
            return httpx2.Response(200, json=self.statuses.get(connector_id, unknown))
        if what == ("GET", "parked"):
            return httpx2.Response(200, json=self._page(connector_id, request.url.params))
        assert what == ("POST", "parked", "cancel")
        return httpx2.Response(200, json={"cancelled": self.cancel(connector_id, json.loads(request.content))})

    def _page(self, connector_id: UUID, query: httpx2.QueryParams) -> dict[str, Any]:
        backlog = self.backlogs.get(connector_id, [])
        start = int(query.get("after", "0"))
        end = start + min(self.page, int(query["limit"]))
        return {"parked": backlog[start:end], "next": str(end) if end < len(backlog) else None}

    def cancel(self, connector_id: UUID, body: dict[str, Any]) -> int:
        self.cancellations.append((connector_id, body))
        wanted, backlog = body["executionIds"], self.backlogs.get(connector_id, [])
        kept = [line for line in backlog if wanted is not None and line["executionId"] not in wanted]
        self.backlogs[connector_id] = kept
        return len(backlog) - len(kept)


@dataclass
class FakeRegistry:
    """Knows connectors by name."""

    names: dict[str, UUID] = field(default_factory=dict)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        lines = [{"id": str(found), "name": name} for name, found in self.names.items()]
        return httpx2.Response(200, json={"connectors": lines, "next_cursor": None})


@asynccontextmanager
async def served(*fakes: FakeExecutor | FakeRegistry) -> AsyncIterator[list[str]]:
    """Their addresses, answering over loopback."""
    runners, urls = [], []
    for fake in fakes:
        runner = web.ServerRunner(web.Server(handler_of(fake), access_log=None), shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        urls.append(f"http://127.0.0.1:{port}")
    yield urls
    for runner in runners:
        await runner.cleanup()


def handler_of(fake: FakeExecutor | FakeRegistry) -> Any:
    async def handle(request: web.BaseRequest) -> web.Response:
        body = await request.read()
        asked = httpx2.Request(request.method, str(request.url), headers=dict(request.headers), content=body)
        answered = fake.answer(asked)
        return web.Response(status=answered.status_code, body=answered.content, content_type="application/json")

    return handle
