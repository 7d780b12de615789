"""`/api/executions` over the twin: shapes, pages, refusals."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest

from connector_registry.history.recording.memory import InMemoryHistory
from connectors_shared.http.principal import Kind, Scope
from tests.tokens import EDITOR
from tests.unit.registry.history.builders import NOON, WORKSPACE, a_failed_line, a_line, a_mapping_line

SignIn = Callable[..., dict[str, str]]


async def test_a_list_is_paged_and_filtered(client: httpx2.AsyncClient, history: InMemoryHistory) -> None:
    lines = [a_line(at=NOON + timedelta(minutes=number), workspaceId=WORKSPACE) for number in range(5)]
    await history.record([*lines, a_failed_line(at=NOON - timedelta(hours=1))])
    first = (await client.get("/api/executions", params={"status": "success", "limit": 3})).json()
    rest = (await client.get("/api/executions", params={"status": "success", "cursor": first["next_cursor"]})).json()
    found = [line["id"] for line in (*first["executions"], *rest["executions"])]
    assert found == [str(line.id) for line in reversed(lines)]
    assert rest["next_cursor"] is None
    assert "input_data" not in first["executions"][0]


async def test_one_is_answered_in_full_with_what_its_contact_got(
    client: httpx2.AsyncClient, history: InMemoryHistory
) -> None:
    line = a_line(data={"z": 1, "big": 12345678901234567890123})
    await history.record([line])
    await history.record_mappings([a_mapping_line(executionId=line.id)])
    answer = await client.get(f"/api/executions/{line.id}")
    assert '"big": 12345678901234567890123' in answer.text, "as it came"
    found = answer.json()
    assert found["input_data"] == {"phone": "6266958105"}
    assert found["status"] == "success"
    assert found["mappings"][0]["user_fields"] == {"first_name": "Jose"}


async def test_causes_say_how_often(client: httpx2.AsyncClient, history: InMemoryHistory) -> None:
    await history.record([a_failed_line(), a_failed_line(), a_line()])
    [cause] = (await client.get("/api/executions/causes")).json()["causes"]
    assert (cause["error_type"], cause["http_status"], cause["count"]) == ("http_error", 500, 2)


async def test_a_line_says_when_it_was_asked_for_and_when_it_began(
    client: httpx2.AsyncClient, history: InMemoryHistory
) -> None:
    asked, began = NOON - timedelta(seconds=9), NOON - timedelta(seconds=1)
    await history.record([a_line(requestedAt=asked.isoformat(), startedAt=began.isoformat())])
    [line] = (await client.get("/api/executions")).json()["executions"]
    assert [line["requested_at"], line["started_at"]] == [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (asked, began)]


async def test_one_tells_when_it_was_parked_and_why(client: httpx2.AsyncClient, history: InMemoryHistory) -> None:
    spell = {"since": NOON.isoformat(), "until": NOON.isoformat(), "reason": "rate_limited"}
    line = a_line(parked=[spell])
    await history.record([line])
    assert (await client.get(f"/api/executions/{line.id}")).json()["parked"] == [spell]


async def test_flows_are_counted(client: httpx2.AsyncClient, history: InMemoryHistory) -> None:
    await history.record([a_line(), a_failed_line(), a_line(context={}), a_line(trigger="test", context={})])
    flows = (await client.get("/api/executions/flows")).json()["flows"]
    assert [(flow["flow_id"], flow["executions"], flow["failed"]) for flow in flows] == [
        ("flow-1", 2, 1),
        (None, 1, 0),
    ]


async def test_another_workspace_sees_nothing(
    client: httpx2.AsyncClient, history: InMemoryHistory, sign_in: SignIn
) -> None:
    line = a_line()
    await history.record([line])
    stranger = sign_in(uuid4())
    assert (await client.get(f"/api/executions/{line.id}", headers=stranger)).status_code == 404
    assert (await client.get("/api/executions", headers=stranger)).json()["executions"] == []


async def test_it_takes_a_scope_of_its_own_that_no_flow_has(client: httpx2.AsyncClient, sign_in: SignIn) -> None:
    others = [scope for scope in EDITOR if scope is not Scope.EXECUTIONS_READ]
    for headers in (sign_in(WORKSPACE, scopes=others), sign_in(WORKSPACE, kind=Kind.FLOW.value)):
        answer = await client.get("/api/executions", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/missing-scope")


@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "nonsense"},
        {"limit": "0"},
        {"status": "unknown"},
        {"since": "2026-01-01T00:00:00"},
        {"until": "0001-01-01T00:00:00+14:00"},
        {"flow_id": "x" * 201},
        {"connector_id": "none"},
    ],
    ids=lambda params: next(iter(params)),
)
async def test_what_is_wrong_is_named(client: httpx2.AsyncClient, params: dict[str, str]) -> None:
    answer = await client.get("/api/executions", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/" + next(iter(params))


async def test_a_nul_finds_nothing_and_breaks_nothing(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/executions", params={"flow_id": "\x00", "text": "a\x00b"})).status_code == 200
