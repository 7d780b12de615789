"""Messages at the edge of what topics take, on a real broker: each ends, and none holds up another."""

import json
from typing import Any
from uuid import UUID, uuid4

from aiohttp import web

from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.contract.topics import EXECUTE, EXECUTE_DEAD, RESULT
from tests.integration.executor.conftest import WORKSPACE, Bench, Upstream
from tests.topic_limits import limit_records

SAME_PARTITION = b"contact"
GROWING = "[" + ",".join(["1e15"] * 60_000) + "]"
"""300 KB; written again it would be `1000000000000000.0` each."""


def message(connector_id: UUID, variables: str) -> bytes:
    ids = {"executionId": uuid4(), "workspaceId": WORKSPACE, "connectorId": connector_id}
    context = f'{{"contactId": "{SAME_PARTITION.decode()}", "variables": {variables}}}'
    return json.dumps(ids, default=str).encode()[:-1] + f', "context": {context}}}'.encode()


def of_size(connector_id: UUID, size: int) -> bytes:
    bare = message(connector_id, '{"text": ""}')
    return bare.replace(b'"text": ""', b'"text": "' + b"x" * (size - len(bare)) + b'"')


async def limit(bench: Bench, topic: str, most: int) -> None:
    await limit_records(bench.settings.kafka_bootstrap_servers, bench.settings.topic_prefix + topic, most)


async def results(bench: Bench, count: int) -> dict[str, ConnectorResult]:
    found = [ConnectorResult.model_validate_json(record.value) for record in await bench.read(RESULT.name, count)]
    return {str(result.execution_id): result for result in found}


def id_of(value: bytes) -> str:
    return str(json.loads(value)["executionId"])


async def test_an_execution_that_would_grow_and_one_of_the_largest_size_are_answered_whole(
    bench: Bench, upstream: Upstream
) -> None:
    connector = await bench.publish(upstream.url)
    growing = message(connector, f'{{"numbers": {GROWING}}}')
    largest = of_size(connector, EXECUTE.largest)
    small = message(connector, "{}")
    for value in (growing, largest, small):
        await bench.send(value, SAME_PARTITION)
    await bench.start_executor()
    found = await results(bench, 3)
    await bench.stop_executor()
    assert [found[id_of(value)].success for value in (growing, largest, small)] == [True] * 3
    assert found[id_of(growing)].context.variables == {"numbers": [1e15] * 60_000}
    assert len(str(found[id_of(largest)].context.variables["text"])) > EXECUTE.largest - 1_000
    assert await bench.committed() == 3


async def test_a_broker_that_takes_less_than_the_table_says_gets_errors_and_everything_goes_on(
    bench: Bench, upstream: Upstream
) -> None:
    await limit(bench, RESULT.name, 200_000)
    connector = await bench.publish(upstream.url)
    growing = message(connector, f'{{"numbers": {GROWING}}}')
    others = [message(connector, "{}") for _ in range(20)]
    sent = [*others[:10], growing, *others[10:]]
    for value in sent:
        await bench.send(value, SAME_PARTITION)
    await bench.start_executor()
    found = await results(bench, len(sent))
    await bench.stop_executor()
    assert [found[id_of(value)].success for value in others] == [True] * len(others)
    error = found[id_of(growing)].error
    assert error is not None
    assert error.type is FailureType.RESULT_TOO_LARGE
    assert found[id_of(growing)].context.contact_id == "contact"
    assert await bench.committed() == len(sent)


async def test_a_broker_that_takes_less_than_a_batch_gets_smaller_batches(bench: Bench, upstream: Upstream) -> None:
    await limit(bench, RESULT.name, 2_000)
    connector = await bench.publish(upstream.url)
    sent = [message(connector, "{}") for _ in range(60)]
    for value in sent:
        await bench.send(value, SAME_PARTITION)
    await bench.start_executor()
    found = await results(bench, len(sent))
    await bench.stop_executor()
    assert {id_ for id_, result in found.items() if result.success} == {id_of(value) for value in sent}
    assert await bench.committed() == len(sent)


async def test_a_result_that_fits_in_no_form_is_a_dead_letter(bench: Bench, upstream: Upstream) -> None:
    await limit(bench, RESULT.name, 250)
    connector = await bench.publish(upstream.url)
    value = message(connector, "{}")
    await bench.send(value, SAME_PARTITION)
    await bench.start_executor()
    [letter] = await bench.read(EXECUTE_DEAD.name, 1)
    await bench.stop_executor()
    assert DeadLetter.from_headers(letter.headers).reason is DeadReason.TOO_LARGE
    assert letter.value == value
    assert await bench.committed() == 1
    assert len(upstream.seen) == 1


async def test_a_dead_letter_is_told_of_without_its_bytes_where_its_topic_takes_less(bench: Bench) -> None:
    await limit(bench, EXECUTE_DEAD.name, 50_000)
    poison = b"{" + b"x" * 100_000
    for value in (poison, b"{"):
        await bench.send(value, SAME_PARTITION)
    await bench.start_executor()
    letters: list[Any] = await bench.read(EXECUTE_DEAD.name, 2)
    await bench.stop_executor()
    by_reason = {DeadLetter.from_headers(letter.headers).reason: letter.value for letter in letters}
    assert by_reason == {DeadReason.TOO_LARGE: b"", DeadReason.NOT_JSON: b"{"}
    assert await bench.committed() == 2


async def test_an_answer_above_the_limit_is_an_error_that_carries_what_the_flow_needs(
    bench: Bench, upstream: Upstream
) -> None:
    async def large(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"text": "x" * (bench.settings.max_result_bytes + 1)})

    upstream.answer = large
    connector = await bench.publish(upstream.url)
    await bench.send(message(connector, '{"a": 1}'), SAME_PARTITION)
    await bench.start_executor()
    result = await bench.result()
    assert result.error is not None
    assert (result.error.type, result.context.variables) == (FailureType.RESULT_TOO_LARGE, {"a": 1})
