"""The internal API over the in-memory twins: what is told, what is kept back, what is replayed."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from connector_executor.dead_letters.letter import Cursor
from connector_executor.dead_letters.log import LettersAwayError
from connector_executor.dead_letters.service import REPLAYED_AT_ONCE, DeadLetterService
from connector_executor.inbound.http import dead_letters_router, internal_api
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.identities import Identities
from tests.unit.executor.dead_letters import (
    CONNECTOR,
    OTHER,
    WORKSPACE,
    InMemoryDeadLetterTopic,
    InMemoryReplays,
    Message,
    a_dead,
    an_event,
)

TOKEN = "internal-token-for-tests-0123456789abcdef"
PATH = "/internal/dead-letters"
REPLAY = f"{PATH}/replay"
PERSONAL = "jose@example.com"


@pytest.fixture
def dead_topic() -> InMemoryDeadLetterTopic:
    return InMemoryDeadLetterTopic()


@pytest.fixture
def replays() -> InMemoryReplays:
    return InMemoryReplays()


@pytest.fixture
def dead_results() -> InMemoryDeadLetterTopic:
    return InMemoryDeadLetterTopic()


@pytest.fixture
def replayed_results() -> InMemoryReplays:
    return InMemoryReplays()


@pytest.fixture
def metrics() -> ExecutorMetrics:
    return ExecutorMetrics()


@pytest.fixture
async def client(
    dead_topic: InMemoryDeadLetterTopic,
    replays: InMemoryReplays,
    dead_results: InMemoryDeadLetterTopic,
    replayed_results: InMemoryReplays,
    metrics: ExecutorMetrics,
) -> AsyncIterator[httpx2.AsyncClient]:
    parts = {LetterKind.EXECUTION: (dead_topic, replays), LetterKind.RESULT: (dead_results, replayed_results)}
    services = {kind: DeadLetterService(kind, topic.open_log, taken, metrics) for kind, (topic, taken) in parts.items()}
    app = internal_api(Identities.parse(f"operator:{TOKEN}"), [dead_letters_router(services)], CollectorRegistry())
    headers = {"Authorization": f"Bearer {TOKEN}"}
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://executor", headers=headers) as client:
        yield client


async def listed(client: httpx2.AsyncClient, **query: Any) -> dict[str, Any]:
    response = await client.get(PATH, params=query)
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


async def replayed(client: httpx2.AsyncClient, **matching: Any) -> dict[str, Any]:
    response = await client.post(REPLAY, json={"matching": matching})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize(("method", "path"), [("GET", PATH), ("POST", REPLAY)])
async def test_without_the_token_nothing_is_told(client: httpx2.AsyncClient, method: str, path: str) -> None:
    response = await client.request(method, path, headers={"Authorization": "Bearer wrong"})
    assert response.status_code == 401
    assert response.json()["type"] == "/problems/unauthorized"


async def test_a_letter_says_why_where_and_how_often_but_not_what(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic
) -> None:
    event = an_event(7, inputs={"email": PERSONAL})
    await dead_topic.add(a_dead(event, DeadReason.UNKNOWN_CONNECTOR, attempts=2))
    response = await client.get(PATH)
    assert PERSONAL not in response.text
    [letter] = response.json()["letters"]
    assert letter == {
        "cursor": "0:0",
        "at": "2026-01-05T12:00:00Z",
        "reason": "unknown_connector",
        "detail": "what a person should know",
        "topic": "connector.execute",
        "partition": 3,
        "offset": 4000,
        "attempts": 2,
        "executionId": "00000000-0000-0000-0000-000000000007",
        "connectorId": str(CONNECTOR),
        "workspaceId": str(WORKSPACE),
        "size": len(event),
        "payload": None,
    }


async def test_the_payload_is_told_to_who_asks_for_it(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic
) -> None:
    await dead_topic.add(a_dead(b"\xff{" + PERSONAL.encode()))
    [letter] = (await listed(client, payload="true"))["letters"]
    assert letter["payload"] == "\ufffd{" + PERSONAL


async def test_a_message_of_somebody_else_is_listed_as_what_it_is(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic
) -> None:
    await dead_topic.add(Message(None, [("dead-at", b"never")], key=None))
    [letter] = (await listed(client))["letters"]
    assert (letter["reason"], letter["attempts"], letter["size"]) == (None, None, 0)
    assert "dead- headers" in letter["detail"]


async def test_pages_follow_the_cursor_in_either_order(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic
) -> None:
    await dead_topic.add(*[a_dead() for _ in range(5)])
    first = await listed(client, limit=2)
    second = await listed(client, limit=200, cursor=first["nextCursor"])
    seen = [letter["cursor"] for letter in (*first["letters"], *second["letters"])]
    assert seen == ["0:4", "0:3", "0:2", "0:1", "0:0"]
    assert second["nextCursor"] is None
    oldest = await listed(client, limit=1, order="oldest")
    assert ([letter["cursor"] for letter in oldest["letters"]], oldest["nextCursor"]) == (["0:0"], "0:1")


@pytest.mark.parametrize(
    ("query", "cursors"),
    [
        ({"reason": "not_json"}, ["0:0"]),
        ({"connectorId": str(OTHER)}, ["0:2"]),
        ({"workspaceId": str(WORKSPACE)}, ["0:2", "0:1"]),
        ({"reason": "unknown_connector", "connectorId": str(CONNECTOR)}, ["0:1"]),
    ],
)
async def test_a_list_can_be_narrowed(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic, query: dict[str, str], cursors: list[str]
) -> None:
    unknown = DeadReason.UNKNOWN_CONNECTOR
    await dead_topic.add(a_dead(), a_dead(an_event(1), unknown), a_dead(an_event(2, OTHER), unknown))
    assert [letter["cursor"] for letter in (await listed(client, **query))["letters"]] == cursors


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"cursor": "41"}, "/cursor"),
        ({"limit": "0"}, "/limit"),
        ({"limit": "201"}, "/limit"),
        ({"reason": "bored"}, "/reason"),
        ({"connectorId": "5"}, "/connectorId"),
        ({"order": "sideways"}, "/order"),
        ({"kind": "update"}, "/kind"),
    ],
)
async def test_a_wrong_question_is_pointed_at(client: httpx2.AsyncClient, query: dict[str, str], pointer: str) -> None:
    response = await client.get(PATH, params=query)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_chosen_letters_are_replayed_once_each(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic, replays: InMemoryReplays
) -> None:
    await dead_topic.add(*[a_dead(b"%d" % number) for number in range(4)])
    response = await client.post(REPLAY, json={"cursors": ["0:3", "0:1", "0:3"]})
    assert (response.status_code, response.json()["replayed"]) == (200, 2)
    assert [letter.value for letter in replays.taken] == [b"3", b"1"]


@pytest.mark.parametrize("missing", ["0:0", "0:2", "0:4", "7:0"])
async def test_with_one_that_does_not_exist_none_is_replayed(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic, replays: InMemoryReplays, missing: str
) -> None:
    await dead_topic.add(a_dead(), a_dead())
    dead_topic.gap(1)
    await dead_topic.add(a_dead())
    dead_topic.expire(1)
    response = await client.post(REPLAY, json={"cursors": ["0:1", missing]})
    assert response.status_code == 404
    problem = response.json()
    assert problem["type"] == "/problems/no-such-dead-letter"
    assert [error["detail"] for error in problem["errors"]] == [f"no dead letter at {missing}"]
    assert replays.taken == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cursors": []},
        {"cursors": ["0:0"], "matching": {}},
        {"cursors": ["zero"]},
        {"cursors": ["0:0"] * 101},
        {"matching": {"raeson": "not_json"}},
        {"matching": {"until": ["0"]}},
        {"everything": True},
        {"kind": "update", "cursors": ["0:0"]},
        {"matching": {"kind": "result"}},
    ],
)
async def test_a_replay_that_may_mean_something_else_is_refused(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic, replays: InMemoryReplays, body: dict[str, Any]
) -> None:
    await dead_topic.add(a_dead())
    response = await client.post(REPLAY, json=body)
    assert response.status_code == 422
    assert response.json()["errors"]
    assert replays.taken == []


async def test_all_that_match_are_replayed_oldest_first(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic, replays: InMemoryReplays
) -> None:
    unknown = DeadReason.UNKNOWN_CONNECTOR
    await dead_topic.add(a_dead(an_event(1), unknown), a_dead(), a_dead(an_event(2), unknown))
    answer = await replayed(client, reason="unknown_connector")
    assert answer == {"replayed": 2, "nextCursor": None, "until": ["0:3", "1:0"]}
    assert [letter.value for letter in replays.taken] == [an_event(1), an_event(2)]


async def test_letters_born_during_the_replay_are_left_out(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic, replays: InMemoryReplays
) -> None:
    await dead_topic.add(*[a_dead(b"%d" % number) for number in range(REPLAYED_AT_ONCE + 5)])
    first = await replayed(client)
    assert (first["replayed"], first["nextCursor"]) == (REPLAYED_AT_ONCE, f"0:{REPLAYED_AT_ONCE}")
    await dead_topic.add(a_dead(b"born later"))
    await dead_topic.add(a_dead(b"born later"), partition=1)
    second = await replayed(client, cursor=first["nextCursor"], until=first["until"])
    assert (second["replayed"], second["nextCursor"], second["until"]) == (5, None, first["until"])
    assert [letter.cursor for letter in replays.taken] == [Cursor(0, n) for n in range(REPLAYED_AT_ONCE + 5)]


async def test_how_far_a_replay_came_is_told(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic, replays: InMemoryReplays
) -> None:
    await dead_topic.add(a_dead(), a_dead(), a_dead())
    replays.room = 2
    response = await client.post(REPLAY, json={"matching": {}})
    assert response.status_code == 503
    assert "took 2 of the letters, but not 0:2" in response.json()["detail"]


async def test_kafka_away_is_said(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> Any:
        raise LettersAwayError("no broker")

    monkeypatch.setattr(dead_topic, "spans", away)
    response = await client.get(PATH)
    assert response.status_code == 503
    assert response.json()["type"] == "/problems/kafka-away"
    assert "no broker" in response.json()["detail"]


async def test_a_workspace_finds_and_replays_its_own_letters_and_none_that_cannot_be_read(
    client: httpx2.AsyncClient, dead_topic: InMemoryDeadLetterTopic, replays: InMemoryReplays
) -> None:
    await dead_topic.add(a_dead(an_event(1)), a_dead(an_event(2, workspace_id=OTHER)), a_dead(b"{"))
    cursors = ["0:0", "0:1", "0:2", "0:9"]
    answer = await client.post(f"{PATH}/find", json={"workspaceId": str(WORKSPACE), "cursors": cursors})
    assert [each["cursor"] for each in answer.json()["letters"]] == ["0:0"]
    refused = await client.post(REPLAY, json={"workspaceId": str(WORKSPACE), "cursors": cursors})
    assert refused.status_code == 404
    assert [each["detail"] for each in refused.json()["errors"]] == [f"no dead letter at 0:{n}" for n in (1, 2, 9)]
    assert replays.taken == []
    own = await client.post(REPLAY, json={"workspaceId": str(WORKSPACE), "cursors": ["0:0"]})
    assert own.json()["replayed"] == 1
    assert [str(letter.cursor) for letter in replays.taken] == ["0:0"]


async def test_a_workspace_beside_a_filter_would_not_be_heeded(client: httpx2.AsyncClient) -> None:
    answer = await client.post(REPLAY, json={"workspaceId": str(WORKSPACE), "matching": {}})
    assert answer.status_code == 422


async def test_each_kind_has_letters_cursors_and_replays_of_its_own(
    client: httpx2.AsyncClient,
    dead_topic: InMemoryDeadLetterTopic,
    replays: InMemoryReplays,
    dead_results: InMemoryDeadLetterTopic,
    replayed_results: InMemoryReplays,
    metrics: ExecutorMetrics,
) -> None:
    await dead_topic.add(a_dead(an_event(1)))
    refused = a_dead(an_event(2), DeadReason.MAPPING_REFUSED, topic="connector.result")
    await dead_results.add(refused, a_dead(an_event(3), topic="connector.result"))
    found = await listed(client, kind="result", reason="mapping_refused")
    assert [(each["cursor"], each["topic"]) for each in found["letters"]] == [("0:0", "connector.result")]
    asked = {"kind": "result", "workspaceId": str(WORKSPACE), "cursors": ["0:0", "0:1"]}
    answer = await client.post(f"{PATH}/find", json=asked)
    assert [each["executionId"] for each in answer.json()["letters"]] == [str(UUID(int=n)) for n in (2, 3)]
    assert (await client.post(REPLAY, json=asked | {"cursors": ["0:0"]})).json()["replayed"] == 1
    assert (await client.post(REPLAY, json={"kind": "result", "matching": {}})).json()["replayed"] == 2
    absent = await client.post(REPLAY, json={"cursors": ["0:1"]})
    assert absent.status_code == 404
    assert replays.taken == []
    assert [letter.value for letter in replayed_results.taken] == [an_event(2), an_event(2), an_event(3)]
    name = "connectors_executor_dead_letters_replayed_total"
    assert metrics.registry.get_sample_value(name, {"kind": "result"}) == 3
    assert metrics.registry.get_sample_value(name, {"kind": "execution"}) is None
