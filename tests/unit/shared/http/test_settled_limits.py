"""A workspace's own limit holds wherever it asks, soon after it was settled, and costs a look a minute."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request

from connectors_shared.http.access import Access
from connectors_shared.http.api import rest_api
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.principal import Principal
from connectors_shared.http.request_limits import RequestLimits
from connectors_shared.http.settled_limits import KNOWN_SECONDS, SettledLimits
from connectors_shared.runtime.clock import SystemClock

WORKSPACE = UUID(int=1)


@dataclass
class Process:
    """One of several of a service: `settled` is what the store says, None while it is away."""

    settled: int | None = 12
    away: bool = False
    looks: int = 0
    clock: "Clock" = field(default_factory=lambda: Clock())

    async def ask(self, workspace_id: UUID) -> int | None:
        assert workspace_id == WORKSPACE
        self.looks += 1
        if self.away:
            raise ConnectionError
        return self.settled

    def client(self) -> httpx2.AsyncClient:
        app = rest_api("connectors-shared", "Things", "All.", RequestMetrics("things", CollectorRegistry()))
        limits = RequestLimits(60, self.clock)
        access = Access(_somebody, limits, SettledLimits(limits, self.ask, self.clock))

        @app.get("/things")
        async def things(_who: Principal = access.signed_in()) -> int:
            return 1

        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://service")


class Clock(SystemClock):
    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at


async def _somebody(_request: Request) -> Principal:
    return Principal(WORKSPACE, "ann")


async def statuses(client: httpx2.AsyncClient, times: int) -> list[int]:
    return [(await client.get("/things")).status_code for _ in range(times)]


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
async def client(process: Process) -> AsyncIterator[httpx2.AsyncClient]:
    async with process.client() as client:
        yield client


async def test_what_is_settled_holds_from_the_first_request_on(process: Process, client: httpx2.AsyncClient) -> None:
    assert await statuses(client, 4) == [200, 200, 429, 429]
    assert process.looks == 1


async def test_a_change_holds_after_a_minute(process: Process, client: httpx2.AsyncClient) -> None:
    assert await statuses(client, 3) == [200, 200, 429]
    process.settled = 60
    process.clock.at += KNOWN_SECONDS
    assert await statuses(client, 11) == [200] * 10 + [429]
    process.settled = None
    process.clock.at += KNOWN_SECONDS
    assert await statuses(client, 11) == [200] * 10 + [429], "that of the installation"
    assert process.looks == 3


async def test_while_nobody_answers_what_was_known_holds(process: Process, client: httpx2.AsyncClient) -> None:
    await statuses(client, 1)
    process.away = True
    process.clock.at += KNOWN_SECONDS
    assert await statuses(client, 3) == [200, 200, 429]
