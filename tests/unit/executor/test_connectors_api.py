"""The internal API about connectors, over the in-memory twins: found by the id that executions asked for."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from connector_executor.connectors.standin import standin_id
from connector_executor.explain import Explainer
from connector_executor.inbound.http import connectors_router, internal_api
from connectors_shared.runtime.identities import Identities
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.parking_scene import Scene

TOKEN = "internal-token-for-tests-0123456789abcdef"
OTHER = UUID(int=2)


@pytest.fixture
async def scene() -> Scene:
    return await Scene().begin()


@pytest.fixture
async def client(scene: Scene) -> AsyncIterator[httpx2.AsyncClient]:
    line: Any = scene.line
    explainer = Explainer(
        scene.table, scene.admission, scene.store, line, line, scene.places, scene.clock, horizon_seconds=2.0
    )
    routers = [connectors_router(explainer, scene.table, scene.store, scene.lifting, scene.drainer.wake)]
    transport = httpx2.ASGITransport(
        app=internal_api(Identities.parse(f"operator:{TOKEN}"), routers, CollectorRegistry())
    )
    headers = {"Authorization": f"Bearer {TOKEN}"}
    base = f"http://executor/internal/connectors/{CONNECTOR}/"
    async with httpx2.AsyncClient(transport=transport, base_url=base, headers=headers) as client:
        yield client


async def asked(client: httpx2.AsyncClient, what: str, **query: Any) -> dict[str, Any]:
    response = await client.get(what, params={name: str(value) for name, value in query.items()})
    assert response.status_code == 200, response.text
    return dict(response.json())


async def cancelled(client: httpx2.AsyncClient, workspace_id: UUID, ids: list[UUID] | None = None) -> int:
    body = {"workspaceId": str(workspace_id), "executionIds": ids and [str(each) for each in ids]}
    response = await client.post("parked/cancel", json=body)
    assert response.status_code == 200, response.text
    return int(response.json()["cancelled"])


async def park_unknown(scene: Scene, count: int, workspace_id: UUID = WORKSPACE) -> list[UUID]:
    """Executions of a workspace that asked for the connector while it was not known there."""
    return await scene.park(count, standin_id(CONNECTOR, workspace_id), workspace_id=workspace_id)


async def test_why_finds_what_is_parked_for_an_unknown_connector(scene: Scene, client: httpx2.AsyncClient) -> None:
    await park_unknown(scene, 2)
    await park_unknown(scene, 3, OTHER)
    status = await asked(client, "status", workspaceId=WORKSPACE)
    assert (status["connectorId"], status["state"], status["parked"]["count"]) == (str(CONNECTOR), "unknown", 2)
    assert (await asked(client, "status", workspaceId=OTHER))["parked"]["count"] == 3


async def test_a_connector_of_another_workspace_is_unknown_there(scene: Scene, client: httpx2.AsyncClient) -> None:
    scene.publish()
    await scene.park(4)
    await park_unknown(scene, 1, OTHER)
    strange = await asked(client, "status", workspaceId=OTHER)
    assert (strange["state"], strange["parked"]["count"], strange.get("name")) == ("unknown", 1, None)
    assert strange["summary"] == "No connector of this id is published in the workspace."
    for query in ({}, {"workspaceId": WORKSPACE}):
        own = await asked(client, "status", **query)
        assert (own["name"], own["parked"]["count"]) == ("Users", 4)
    assert await cancelled(client, OTHER) == 1
    assert await scene.parked() == 4


async def test_what_is_parked_for_an_unknown_connector_is_listed_page_by_page(
    scene: Scene, client: httpx2.AsyncClient
) -> None:
    ids = await park_unknown(scene, 3)
    first = await asked(client, "parked", workspaceId=WORKSPACE, limit=2)
    rest = await asked(client, "parked", workspaceId=WORKSPACE, limit=2, after=first["next"])
    assert [row["executionId"] for row in first["parked"] + rest["parked"]] == [str(each) for each in ids]
    assert (await asked(client, "parked", workspaceId=OTHER))["parked"] == []


async def test_what_was_parked_before_a_connector_was_purged_is_listed_too(
    scene: Scene, client: httpx2.AsyncClient
) -> None:
    [execution_id] = await scene.park()
    page = await asked(client, "parked", workspaceId=WORKSPACE)
    assert [row["executionId"] for row in page["parked"]] == [str(execution_id)]


async def test_what_is_parked_for_an_unknown_connector_is_cancelled_by_the_id_that_was_asked_for(
    scene: Scene, client: httpx2.AsyncClient
) -> None:
    ids = await park_unknown(scene, 3)
    assert await cancelled(client, OTHER) == 0
    assert await cancelled(client, WORKSPACE, ids[:1]) == 1
    assert await cancelled(client, WORKSPACE) == 2
    await scene.end()
    assert {scene.outcomes.types(each)[0] for each in ids} == {"cancelled"}


async def test_what_came_before_and_after_a_connector_became_known_is_cancelled_at_once(
    scene: Scene, client: httpx2.AsyncClient
) -> None:
    await park_unknown(scene, 1)
    scene.publish()
    await scene.park(2)
    assert await cancelled(client, WORKSPACE) == 3
