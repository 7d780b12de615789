"""An API asks for a year of quiet, by mistake: its owner points the connector elsewhere, or wants it tried now."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from aiohttp import web

from connector_executor.parking.port import ParkReason
from tests.integration.executor.conftest import WORKSPACE, Bench, Upstream
from tests.integration.executor.test_parking import results, sql, until_parked

A_YEAR = str(365 * 86_400)


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[httpx2.AsyncClient]:
    await bench.start_executor()
    async with bench.internal() as client:
        yield client


class Asking:
    """An API that answers with a Retry-After of a year until it is `mended`."""

    def __init__(self) -> None:
        self.mended = False
        self.hosts: list[str] = []

    async def __call__(self, request: web.Request) -> web.Response:
        self.hosts.append(request.host.partition(":")[0])
        if self.mended:
            return web.json_response({})
        return web.Response(status=429, headers={"Retry-After": A_YEAR})


@pytest.fixture
def asking(upstream: Upstream) -> Asking:
    asking = Asking()
    upstream.answer = asking
    return asking


async def until_asked_to_wait(bench: Bench, count: int) -> None:
    await until_parked(bench, count)
    reasons = "SELECT count(*) FROM executor.parked_executions WHERE reason = $1 AND NOT ready"
    assert await sql(bench, reasons, ParkReason.ASKED_TO_WAIT.value) >= 1


async def test_what_waits_is_called_when_its_owner_wants_it_tried_now(
    bench: Bench, upstream: Upstream, client: httpx2.AsyncClient, asking: Asking
) -> None:
    connector = await bench.publish(upstream.url, method="POST", retries=3)
    for _ in range(5):
        await bench.execute(connector)
    await until_asked_to_wait(bench, 5)
    called, asking.mended = len(asking.hosts), True
    path, body = f"/internal/connectors/{connector}/resume", {"workspaceId": str(WORKSPACE)}
    answers = [(await client.post(path, json=body)).json() for _ in range(2)]
    assert [answer["lifted"] for answer in answers] == [["rate_limited"], []]
    assert all(result.success for result in (await results(bench, 5)).values())
    assert len(asking.hosts) == called + 5


async def test_one_that_is_pointed_at_another_host_is_called_there(
    bench: Bench, upstream: Upstream, client: httpx2.AsyncClient, asking: Asking
) -> None:
    connector = await bench.publish(upstream.url, method="POST", retries=3)
    await bench.grant("localhost", upstream.port)
    for _ in range(5):
        await bench.execute(connector)
    await until_asked_to_wait(bench, 5)
    called, asking.mended = len(asking.hosts), True
    elsewhere = f"http://localhost:{upstream.port}/"
    await bench.publish(elsewhere, version=2, connector_id=connector, method="POST", retries=3)
    assert all(result.success for result in (await results(bench, 5)).values())
    assert asking.hosts[called:] == ["localhost"] * 5


async def test_a_new_version_for_the_same_host_waits_as_before(
    bench: Bench, upstream: Upstream, client: httpx2.AsyncClient, asking: Asking
) -> None:
    connector = await bench.publish(upstream.url, method="POST", retries=3)
    await bench.execute(connector)
    await until_asked_to_wait(bench, 1)
    asking.mended = True
    other = await bench.publish(upstream.url)
    await bench.publish(f"{upstream.url}/other", version=2, connector_id=connector, method="POST", retries=3)
    await bench.execute(other)
    result = await asyncio.wait_for(bench.result(), 20)
    assert result.connector_id == other, "which was published and sent after it"
    assert len(asking.hosts) == 2


async def test_nobody_else_has_it_tried(
    bench: Bench, upstream: Upstream, client: httpx2.AsyncClient, asking: Asking
) -> None:
    connector = await bench.publish(upstream.url)
    await bench.execute(connector)
    await until_asked_to_wait(bench, 1)
    body = {"workspaceId": "22222222-2222-4222-8222-222222222222"}
    answer = await client.post(f"/internal/connectors/{connector}/resume", json=body)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-connector")
