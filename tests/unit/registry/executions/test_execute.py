"""`POST /api/connectors/{id}/execute`: who may, what goes in, and every answer."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from pydantic import SecretStr

from connector_registry.access.memory import InMemoryApiKeyStore
from connector_registry.actions.memory import InMemoryActions
from connector_registry.api import assemble
from connector_registry.app import executor_connection
from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.drafts.memory import InMemoryDraftStore
from connector_registry.examples.memory import InMemoryExampleStore
from connector_registry.executions.memory import InMemoryExecutions, InMemoryExecutionTerms
from connector_registry.executions.port import Answer, Fault
from connector_registry.executions.shapes import Order
from connector_registry.grants.memory import InMemoryGrantStore
from connector_registry.health.memory import InMemoryFacts
from connector_registry.history.measure_memory import InMemoryMeasures
from connector_registry.history.memory import InMemoryReading
from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.metrics import Metrics
from connector_registry.settings import Settings
from connector_registry.workspaces.memory import InMemoryWorkspaceStore
from connector_registry.workspaces.port import Workspace
from connectors_shared.contract.execution import Lane
from connectors_shared.contract.workspace import PublishedWorkspace
from connectors_shared.http.answers.memory import InMemoryIdempotentAnswers
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.secrets import Keyring
from tests.unit.registry.conftest import KEYS, WORKSPACE, a_vault
from tests.unit.registry.executions.executed import a_failure, a_refusal, a_result

Build = Callable[..., dict[str, Any]]
SignIn = Callable[..., dict[str, str]]
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
EXECUTION_ID = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
async def connector_id(client: httpx2.AsyncClient, a_connector: Build) -> str:
    return str((await client.post("/api/connectors", json=a_connector())).json()["id"])


@pytest.fixture
def told(executions: InMemoryExecutions, connector_id: str) -> Callable[[Callable[[Order], Answer]], None]:
    """Says what comes of a call of the connector."""

    def tell(answer: Callable[[Order], Answer]) -> None:
        executions.answers[UUID(connector_id)] = answer

    return tell


async def execute(client: httpx2.AsyncClient, connector_id: str, **body: Any) -> httpx2.Response:
    return await client.post(f"/api/connectors/{connector_id}/execute", json=body)


async def problem(client: httpx2.AsyncClient, connector_id: str, **body: Any) -> tuple[int, str, str]:
    """Status, kind and detail."""
    answer = await execute(client, connector_id, **body)
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["instance"] == f"/api/connectors/{connector_id}/execute"
    return answer.status_code, document["type"].removeprefix("/problems/"), document["detail"]


def counted(metrics: Metrics) -> dict[str, float]:
    [family] = [one for one in metrics.registry.collect() if one.name == "connectors_registry_executions"]
    return {line.labels["outcome"]: line.value for line in family.samples if line.name.endswith("_total")}


async def test_the_specifications_example_is_answered_in_its_shape(
    client: httpx2.AsyncClient,
    executions: InMemoryExecutions,
    connector_id: str,
    told: Any,
    metrics: Metrics,
) -> None:
    identity = {"identity": {"fullName": "Jose Tayzon", "city": "Diamond Bar", "big": 2**80, "gone": None}}
    told(lambda order: a_result(order, data=identity))
    context = {"flowRunId": "run", "stepId": "step"}
    answer = await execute(client, connector_id, inputs={"phoneNumber": "6266958105"}, context=context)
    [order] = executions.orders
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "data": identity,
        "executionTime": 1234,
        "executionId": str(order.execution_id),
    }
    assert (order.workspace_id, str(order.connector_id)) == (WORKSPACE, connector_id)
    assert order.inputs == {"phoneNumber": "6266958105"}
    assert (order.context.flow_run_id, order.context.step_id) == ("run", "step")
    assert (order.lane, order.wait_seconds, order.store_as) == (Lane.INTERACTIVE, 60, None)
    assert counted(metrics) == {"success": 1}


async def test_everything_optional_is_passed_on(
    client: httpx2.AsyncClient, executions: InMemoryExecutions, connector_id: str, told: Any
) -> None:
    told(a_result)
    asked_at = "2026-01-31T12:00:00+00:00"
    optional = {
        "executionId": EXECUTION_ID,
        "storeAs": "found",
        "lane": "bulk",
        "waitSeconds": 300,
        "requestedAt": asked_at,
    }
    answer = (await execute(client, connector_id, **optional)).json()
    [order] = executions.orders
    assert str(order.execution_id) == answer["executionId"] == EXECUTION_ID
    assert answer["variables"] == {"found": answer["data"]}
    assert (order.lane, order.wait_seconds, order.store_as) == (Lane.BULK, 300, "found")
    assert order.requested_at.isoformat() == asked_at
    again = await execute(client, connector_id, executionId=EXECUTION_ID)
    assert again.json() == answer


async def test_a_call_may_say_all_that_an_event_may(
    client: httpx2.AsyncClient, executions: InMemoryExecutions, connector_id: str, told: Any
) -> None:
    told(a_result)
    said: dict[str, Any] = {
        "connectorVersion": 2,
        "context": {"contactId": "c", "tenant": {"region": "eu"}},
        "fieldMappings": [{"sourcePath": "a", "targetField": "email", "targetType": "user_field"}],
        "options": {"createIfNotExists": True, "updateExisting": False, "overwriteExisting": False},
        "onError": "continue",
        "labels": {"campaign": "spring"},
    }
    assert (await execute(client, connector_id, **said)).status_code == 200
    passed_on = json.loads(executions.orders[0].to_json())
    said["context"]["variables"] = {}
    said["options"]["matchBy"] = ["external_id", "email", "phone"]
    [mapping], [mapped] = said.pop("fieldMappings"), passed_on["fieldMappings"]
    assert mapping.items() <= mapped.items()
    assert {name: passed_on[name] for name in said} == said
    assert passed_on["trigger"] == "rest"


async def test_a_call_that_failed_is_an_answer_too(
    client: httpx2.AsyncClient, connector_id: str, told: Any, metrics: Metrics
) -> None:
    told(lambda order: a_failure(order, "error", type="http_error", message="It answered 500.", http_status=500))
    answer = await execute(client, connector_id)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["success"], body["data"]) == (False, None)
    assert body["error"] == {"type": "http_error", "message": "It answered 500.", "httpStatus": 500}
    assert counted(metrics) == {"error": 1}


async def test_a_disabled_connector_is_an_answer_too(client: httpx2.AsyncClient, connector_id: str, told: Any) -> None:
    told(lambda order: a_failure(order, "skipped", type="connector_disabled", message="It is switched off."))
    answer = await execute(client, connector_id)
    assert answer.status_code == 200
    assert answer.json()["success"] is False
    assert answer.json()["error"]["type"] == "connector_disabled"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, "unknown-connector"),
        (409, "already-executed"),
        (409, "already-parked"),
        (422, "invalid-request"),
        (429, "rate-limited"),
        (503, "upstream-failing"),
        (503, "stopping"),
        (503, "internal-api-off"),
        (504, "still-running"),
    ],
)
async def test_a_refusal_of_the_executor_is_passed_on(
    client: httpx2.AsyncClient, connector_id: str, told: Any, metrics: Metrics, status: int, kind: str
) -> None:
    told(lambda _order: a_refusal(status, kind))
    assert (await problem(client, connector_id))[:2] == (status, kind)
    assert "retry-after" not in (await execute(client, connector_id)).headers
    assert counted(metrics) == {"refused": 2}


async def test_when_to_come_again_is_passed_on(client: httpx2.AsyncClient, connector_id: str, told: Any) -> None:
    told(lambda _order: a_refusal(429, "rate-limited", "Its next slot is far.", retry_after="3599"))
    answer = await execute(client, connector_id)
    assert answer.headers["retry-after"] == "3599"
    assert answer.json()["detail"] == "Its next slot is far."


async def test_who_may_have_to_ask_again_gets_the_execution_id(
    client: httpx2.AsyncClient, executions: InMemoryExecutions, connector_id: str, told: Any
) -> None:
    outcomes: list[Answer] = [a_refusal(504, "still-running"), Fault.LATE, Fault.LOST, Fault.UNUSABLE]
    for outcome in outcomes:
        told(lambda _order, outcome=outcome: outcome)
        _, _, detail = await problem(client, connector_id)
        assert str(executions.orders[-1].execution_id) in detail
        assert not isinstance(outcome, Fault) or executions.orders[-1].requested_at.isoformat() in detail


@pytest.mark.parametrize(
    ("fault", "expected", "advice"),
    [
        (Fault.UNREACHABLE, (502, "executor-unreachable"), "one that it repeats may have"),
        (Fault.TOO_LARGE, (413, "too-large"), "executor"),
        (Fault.LOST, (502, "executor-lost"), "may have happened"),
        (Fault.LATE, (504, "still-running"), "connector.result"),
        (Fault.TOKEN_REFUSED, (502, "executor-refuses-registry"), "CONNECTORS_EXECUTOR_TOKEN"),
        (Fault.UNUSABLE, (502, "executor-failed"), "CONNECTORS_EXECUTOR_URL"),
    ],
)
async def test_a_fault_says_what_to_do(
    client: httpx2.AsyncClient,
    connector_id: str,
    told: Any,
    metrics: Metrics,
    fault: Fault,
    expected: tuple[int, str],
    advice: str,
) -> None:
    told(lambda _order: fault)
    status, kind, detail = await problem(client, connector_id)
    assert (status, kind) == expected
    assert advice in detail
    assert counted(metrics) == {fault.value: 1}


async def test_an_execution_id_of_another_connector_tells_nothing_of_its_result(
    client: httpx2.AsyncClient, connector_id: str, told: Any, metrics: Metrics
) -> None:
    told(lambda order: a_result(order, connector_id=uuid4(), data="canary-data"))
    answer = await execute(client, connector_id)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/execution-id-taken")
    assert "canary" not in answer.text
    assert counted(metrics) == {"foreign": 1}


@pytest.mark.parametrize("missing", ["executor_url", "executor_token"])
async def test_without_an_executor_it_says_what_to_set(
    settings: Settings, store: InMemoryConnectorStore, announcer: Any, sign_in: SignIn, a_connector: Build, missing: str
) -> None:
    complete = {"executor_url": "http://executor", "executor_token": SecretStr("t" * 32)}
    assert executor_connection(settings.model_copy(update=complete)) is not None
    assert executor_connection(settings.model_copy(update=complete | {missing: None})) is None

    workspaces = InMemoryWorkspaceStore()
    app = assemble(
        settings,
        Keyring.parse(KEYS),
        store,
        a_vault(store),
        announcer,
        InMemoryIdempotentAnswers(),
        workspaces=workspaces,
        grants=InMemoryGrantStore(),
        history=InMemoryReading(InMemoryHistory()),
        measures=InMemoryMeasures(InMemoryHistory()),
        actions=InMemoryActions(),
        terms=InMemoryExecutionTerms(store, workspaces),
        examples=InMemoryExampleStore(),
        drafts=InMemoryDraftStore(),
        api_keys=InMemoryApiKeyStore(),
        trail=store.outgoing.trail,
        notices=store.outgoing.notices,
        facts=InMemoryFacts(),
        clock=SystemClock(),
        metrics=Metrics(),
    )
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://registry", headers=sign_in()) as client:
        made = (await client.post("/api/connectors", json=a_connector())).json()["id"]
        status, kind, detail = await problem(client, made)
    assert (status, kind) == (503, "executor-not-configured")
    assert "CONNECTORS_EXECUTOR_URL" in detail
    assert "CONNECTORS_EXECUTOR_TOKEN" in detail


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"inputs": "canary"}, "/inputs"),
        ({"input": {}}, "/input"),
        ({"context": {"own": "x" * 20_000}}, "/context"),
        ({"connectorVersion": 0}, "/connectorVersion"),
        ({"fieldMappings": [{"sourcePath": "a"}]}, "/fieldMappings/0/targetField"),
        ({"options": {"createIfMissing": True}}, "/options/createIfMissing"),
        ({"onError": "canary"}, "/onError"),
        ({"labels": {"a": "x" * 201}}, "/labels/a"),
        ({"labels": {str(number): "" for number in range(21)}}, "/labels"),
        ({"context": {"flowRunId": ""}}, "/context/flowRunId"),
        ({"executionId": "canary"}, "/executionId"),
        ({"storeAs": ""}, "/storeAs"),
        ({"lane": "canary"}, "/lane"),
        ({"waitSeconds": 0}, "/waitSeconds"),
        ({"waitSeconds": 301}, "/waitSeconds"),
        ({"workspaceId": EXECUTION_ID}, "/workspaceId"),
        ({"connectorId": EXECUTION_ID}, "/connectorId"),
        ({"inputs": {"a": "\x00"}}, "/inputs/a"),
    ],
)
async def test_what_is_wrong_is_named_and_not_executed(
    client: httpx2.AsyncClient,
    executions: InMemoryExecutions,
    connector_id: str,
    told: Any,
    body: dict[str, Any],
    pointer: str,
) -> None:
    told(a_result)
    answer = await execute(client, connector_id, **body)
    assert answer.status_code == 422
    assert [line["pointer"] for line in answer.json()["errors"]] == [pointer]
    assert "canary" not in answer.text
    assert executions.orders == []


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{"])
async def test_the_body_is_an_object(client: httpx2.AsyncClient, connector_id: str, content: bytes) -> None:
    answer = await client.post(
        f"/api/connectors/{connector_id}/execute", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_does_not_exist_in_the_workspace_is_not_executed(
    client: httpx2.AsyncClient, executions: InMemoryExecutions, connector_id: str, told: Any, sign_in: SignIn
) -> None:
    told(a_result)
    assert (await problem(client, str(uuid4())))[:2] == (404, "not-found")
    client.headers.update(sign_in(workspace=uuid4()))
    assert (await problem(client, connector_id))[:2] == (404, "not-found")
    assert executions.orders == []


@pytest.mark.parametrize(("scope", "status"), [("connectors:edit", 403), ("connectors:execute", 200)])
async def test_it_has_a_scope_of_its_own(
    client: httpx2.AsyncClient, connector_id: str, told: Any, sign_in: SignIn, scope: str, status: int
) -> None:
    told(a_result)
    client.headers.update(sign_in(scopes=[scope]))
    assert (await execute(client, connector_id)).status_code == status


async def test_nobody_else_may(client: httpx2.AsyncClient, executions: InMemoryExecutions, connector_id: str) -> None:
    del client.headers["Authorization"]
    assert (await execute(client, connector_id)).status_code == 401
    assert executions.orders == []


async def test_callers_of_a_workspace_wait_in_as_many_places_as_it_has(
    client: httpx2.AsyncClient,
    executions: InMemoryExecutions,
    workspaces: InMemoryWorkspaceStore,
    connector_id: str,
    told: Any,
) -> None:
    told(a_result)
    fact = PublishedWorkspace(workspace_id=WORKSPACE, revision=1, changed_at=MOMENT, waiting_callers=2)
    await workspaces.add(Workspace(fact, MOMENT, "ann"))
    executions.gate = asyncio.Event()
    async with asyncio.TaskGroup() as callers:
        waiting = [callers.create_task(execute(client, connector_id)) for _ in range(2)]
        await executions.arrived(2)
        refused = await execute(client, connector_id)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["type"] == "/problems/too-many-callers"
        executions.gate.set()
    assert [task.result().status_code for task in waiting] == [200, 200]
    assert (await execute(client, connector_id)).status_code == 200


async def test_what_a_workspace_has_settled_about_requests_holds_from_its_next_execution_on(
    client: httpx2.AsyncClient, workspaces: InMemoryWorkspaceStore, connector_id: str, told: Any
) -> None:
    told(a_result)
    fact = PublishedWorkspace(workspace_id=WORKSPACE, revision=1, changed_at=MOMENT, requests_per_minute=1)
    await workspaces.add(Workspace(fact, MOMENT, "ann"))
    assert (await execute(client, connector_id)).status_code == 200
    answers = [await execute(client, connector_id) for _ in range(3)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) >= 2, "one a minute"
    assert {(answer.status_code, answer.json()["type"]) for answer in refused} == {(429, "/problems/too-many-requests")}
