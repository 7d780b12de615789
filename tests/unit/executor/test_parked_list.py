"""What is parked for a workspace, over the internal API and the twins: in pages, called off by id, connector, flow."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from connector_executor.connectors.standin import standin_id
from connector_executor.inbound.http import internal_api, parked_router
from connector_executor.parking import listing
from connector_executor.parking.flow import flow_of
from connector_executor.parking.listing import ParkedList
from connector_executor.parking.port import ParkReason
from connectors_shared.runtime.identities import Identities
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.parking_scene import Scene

TOKEN = "internal-token-for-tests-0123456789abcdef"
OTHER = UUID(int=2)
SECOND = UUID(int=CONNECTOR.int + 1)


@pytest.fixture
async def scene() -> Scene:
    return await Scene().begin()


@pytest.fixture
def woken() -> list[UUID]:
    return []


@pytest.fixture
async def client(scene: Scene, woken: list[UUID]) -> AsyncIterator[httpx2.AsyncClient]:
    routers = [parked_router(ParkedList(scene.store, scene.table, woken.append))]
    transport = httpx2.ASGITransport(
        app=internal_api(Identities.parse(f"operator:{TOKEN}"), routers, CollectorRegistry())
    )
    headers = {"Authorization": f"Bearer {TOKEN}"}
    base = "http://executor/internal/"
    async with httpx2.AsyncClient(transport=transport, base_url=base, headers=headers) as client:
        yield client


async def page(client: httpx2.AsyncClient, **query: Any) -> dict[str, Any]:
    named = {"workspaceId": WORKSPACE} | query
    answer = await client.get("parked", params={name: str(value) for name, value in named.items()})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def walked(client: httpx2.AsyncClient, **query: Any) -> list[UUID]:
    """All pages."""
    found: list[UUID] = []
    cursor: dict[str, Any] = {}
    while True:
        part = await page(client, **query, **cursor)
        found += [UUID(each["executionId"]) for each in part["parked"]]
        if part["next"] is None:
            return found
        cursor = {"cursor": part["next"]}


async def call_off(client: httpx2.AsyncClient, **wanted: Any) -> dict[str, Any]:
    answer = await client.post("parked/cancel", json={"workspaceId": str(WORKSPACE)} | wanted)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PORTION", 2)
    monkeypatch.setattr(listing, "MOST_LOOKED_AT", 3)


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_all_of_a_workspace_is_found_once_whatever_the_size_of_a_page(
    scene: Scene, client: httpx2.AsyncClient, limit: int
) -> None:
    ids = [*await scene.park(5), *await scene.park(3, SECOND)]
    await scene.park(2, UUID(int=CONNECTOR.int + 2), workspace_id=OTHER)
    assert await walked(client, limit=limit) == ids
    assert await walked(client, limit=limit, connectorId=SECOND) == ids[5:]
    assert len(await walked(client, limit=limit, workspaceId=OTHER)) == 2


async def test_one_says_since_when_why_and_until_when_it_waits(scene: Scene, client: httpx2.AsyncClient) -> None:
    await scene.park(reason=ParkReason.RETRY, ready_in_seconds=90, flow_id="flow-1", expires_in_seconds=600)
    [found] = (await page(client))["parked"]
    assert found["reason"], found["detail"] == ("retry", "it is tried again then")
    assert (found["flowId"], found["connectorId"], found["leased"]) == ("flow-1", str(CONNECTOR), False)
    seconds = scene.clock.now()
    assert found["until"] > found["parkedAt"]
    assert found["endsAt"] > found["until"]
    assert found["parkedAt"][:19] == seconds.isoformat()[:19]


async def test_one_is_found_by_its_id_behind_any_number_of_others(scene: Scene, client: httpx2.AsyncClient) -> None:
    await scene.park(7)
    [one, _] = await scene.park(2, SECOND, flow_id="mine")
    assert await walked(client, executionId=one) == [one]
    assert await walked(client, executionId=one, connectorId=SECOND, flowId="mine") == [one]
    assert await walked(client, executionId=one, connectorId=CONNECTOR) == []
    assert await walked(client, executionId=one, flowId="other") == []
    assert await walked(client, executionId=one, workspaceId=OTHER) == []
    assert await walked(client, executionId=uuid4()) == []


async def test_what_waits_for_an_unknown_connector_names_the_one_that_was_asked_for(
    scene: Scene, client: httpx2.AsyncClient
) -> None:
    ids = await scene.park(3, standin_id(CONNECTOR, WORKSPACE), asked_for=CONNECTOR)
    assert await walked(client, connectorId=CONNECTOR) == ids
    assert (await page(client))["parked"][0]["connectorId"] == str(CONNECTOR)


async def test_those_of_a_flow_are_found_and_called_off_and_no_others(
    scene: Scene, client: httpx2.AsyncClient, woken: list[UUID]
) -> None:
    others = await scene.park(7)
    mine = [*await scene.park(5, flow_id="mine"), *await scene.park(2, SECOND, flow_id="mine")]
    assert await walked(client, flowId="mine") == mine
    cancelled, cursor = 0, None
    while True:
        answer = await call_off(client, flowId="mine", cursor=cursor)
        cancelled += answer["cancelled"]
        if (cursor := answer["next"]) is None:
            break
        await scene.end()
    assert cancelled == 7
    assert await walked(client) == others
    assert set(woken) == {CONNECTOR, SECOND}
    await scene.end()
    assert {scene.outcomes.types(each)[0] for each in mine} == {"cancelled"}


async def test_all_of_a_connector_are_called_off(scene: Scene, client: httpx2.AsyncClient) -> None:
    await scene.park(2)
    others = await scene.park(2, SECOND)
    assert await call_off(client, connectorId=str(CONNECTOR)) == {"cancelled": 2, "executions": [], "next": None}
    assert (await call_off(client, connectorId=str(CONNECTOR)))["cancelled"] == 0
    assert await walked(client) == others


async def test_each_that_is_named_is_told_of_and_a_foreign_one_is_not_parked(
    scene: Scene, client: httpx2.AsyncClient
) -> None:
    [waiting] = await scene.park()
    [foreign] = await scene.park(1, SECOND, workspace_id=OTHER)
    ids = [str(waiting), str(foreign), str(uuid4())]
    first, again = await call_off(client, executionIds=ids), await call_off(client, executionIds=ids)
    assert [each["outcome"] for each in first["executions"]] == ["cancelled", "not_parked", "not_parked"]
    assert [each["outcome"] for each in again["executions"]] == ["cancelled_before", "not_parked", "not_parked"]
    assert (first["cancelled"], again["cancelled"]) == (1, 0)


@pytest.mark.parametrize("body", [{}, {"executionIds": [str(uuid4())], "flowId": "f"}, {"cursor": "x", "flowId": "f"}])
async def test_an_order_that_is_not_clear_changes_nothing(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post("parked/cancel", json={"workspaceId": str(WORKSPACE)} | body)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("message", "flow"),
    [
        (b'{"context": {"flowId": "f"}}', "f"),
        (b'{"context": {"flowId": "a\\u0000b"}}', "ab"),
        (b'{"context": {"flowId": "' + b"x" * 300 + b'"}}', "x" * 200),
        (b'{"context": {"flowId": ""}}', None),
        (b'{"context": {"flow_id": "f"}}', "f"),
        (b'{"context": {"flowId": null, "flow_id": "f"}}', "f"),
        (b'{"context": {"flowId": "f", "flow_id": "g"}}', "f"),
        (b'{"context": {"flow_id": 7}}', None),
        (b'{"context": {"flowId": 7}}', None),
        (b'{"context": null}', None),
        (b'{"context": 7}', None),
        (b"{", None),
        (b"\xff", None),
    ],
)
def test_the_flow_of_a_message_is_a_text_that_can_be_kept(message: bytes, flow: str | None) -> None:
    assert flow_of(message) == flow
