"""A key has a limit of its own beside its workspace's, and a request that one of them refuses counts for neither."""

from collections.abc import AsyncIterator
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
from connectors_shared.runtime.clock import SystemClock

WORKSPACE = UUID(int=1)


class StoppedClock(SystemClock):
    def monotonic(self) -> float:
        return 0.0


async def by_key(request: Request) -> Principal:
    """`key` of the query: a number; the first may ask twelve times a minute, the others as often as the workspace."""
    number = int(request.query_params["key"])
    return Principal(WORKSPACE, "key", key_id=UUID(int=number), requests_per_minute=12 if number == 2 else None)


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    app = rest_api("connectors-shared", "Things", "All.", RequestMetrics("things", CollectorRegistry()))
    access = Access(by_key, RequestLimits(60, StoppedClock()))

    @app.get("/things")
    async def things(key: int, _who: Principal = access.signed_in()) -> int:
        return key

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://service") as client:
        yield client


async def statuses(client: httpx2.AsyncClient, key: int, times: int) -> list[int]:
    return [(await client.get(f"/things?key={key}")).status_code for _ in range(times)]


async def test_one_key_uses_no_more_than_its_own_and_leaves_the_rest_to_others(client: httpx2.AsyncClient) -> None:
    assert await statuses(client, 2, 5) == [200, 200, 429, 429, 429]
    assert await statuses(client, 3, 9) == [200] * 8 + [429]


async def test_both_limits_are_told(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/things?key=2")
    assert answer.headers["ratelimit-policy"] == '"workspace";q=10;w=10, "key";q=2;w=10'
    assert answer.headers["ratelimit"] == '"workspace";r=9;t=1, "key";r=1;t=5'
    assert (await client.get("/things?key=3")).headers["ratelimit"] == '"workspace";r=8;t=2'
