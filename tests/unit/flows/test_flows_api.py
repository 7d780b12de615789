"""`/api/flows` and `/api/runs`: shapes, refusals, who may do what."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from connectors_local.flows.connectors import Connectors
from connectors_local.flows.http.api import build_api
from connectors_local.flows.settings import FlowSettings
from connectors_shared.http.principal import Scope
from tests.tokens import bearer
from tests.unit.flows.builders import OTHER_WORKSPACE, WORKSPACE, World, calling, done
from tests.unit.flows.test_calls import InMemoryConnectors

JWT_SECRET = "a-secret-only-for-tests-0123456789abcdef"
ALL_SCOPES = tuple(scope.value for scope in Scope)
FLOW = {"name": "A flow", "steps": [calling(storeAs="found")]}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def sign_in() -> Callable[..., dict[str, str]]:
    def headers(workspace: UUID = WORKSPACE, scopes: Iterable[str] = ALL_SCOPES) -> dict[str, str]:
        return bearer(JWT_SECRET, workspace, scopes)

    return headers


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with engine_client(world) as client:
        yield client


@asynccontextmanager
async def engine_client(world: World, connectors: Connectors | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    settings = FlowSettings(
        kafka_bootstrap_servers="unused:9092",
        database_url=SecretStr("postgresql://unused"),
        mapper_url="http://unused",
        jwt_secret=SecretStr(JWT_SECRET),
    )
    app = build_api(settings, world.store, world.clock, CollectorRegistry(), lambda: None, connectors)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://flows", headers=bearer(JWT_SECRET, WORKSPACE, ALL_SCOPES)
    ) as client:
        yield client


async def created(client: httpx2.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/flows", json=FLOW | fields)
    assert answer.status_code == 201, answer.text
    flow: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/flows/{flow['id']}"
    return flow


async def test_a_flow_is_created_read_changed_and_deleted(client: httpx2.AsyncClient) -> None:
    flow = await created(client)
    path = f"/api/flows/{flow['id']}"
    assert flow["definition"]["steps"] == FLOW["steps"]
    read = await client.get(path)
    assert (read.json(), read.headers["etag"]) == (flow, '"1"')
    changed = await client.put(path, json=FLOW | {"name": "Other"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["revision"], changed.headers["etag"]) == (200, 2, '"2"')
    stale = await client.put(path, json=FLOW, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/flow-changed")
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    restored = await client.post(f"{path}/restore")
    assert (restored.status_code, restored.json(), restored.headers["etag"]) == (200, changed.json(), '"2"')
    assert (await client.post(f"{path}/restore")).json() == changed.json()
    assert (await client.post(f"/api/flows/{uuid4()}/restore")).status_code == 404


async def test_a_flow_that_is_made_again_with_its_key_is_the_same(client: httpx2.AsyncClient) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first, again = [(await client.post("/api/flows", json=FLOW, headers=headers)).json() for _ in range(2)]
    assert first == again
    other = await client.post("/api/flows", json=FLOW, headers={"Idempotency-Key": str(uuid4())})
    assert other.json()["id"] != first["id"]
    assert len((await client.get("/api/flows")).json()["flows"]) == 2


async def test_a_key_is_for_one_request(client: httpx2.AsyncClient) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    both = [client.post("/api/flows", json=FLOW, headers=headers) for _ in range(2)]
    first, again = await asyncio.gather(*both)
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    path = first.headers["location"]
    other = await client.post("/api/flows", json=FLOW | {"name": "Another"}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    await client.put(path, json=FLOW | {"name": "Changed since"})
    late = await client.post("/api/flows", json=FLOW, headers=headers)
    assert (late.status_code, late.json()["name"], late.headers["etag"]) == (201, "Changed since", '"2"')
    await client.delete(path)
    gone = await client.post("/api/flows", json=FLOW, headers=headers)
    assert (gone.status_code, gone.json()["type"]) == (409, "/problems/flow-deleted")


async def test_a_flow_is_checked_without_being_saved(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/api/flows/check", json=FLOW)).status_code == 204
    answer = await client.post("/api/flows/check", json=FLOW | {"steps": [{"id": "a", "action": "wait"}]})
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, ["/steps/0"])
    assert (await client.get("/api/flows")).json()["flows"] == []


async def test_inputs_are_judged_by_the_connectors_where_the_registry_answers(world: World) -> None:
    connectors = InMemoryConnectors({"phone": {"type": "string", "required": True}})
    async with engine_client(world, connectors) as client:
        refused = [
            await client.post("/api/flows", json=FLOW),
            await client.post("/api/flows/check", json=FLOW),
        ]
        fine = {"name": "A flow", "steps": [calling(inputs={"phone": "1"})]}
        saved = (await client.post("/api/flows", json=fine)).json()
        refused.append(await client.put(f"/api/flows/{saved['id']}", json=FLOW))
    told = [(answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) for answer in refused]
    assert told == [(422, ["/steps/0/inputs/phone"])] * 3


async def test_a_list_says_how_flows_are_used(client: httpx2.AsyncClient) -> None:
    flow = await created(client)
    [run_id] = (await client.post(f"/api/flows/{flow['id']}/runs", json={"runs": [{}]})).json()["runs"]
    [line] = (await client.get("/api/flows")).json()["flows"]
    assert (line["runs"], line["running"], line["last_run"]["id"]) == (1, 1, run_id)
    assert {name: line[name] for name in flow} == flow


async def test_what_is_wrong_with_a_flow_is_told_by_its_place(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/flows", json={"steps": [calling(inputs={"a": "{{nobody.x}}"}), {"id": "b"}]})
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/name", "/steps/1"}


async def test_flows_are_paged(client: httpx2.AsyncClient) -> None:
    made = [(await created(client))["id"] for _ in range(3)]
    first = (await client.get("/api/flows", params={"limit": 2})).json()
    rest = (await client.get("/api/flows", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert {flow["id"] for flow in first["flows"] + rest["flows"]} == set(made)
    assert rest["next_cursor"] is None


async def test_runs_are_started_followed_and_cancelled(client: httpx2.AsyncClient, world: World) -> None:
    flow = await created(client)
    run_id = str(uuid4())
    wanted = {"runs": [{"id": run_id, "contact_id": "c1", "input": {"x": 1}}, {}]}
    for _ in range(2):
        answer = await client.post(f"/api/flows/{flow['id']}/runs", json={"runs": wanted["runs"][:1]})
        assert (answer.status_code, answer.json()) == (202, {"runs": [run_id]})
    await world.settle()
    await world.hear(result=done({"a": 1}))
    full = (await client.get(f"/api/runs/{run_id}")).json()
    assert (full["state"], full["contact_id"], full["input"], full["variables"]) == (
        "succeeded",
        "c1",
        {"x": 1},
        {"found": {"a": 1}},
    )
    [step] = full["steps"]
    assert step["execution"] == f"/api/executions/{step['execution_id']}"
    assert (step["state"], step["output"]) == ("succeeded", {"a": 1})
    assert (step["result_at"] is not None, step["update_at"]) == (True, None)
    ended = await client.post(f"/api/runs/{run_id}/cancel")
    assert (ended.status_code, ended.json()["type"]) == (409, "/problems/run-ended")
    [other] = (await client.post(f"/api/flows/{flow['id']}/runs", json={"runs": [{}]})).json()["runs"]
    assert (await client.post(f"/api/runs/{other}/cancel")).json()["state"] == "cancelled"
    listed = (await client.get("/api/runs", params={"flow_id": flow["id"], "state": "succeeded"})).json()
    assert [run["id"] for run in listed["runs"]] == [run_id]


async def test_a_flow_that_is_switched_off_starts_nothing(client: httpx2.AsyncClient) -> None:
    flow = await created(client, enabled=False)
    answer = await client.post(f"/api/flows/{flow['id']}/runs", json={"runs": [{}]})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/flow-disabled")


async def test_a_run_id_belongs_to_one_flow(client: httpx2.AsyncClient) -> None:
    run = {"runs": [{"id": str(uuid4())}]}
    first, second = await created(client), await created(client)
    assert (await client.post(f"/api/flows/{first['id']}/runs", json=run)).status_code == 202
    answer = await client.post(f"/api/flows/{second['id']}/runs", json=run)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/run-id-taken")


async def test_another_workspace_sees_nothing(
    client: httpx2.AsyncClient, sign_in: Callable[..., dict[str, str]]
) -> None:
    flow = await created(client)
    [run_id] = (await client.post(f"/api/flows/{flow['id']}/runs", json={"runs": [{}]})).json()["runs"]
    headers = sign_in(OTHER_WORKSPACE)
    for method, path in (
        ("GET", f"/api/flows/{flow['id']}"),
        ("PUT", f"/api/flows/{flow['id']}"),
        ("DELETE", f"/api/flows/{flow['id']}"),
        ("POST", f"/api/flows/{flow['id']}/restore"),
        ("POST", f"/api/flows/{flow['id']}/runs"),
        ("GET", f"/api/runs/{run_id}"),
        ("POST", f"/api/runs/{run_id}/cancel"),
    ):
        body = {"runs": [{}]} if path.endswith("runs") else FLOW if method == "PUT" else None
        assert (await client.request(method, path, json=body, headers=headers)).status_code == 404, path
    assert (await client.get("/api/flows", headers=headers)).json()["flows"] == []
    assert (await client.get("/api/runs", headers=headers)).json()["runs"] == []


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api/flows", "connectors:read"),
        ("POST", "/api/flows", "connectors:edit"),
        ("POST", "/api/flows/check", "connectors:read"),
        ("POST", "/api/flows/{id}/restore", "connectors:edit"),
        ("GET", "/api/flows/{id}", "connectors:read"),
        ("PUT", "/api/flows/{id}", "connectors:edit"),
        ("DELETE", "/api/flows/{id}", "connectors:edit"),
        ("POST", "/api/flows/{id}/runs", "connectors:execute"),
        ("GET", "/api/runs", "executions:read"),
        ("GET", "/api/runs/{id}", "executions:read"),
        ("POST", "/api/runs/{id}/cancel", "connectors:execute"),
    ],
)
async def test_every_route_asks_for_a_scope(
    client: httpx2.AsyncClient, sign_in: Callable[..., dict[str, str]], method: str, path: str, scope: str
) -> None:
    url = path.format(id=uuid4())
    others = [each for each in ALL_SCOPES if each != scope]
    refused = await client.request(method, url, headers=sign_in(scopes=others))
    assert (refused.status_code, scope in refused.json()["detail"]) == (403, True)
    client.headers.pop("authorization")
    assert (await client.request(method, url)).status_code == 401
