"""The internal API on a running executor: synchronous calls, why a connector is not running, what is parked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from aiohttp import web

from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.health import ConnectorHealth
from connectors_shared.contract.topics import HEALTH
from tests.integration.executor.conftest import WORKSPACE, Bench, Upstream
from tests.integration.executor.test_parking import FAST, SLOW, until_parked


class Client:
    """Speaks to the app of the running executor."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def execute(self, connector_id: UUID | str, **fields: Any) -> httpx2.Response:
        body = {"workspaceId": str(WORKSPACE), "connectorId": str(connector_id)} | fields
        return await self.http.post("/internal/executions", json=body)

    async def status(self, connector_id: UUID) -> dict[str, Any]:
        response = await self.http.get(f"/internal/connectors/{connector_id}/status")
        assert response.status_code == 200, response.text
        return dict(response.json())


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[Client]:
    await bench.start_executor()
    async with bench.internal() as http:
        http.timeout = httpx2.Timeout(30)
        yield Client(http)


def problem(response: httpx2.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"].removeprefix("/problems/")


async def test_a_caller_gets_the_result_that_is_published(bench: Bench, upstream: Upstream, client: Client) -> None:
    connector = await bench.publish(upstream.url, query_params=[{"key": "q", "staticValue": "1"}])
    response = await client.execute(connector, storeAs="found")
    assert response.status_code == 200
    result = await bench.result()
    assert response.content == bench.results[0]
    assert result.variables == {"found": {"echo": {"q": "1"}}}


async def test_a_caller_who_repeats_an_id_gets_the_same_result(
    bench: Bench, upstream: Upstream, client: Client
) -> None:
    """The store keeps only where it is; it is read back from Kafka."""
    connector, execution_id = await bench.publish(upstream.url, method="POST"), str(uuid4())
    first = await client.execute(connector, executionId=execution_id)
    again = await client.execute(connector, executionId=execution_id)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert len(upstream.seen) == 1


async def test_a_call_that_fails_is_an_answer_too(bench: Bench, upstream: Upstream, client: Client) -> None:
    connector = await bench.publish(upstream.url, input_schema={"name": {"type": "string", "required": True}})
    response = await client.execute(connector)
    assert response.status_code == 200
    result = ConnectorResult.model_validate_json(response.content)
    assert result.error is not None
    assert result.error.type is FailureType.INVALID_INPUT


async def test_a_caller_is_told_when_the_next_slot_is_too_far(bench: Bench, upstream: Upstream, client: Client) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW)
    assert (await client.execute(connector)).status_code == 200
    response = await client.execute(connector)
    assert problem(response) == (429, "rate-limited")
    assert 3500 < int(response.headers["Retry-After"]) <= 3700
    assert len(upstream.seen) == 1


async def test_a_caller_goes_ahead_of_the_backlog(bench: Bench, upstream: Upstream, client: Client) -> None:
    connector = await bench.publish(upstream.url, rate_limit={"windows": [{"limit": 2, "seconds": 1}]})
    await asyncio.gather(*(bench.execute(connector, lane="bulk") for _ in range(40)))
    await until_backlogged(connector, client)
    assert (await client.execute(connector)).status_code == 200
    assert (await client.status(connector))["parked"]["count"] > 0


async def until_backlogged(connector: UUID, client: Client) -> None:
    """Many are parked, and the slots of the first ones have gone.

    Those were reserved up to two seconds ahead, which leaves none for anybody; a backlog reserves one second ahead.
    """
    async with asyncio.timeout(15):
        while True:
            parked = (await client.status(connector))["parked"]
            ahead = datetime.fromisoformat(parked["nextSlot"]) - datetime.now(UTC) if parked["nextSlot"] else None
            if parked["count"] >= 20 and ahead is not None and ahead.total_seconds() < 1.6:
                return
            await asyncio.sleep(0.02)


async def test_the_same_id_twice_is_called_once(bench: Bench, upstream: Upstream, client: Client) -> None:
    connector, execution = await bench.publish(upstream.url, method="POST"), str(uuid4())
    first, second = await asyncio.gather(
        client.execute(connector, executionId=execution), client.execute(connector, executionId=execution)
    )
    assert first.content == second.content
    assert len(upstream.seen) == 1


