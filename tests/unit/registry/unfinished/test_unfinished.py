"""`/api/parked` and `/api/dead-letters` over the twin: whose they are, what is done with them, and what is answered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.unfinished.memory import InMemoryUnfinished
from connector_registry.unfinished.port import Letter, ParkedExecution
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.execution import Lane
from connectors_shared.http.principal import Kind, Scope
from tests.unit.registry.history.builders import OTHER_WORKSPACE, WORKSPACE, a_line, a_mapping_line

SignIn = Callable[..., dict[str, str]]
CONNECTOR = UUID(int=7)
PARKED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def waits(**fields: Any) -> ParkedExecution:
    usual = {
        "execution_id": uuid4(),
        "connector_id": CONNECTOR,
        "flow_id": "flow-1",
        "lane": Lane.NORMAL,
        "reason": "rate_limited",
        "detail": "its connector is at its limit",
        "attempt": 1,
        "parked_at": PARKED_AT,
        "until": PARKED_AT,
        "leased": False,
    }
    return ParkedExecution(**usual | fields)


def a_letter(number: int, **fields: Any) -> Letter:
    usual = {
        "cursor": f"0:{number}",
        "at": PARKED_AT,
        "reason": "backlog_full",
        "detail": "The backlog of the connector is full.",
        "attempts": 1,
        "execution_id": uuid4(),
        "connector_id": CONNECTOR,
        "size": 100,
    }
    return Letter(**usual | fields)


async def listed(client: httpx2.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_what_is_parked_is_listed_for_its_workspace_by_connector_and_flow(
    client: httpx2.AsyncClient, unfinished: InMemoryUnfinished
) -> None:
    mine = [waits(), waits(flow_id="flow-2"), waits(connector_id=UUID(int=8), leased=True)]
    unfinished.waiting = {WORKSPACE: mine, OTHER_WORKSPACE: [waits()]}
    first = await listed(client, "/api/parked", limit=2)
    rest = await listed(client, "/api/parked", cursor=first["next_cursor"])
    found = [*first["executions"], *rest["executions"]]
    assert [line["execution_id"] for line in found] == [str(each.execution_id) for each in mine]
    assert found[0] | {"execution_id": None} == {
        "execution_id": None,
        "connector_id": str(CONNECTOR),
        "flow_id": "flow-1",
        "lane": "normal",
        "reason": "rate_limited",
        "detail": "its connector is at its limit",
        "attempt": 1,
        "parked_at": "2026-01-31T12:00:00Z",
        "until": "2026-01-31T12:00:00Z",
        "ends_at": None,
        "under_way": False,
    }
    assert len((await listed(client, "/api/parked", flow_id="flow-2"))["executions"]) == 1
    assert (await listed(client, "/api/parked", connector_id=str(UUID(int=8))))["executions"][0]["under_way"]
    one = await listed(client, "/api/parked", execution_id=str(mine[1].execution_id))
    assert [line["flow_id"] for line in one["executions"]] == ["flow-2"]
    foreign = str(unfinished.waiting[OTHER_WORKSPACE][0].execution_id)
    assert (await listed(client, "/api/parked", execution_id=foreign))["executions"] == []


async def test_a_cancellation_says_what_became_of_each_and_is_good_twice(
    client: httpx2.AsyncClient, unfinished: InMemoryUnfinished
) -> None:
    waiting, running, foreign = waits(), waits(leased=True), waits()
    unfinished.waiting = {WORKSPACE: [waiting, running], OTHER_WORKSPACE: [foreign]}
    body = {"execution_ids": [str(each.execution_id) for each in (waiting, running, foreign)]}
    first = (await client.post("/api/parked/cancel", json=body)).json()
    again = (await client.post("/api/parked/cancel", json=body)).json()
    assert [each["outcome"] for each in first["executions"]] == ["cancelled", "under_way", "not_parked"]
    assert [each["outcome"] for each in again["executions"]] == ["cancelled_before"] * 2 + ["not_parked"]
    assert (first["cancelled"], again["cancelled"]) == (2, 0)


async def test_all_of_a_flow_are_cancelled_and_no_others(
    client: httpx2.AsyncClient, unfinished: InMemoryUnfinished
) -> None:
    unfinished.waiting = {WORKSPACE: [waits(), waits(), waits(flow_id="flow-2")]}
    body = {"flow_id": "flow-1", "connector_id": str(CONNECTOR)}
    answer = (await client.post("/api/parked/cancel", json=body)).json()
    assert answer == {"cancelled": 2, "executions": [], "next_cursor": None}
    assert len((await listed(client, "/api/parked"))["executions"]) == 1


@pytest.mark.parametrize("body", [{}, {"execution_ids": [str(CONNECTOR)], "flow_id": "f"}, {"flow": "f"}], ids=str)
async def test_everything_is_cancelled_by_nobody_s_mistake(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post("/api/parked/cancel", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


async def test_dead_letters_are_the_workspace_s_own_and_say_what_came_of_them_since(
    client: httpx2.AsyncClient, unfinished: InMemoryUnfinished, history: InMemoryHistory
) -> None:
    line = a_line()
    await history.record([line])
    mine = [a_letter(2), a_letter(1, execution_id=line.id), a_letter(0, reason="invalid_message")]
    unfinished.dead = {WORKSPACE: mine, OTHER_WORKSPACE: [a_letter(5)]}
    first = await listed(client, "/api/dead-letters", limit=2)
    rest = await listed(client, "/api/dead-letters", cursor=first["next_cursor"])
    found = [*first["dead_letters"], *rest["dead_letters"]]
    assert [(each["id"], each["status"]) for each in found] == [("0:2", None), ("0:1", "success"), ("0:0", None)]
    assert [
        each["id"] for each in (await listed(client, "/api/dead-letters", reason="backlog_full"))["dead_letters"]
    ] == [
        "0:2",
        "0:1",
    ]


async def test_a_replay_sends_what_is_there_and_has_no_outcome(
    client: httpx2.AsyncClient, unfinished: InMemoryUnfinished, history: InMemoryHistory
) -> None:
    line = a_line()
    await history.record([line])
    unfinished.dead = {WORKSPACE: [a_letter(1), a_letter(2, execution_id=line.id)], OTHER_WORKSPACE: [a_letter(5)]}
    ids = ["0:1", "0:2", "0:5", "0:1"]
    answer = (await client.post("/api/dead-letters/replay", json={"ids": ids})).json()
    outcomes = {each["id"]: each["outcome"] for each in answer["dead_letters"]}
    assert outcomes == {"0:1": "replayed", "0:2": "ended_already", "0:5": "not_found"}
    assert unfinished.replayed == ["0:1"]


async def test_results_that_were_set_aside_are_sent_again_though_they_are_outcomes(
    client: httpx2.AsyncClient, unfinished: InMemoryUnfinished, history: InMemoryHistory, sign_in: SignIn
) -> None:
    line = a_line()
    await history.record([line])
    refused = a_letter(1, reason="mapping_refused", execution_id=line.id)
    unfinished.dead = {WORKSPACE: [a_letter(1)]}
    unfinished.dead_results = {WORKSPACE: [refused, a_letter(2)], OTHER_WORKSPACE: [a_letter(5)]}
    [first, second] = (await listed(client, "/api/dead-letters", kind="result"))["dead_letters"]
    assert [first["execution_id"], first["reason"], first["status"]] == [str(line.id), "mapping_refused", "success"]
    assert second["status"] is None
    for _ in range(2):
        draft = {"kind": "result", "ids": ["0:1", "0:5"]}
        answer = (await client.post("/api/dead-letters/replay", json=draft)).json()
        assert {each["id"]: each["outcome"] for each in answer["dead_letters"]} == {
            "0:1": "replayed",
            "0:5": "not_found",
        }
    assert (unfinished.replayed, unfinished.replayed_results) == ([], ["0:1", "0:1"])
    noted = (await client.get("/api/audit", headers=sign_in(scopes=list(Scope)), params={"action": "replayed"})).json()
    assert [each["details"] for each in noted["entries"]] == [{"kind": "result", "ids": ["0:1"], "count": 1}] * 2


async def test_of_a_result_that_was_refused_it_is_told_when_it_was_applied_since(
    client: httpx2.AsyncClient, unfinished: InMemoryUnfinished, history: InMemoryHistory
) -> None:
    applied, poisonous = a_letter(1, reason="mapping_refused"), a_letter(2, reason="repeated_fault")
    later = PARKED_AT + timedelta(days=1)
    await history.record_mappings(
        [a_mapping_line(executionId=each.execution_id, updatedAt=later.isoformat()) for each in (applied, poisonous)]
    )
    unfinished.dead_results = {WORKSPACE: [applied, poisonous, a_letter(3, reason="mapping_refused")]}
    found = (await listed(client, "/api/dead-letters", kind="result"))["dead_letters"]
    assert [each["applied_at"] for each in found] == ["2026-02-01T12:00:00Z", None, None]


async def test_there_are_no_letters_of_another_kind(client: httpx2.AsyncClient) -> None:
    asked = await client.get("/api/dead-letters", params={"kind": "update"})
    sent = await client.post("/api/dead-letters/replay", json={"kind": "update", "ids": ["0:1"]})
    assert [each.status_code for each in (asked, sent)] == [422, 422]


async def test_a_letter_that_went_meanwhile_is_no_outage_and_nothing_was_replayed(
    client: httpx2.AsyncClient, unfinished: InMemoryUnfinished, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def finds(_workspace_id: UUID, _kind: LetterKind, _cursors: list[str]) -> list[Letter]:
        return [a_letter(1), a_letter(2)]

    monkeypatch.setattr(unfinished, "find", finds)
    unfinished.dead = {WORKSPACE: [a_letter(1)]}
    answer = await client.post("/api/dead-letters/replay", json={"ids": ["0:1", "0:2"]})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-such-dead-letter")
    assert unfinished.replayed == []


@pytest.mark.parametrize(
    "cursor", ["", "abc", "7", "0:1", f"{CONNECTOR}", f"{CONNECTOR}:x", f"{CONNECTOR}:{CONNECTOR}1"]
)
async def test_a_cursor_that_no_list_gave_is_refused_before_an_executor_is_asked(
    client: httpx2.AsyncClient, cursor: str
) -> None:
    listed_ = await client.get("/api/parked", params={"cursor": cursor})
    cancelled = await client.post("/api/parked/cancel", json={"flow_id": "f", "cursor": cursor})
    assert [each.status_code for each in (listed_, cancelled)] == [422, 422]


@pytest.mark.parametrize("ids", [[], ["0:-1"], ["1"], [f"0:{n}" for n in range(101)]], ids=["none", "-", "no", "many"])
async def test_ids_that_no_letter_has_are_refused(client: httpx2.AsyncClient, ids: list[str]) -> None:
    assert (await client.post("/api/dead-letters/replay", json={"ids": ids})).status_code == 422


async def test_who_reads_executions_cancels_none_and_the_other_way_round(
    client: httpx2.AsyncClient, sign_in: SignIn
) -> None:
    reads, executes = sign_in(scopes=[Scope.EXECUTIONS_READ]), sign_in(scopes=[Scope.CONNECTORS_EXECUTE])
    for path, body in (
        ("/api/parked/cancel", {"flow_id": "f"}),
        ("/api/dead-letters/replay", {"ids": ["0:1"]}),
    ):
        assert (await client.post(path, json=body, headers=reads)).status_code == 403
        assert (await client.post(path, json=body, headers=executes)).status_code == 200
    for path in ("/api/parked", "/api/dead-letters"):
        assert (await client.get(path, headers=executes)).status_code == 403
        assert (await client.get(path, headers=reads)).status_code == 200
    flow = sign_in(scopes=[Scope.EXECUTIONS_READ], kind=Kind.FLOW)
    assert (await client.get("/api/parked", headers=flow)).status_code == 403


async def test_who_edits_a_connector_has_it_tried_now_and_that_is_noted(
    client: httpx2.AsyncClient, unfinished: InMemoryUnfinished, sign_in: SignIn
) -> None:
    body = {"name": "Held", "config": {"method": "GET", "url": "https://api.test/x"}}
    connector = (await client.post("/api/connectors", json=body)).json()["id"]
    unfinished.held.add((WORKSPACE, UUID(connector)))
    unfinished.waiting = {WORKSPACE: [waits(connector_id=UUID(connector)), waits()]}
    path = f"/api/connectors/{connector}/resume"
    for headers in (sign_in(scopes=[Scope.CONNECTORS_EXECUTE]), sign_in(kind=Kind.FLOW)):
        assert (await client.post(path, headers=headers)).status_code == 403
    answers = [(await client.post(path)).json() for _ in range(2)]
    assert answers == [{"lifted": ["rate_limited"], "parked": 1}, {"lifted": [], "parked": 1}]
    noted = (await client.get("/api/audit", headers=sign_in(scopes=list(Scope)), params={"action": "resumed"})).json()
    assert [(each["thing"]["id"], each["thing"]["name"]) for each in noted["entries"]] == [(connector, "Held")] * 2


async def test_a_connector_of_nobody_or_of_somebody_else_is_not_tried(
    client: httpx2.AsyncClient, sign_in: SignIn
) -> None:
    body = {"name": "Held", "config": {"method": "GET", "url": "https://api.test/x"}}
    connector = (await client.post("/api/connectors", json=body)).json()["id"]
    for path, headers in ((CONNECTOR, {}), (connector, sign_in(OTHER_WORKSPACE))):
        answer = await client.post(f"/api/connectors/{path}/resume", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
