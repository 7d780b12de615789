"""Through a real executor: a message dies, is looked at, is replayed, and dies again or succeeds."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.topics import CONTACT_UPDATED, EXECUTE, EXECUTE_DEAD, RESULT, RESULT_DEAD
from tests.integration.executor.conftest import WORKSPACE, Bench, Upstream

PATH = "/internal/dead-letters"
HEADERS = [("odd", b"\xff\xfe"), ("null", None)]


async def listed(bench: Bench, **query: Any) -> list[dict[str, Any]]:
    async with bench.internal() as client:
        response = await client.get(PATH, params=query)
    assert response.status_code == 200, response.text
    letters: list[dict[str, Any]] = response.json()["letters"]
    return letters


async def replay(bench: Bench, body: dict[str, Any]) -> dict[str, Any]:
    async with bench.internal() as client:
        response = await client.post(f"{PATH}/replay", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_poison_is_listed_replayed_and_dies_again(bench: Bench) -> None:
    await bench.start_executor()
    await bench.send(b"not json", headers=HEADERS)
    [died] = await bench.read(EXECUTE_DEAD.name, 1)
    [letter] = await listed(bench)
    assert (letter["cursor"], letter["reason"], letter["attempts"]) == ("0:0", "not_json", 1)
    [original] = await bench.read(EXECUTE.name, 1)
    coordinates = (original.topic, original.partition, original.offset)
    assert (letter["topic"], letter["partition"], letter["offset"]) == coordinates

    assert await replay(bench, {"cursors": ["0:0"]}) == {"replayed": 1, "nextCursor": None, "until": []}

    [replayed] = await bench.read(EXECUTE.name, 1)
    assert (replayed.key, replayed.value) == (original.key, original.value)
    place = f"{died.topic}/{died.partition}/{died.offset}".encode()
    assert list(replayed.headers) == [*HEADERS, ("dead-replayed-from", place), ("dead-attempts", b"1")]
    [again] = await bench.read(EXECUTE_DEAD.name, 1)
    assert again.value == original.value
    assert list(again.headers)[:2] == HEADERS
    second = DeadLetter.from_headers(again.headers)
    assert (second.attempts, second.reason) == (2, DeadReason.NOT_JSON)
    assert (second.partition, second.offset) == (replayed.partition, replayed.offset)
    assert [letter["attempts"] for letter in await listed(bench)] == [2, 1]


async def died(bench: Bench, connector_id: UUID) -> ConnectorExecute:
    """An execution in the dead letters, where an earlier version put those of unknown connectors."""
    event = ConnectorExecute(execution_id=uuid4(), workspace_id=WORKSPACE, connector_id=connector_id)
    letter = DeadLetter(
        reason=DeadReason.UNKNOWN_CONNECTOR,
        detail="the connector is not published",
        topic=bench.settings.topic_prefix + EXECUTE.name,
        partition=0,
        offset=0,
        attempts=1,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        service="connectors-executor",
    )
    topic = bench.settings.topic_prefix + EXECUTE_DEAD.name
    await bench.producer.send_and_wait(
        topic, event.to_json(), key=event.key(), headers=letter.headers_on([]), partition=0
    )
    return event


async def test_a_message_for_a_connector_that_came_too_late_succeeds_when_replayed(
    bench: Bench, upstream: Upstream
) -> None:
    connector_id = await bench.publish(upstream.url)
    event = await died(bench, connector_id)
    await bench.start_executor()
    await bench.send(b"not json")
    await bench.read(EXECUTE_DEAD.name, 2)
    [letter] = await listed(bench, connectorId=str(connector_id))
    assert letter["reason"] == "unknown_connector"
    assert (letter["executionId"], letter["workspaceId"]) == (str(event.execution_id), str(WORKSPACE))

    answer = await replay(bench, {"matching": {"reason": "unknown_connector"}})
    assert (answer["replayed"], answer["nextCursor"]) == (1, None)
    result = await bench.result()
    assert (result.execution_id, result.success) == (event.execution_id, True)


async def test_a_message_replayed_twice_is_called_once(bench: Bench, upstream: Upstream) -> None:
    event = await died(bench, await bench.publish(upstream.url))
    await bench.start_executor()
    await replay(bench, {"cursors": ["0:0"]})
    await replay(bench, {"matching": {}})
    last = event.model_copy(update={"execution_id": uuid4()})
    await bench.send(last.to_json(), event.key())

    while (await bench.result()).execution_id != last.execution_id:
        pass
    assert len(upstream.seen) == 2


async def test_results_and_updates_that_were_set_aside_go_back_to_where_they_came_from(bench: Bench) -> None:
    await bench.start_executor()
    dead = bench.settings.topic_prefix + RESULT_DEAD.name
    named = b'{"workspaceId": "%s", "n": %d}'
    origins = [RESULT.name, CONTACT_UPDATED.name]
    for number, origin in enumerate(origins):
        letter = DeadLetter(
            reason=DeadReason.MAPPING_REFUSED,
            detail="income: the text is not a number",
            topic=bench.settings.topic_prefix + origin,
            partition=0,
            offset=7,
            attempts=1,
            at=datetime(2026, 1, 1, tzinfo=UTC),
            service="connectors-field-mapper",
        )
        value = named % (str(WORKSPACE).encode(), number)
        await bench.producer.send_and_wait(dead, value, key=b"contact", headers=letter.headers_on(HEADERS))
    assert await listed(bench) == []
    found = await listed(bench, kind="result", workspaceId=str(WORKSPACE), reason="mapping_refused")
    assert [letter["cursor"] for letter in found] == ["0:1", "0:0"]
    assert found[0]["detail"] == "income: the text is not a number"

    body = {"kind": "result", "workspaceId": str(WORKSPACE), "cursors": ["0:0", "0:1"]}
    assert (await replay(bench, body))["replayed"] == 2

    for number, origin in enumerate(origins):
        [replayed] = await bench.read(origin, 1)
        assert (replayed.key, replayed.value) == (b"contact", named % (str(WORKSPACE).encode(), number))
        place = f"{dead}/0/{number}".encode()
        assert list(replayed.headers) == [*HEADERS, ("dead-replayed-from", place), ("dead-attempts", b"1")]


async def test_a_place_without_a_letter_is_a_problem(bench: Bench) -> None:
    await bench.start_executor()
    async with bench.internal() as client:
        absent = await client.post(f"{PATH}/replay", json={"cursors": ["0:0"]})
        wrong = await client.get(PATH, params={"cursor": "first"})
    assert (absent.status_code, absent.json()["type"]) == (404, "/problems/no-such-dead-letter")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/cursor")


async def test_strangers_are_kept_out(bench: Bench) -> None:
    await bench.start_executor()
    async with bench.internal(token="a-token-of-somebody-else-0123456789") as client:
        refused = [await client.get(PATH), await client.post(f"{PATH}/replay", json={"matching": {}})]
        healthy = await client.get("/healthz")
    assert [response.status_code for response in refused] == [401, 401]
    assert healthy.status_code == 200