async def test_a_caller_who_stops_waiting_stops_nothing(bench: Bench, upstream: Upstream, client: Client) -> None:
    release = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await release.wait()
        return web.json_response({"late": True})

    upstream.answer = slow
    connector = await bench.publish(upstream.url)
    response = await client.execute(connector, waitSeconds=0.2)
    assert problem(response) == (504, "still-running")
    release.set()
    assert (await bench.result()).data == {"late": True}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"connectorId": "99999999-9999-4999-8999-999999999999"}, (404, "unknown-connector")),
        ({"workspaceId": "99999999-9999-4999-8999-999999999999"}, (404, "unknown-connector")),
        ({"inputs": "none"}, (422, "invalid-request")),
        ({"waitSeconds": 0}, (422, "invalid-request")),
        ({"wait": 1}, (422, "invalid-request")),
    ],
)
async def test_a_wrong_request_is_a_problem(
    bench: Bench, upstream: Upstream, client: Client, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    connector = await bench.publish(upstream.url)
    assert problem(await client.execute(connector, **fields)) == expected


async def test_without_the_token_nothing_is_said(bench: Bench, upstream: Upstream, client: Client) -> None:
    client.http.headers["Authorization"] = "Bearer " + "x" * 40
    for path in ("status", "parked"):
        assert problem(await client.http.get(f"/internal/connectors/{uuid4()}/{path}")) == (401, "unauthorized")
    assert problem(await client.execute(uuid4())) == (401, "unauthorized")


async def test_the_status_names_what_holds_a_connector_back(bench: Bench, upstream: Upstream, client: Client) -> None:
    limited = await bench.publish(upstream.url, rate_limit=SLOW)
    disabled = await bench.publish(upstream.url, enabled=False)
    stale = await bench.publish(upstream.url, credential_stale=True)
    idle = await bench.publish(upstream.url)
    for _ in range(3):
        await bench.execute(limited)
    await until_parked(bench, 2)
    found = {
        name: await client.status(id_)
        for name, id_ in {"limited": limited, "disabled": disabled, "credential_stale": stale, "idle": idle}.items()
    }
    assert {name: status["state"] for name, status in found.items()} == {name: name for name in found}
    status = found["limited"]
    assert status["parked"]["count"] == 2
    assert status["parked"]["drainSeconds"] > 3600
    assert status["limit"]["source"] == "its own rate limit"
    assert "2 executions are parked" in status["summary"]
    unknown = await client.status(uuid4())
    assert (unknown["state"], unknown["reasons"][0]["code"]) == ("unknown", "unknown_connector")


async def test_the_status_names_the_header_that_asked_for_quiet(
    bench: Bench, upstream: Upstream, client: Client
) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "120"})

    upstream.answer = refuse
    connector = await bench.publish(upstream.url, retries=1)
    await bench.execute(connector)
    await until_parked(bench, 1)
    status = await client.status(connector)
    assert status["state"] == "limited"
    assert status["limit"]["source"] == "Retry-After: 120"
    assert "its API asked to be left alone" in status["summary"]


async def test_a_limit_below_ours_is_learned_from_an_answer_that_succeeds(
    bench: Bench, upstream: Upstream, client: Client
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({}, headers={"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "4"})

    upstream.answer = answer
    connector = await bench.publish(upstream.url, rate_limit=FAST)
    assert (await client.execute(connector)).status_code == 200
    limit = (await client.status(connector))["limit"]
    assert limit["source"] == "RateLimit: limit 5, remaining 4"
    assert 4.5 < limit["perSecond"] < 5


async def test_a_connector_that_only_fails_for_long_is_unhealthy_and_its_owner_is_told(
    bench: Bench, upstream: Upstream
) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=401)

    upstream.answer = refuse
    connector = await bench.publish(upstream.url)
    bench.settings = bench.settings.model_copy(update={"unhealthy_seconds": 0.2, "unhealthy_failures": 2})
    await bench.start_executor()
    async with bench.internal() as http:
        client = Client(http)
        async with asyncio.timeout(20):
            while (response := await client.execute(connector)).status_code == 200:
                pass
        assert problem(response) == (503, "upstream-failing")
        assert (await client.status(connector))["state"] == "unhealthy"
    (record,) = await bench.read(HEALTH.name, 1)
    told = ConnectorHealth.model_validate_json(record.value)
    assert (told.connector_id, told.healthy) == (connector, False)


async def test_an_open_breaker_is_named_and_a_caller_is_sent_away(
    bench: Bench, upstream: Upstream, client: Client
) -> None:
    async def fail(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    upstream.answer = fail
    connector = await bench.publish(upstream.url, retries=0)
    async with asyncio.timeout(15):
        while (response := await client.execute(connector)).status_code == 200:
            pass
    assert problem(response) == (503, "upstream-failing")
    assert int(response.headers["Retry-After"]) >= 1
    status = await client.status(connector)
    assert (status["state"], status["breaker"]["state"]) == ("breaker_open", "open")


async def test_what_is_parked_is_listed_and_cancelled(bench: Bench, upstream: Upstream, client: Client) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW)
    await bench.execute(connector)
    assert (await bench.result()).success
    events = [await bench.execute(connector) for _ in range(4)]
    await until_parked(bench, 4)
    page = (await client.http.get(f"/internal/connectors/{connector}/parked", params={"limit": 3})).json()
    rest = (await client.http.get(f"/internal/connectors/{connector}/parked", params={"after": page["next"]})).json()
    listed = [row["executionId"] for row in page["parked"] + rest["parked"]]
    assert sorted(listed) == sorted(str(event.execution_id) for event in events)
    assert {row["reason"] for row in page["parked"]} <= {"rate_limited", "behind_others"}
    backlogs = (await client.http.get("/internal/backlogs")).json()["backlogs"]
    assert [(row["connectorId"], row["parked"]) for row in backlogs] == [(str(connector), 4)]

    path = f"/internal/connectors/{connector}/parked/cancel"
    one = await client.http.post(path, json={"workspaceId": str(WORKSPACE), "executionIds": [listed[0]]})
    assert one.json() == {"cancelled": 1}
    rest_cancelled = await client.http.post(path, json={"workspaceId": str(WORKSPACE)})
    assert rest_cancelled.json() == {"cancelled": 3}
    results = [await bench.result() for _ in range(4)]
    assert {result.error and result.error.type for result in results} == {FailureType.CANCELLED}
    await until_parked(bench, 0)
    assert len(upstream.seen) == 1


async def test_a_connector_that_is_released_runs_its_backlog(bench: Bench, upstream: Upstream, client: Client) -> None:
    connector = await bench.publish(upstream.url, rate_limit=SLOW)
    for _ in range(3):
        await bench.execute(connector)
    await until_parked(bench, 2)
    await bench.publish(upstream.url, version=2, connector_id=connector, rate_limit=FAST)
    assert all([(await bench.result()).success for _ in range(3)])
