"""A corpus of messages that should not be: each ends once, where it belongs, and holds up nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer

from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.contract.topics import EXECUTE, EXECUTE_DEAD, RESULT
from connectors_shared.runtime.kafka import producer as open_producer
from tests.integration.executor.conftest import WORKSPACE, Bench, Upstream
from tests.topic_limits import limit_records

MAX_BYTES = EXECUTE.largest
BROKER_LIMIT_BYTES = 4 * MAX_BYTES
PARTITION = 0
Headers = list[tuple[str, bytes | None]]


@dataclass
class Sent:
    """A record; `reason` is why it is a dead letter, None when it is answered."""

    name: str
    value: bytes | None
    reason: DeadReason | None
    key: bytes | None = b"contact"
    headers: Headers = field(default_factory=list)


def message(connector_id: UUID, more: str = "", **fields: Any) -> bytes:
    """A healthy message; `more` is JSON text put at its end as it is."""
    ids = {"executionId": uuid4(), "workspaceId": WORKSPACE, "connectorId": connector_id}
    return json.dumps(ids | fields, default=str).encode()[:-1] + (f", {more}" if more else "").encode() + b"}"


def nested(levels: int) -> str:
    return f'"inputs": {{"deep": {"[" * levels}{"]" * levels}}}'


def padded(connector_id: UUID, size: int) -> bytes:
    empty = message(connector_id, padding="")
    return empty.replace(b'"padding": ""', b'"padding": "' + b"x" * (size - len(empty)) + b'"')


def corpus(connector: UUID) -> Iterator[Sent]:
    reason = DeadReason
    yield Sent("tombstone", None, reason.EMPTY)
    yield Sent("empty", b"", reason.EMPTY)
    yield Sent("neither key nor value", b"", reason.EMPTY, key=None)
    yield Sent("not JSON", b"\x00\x01\x02", reason.NOT_JSON)
    yield Sent("not UTF-8", message(connector, '"storeAs": "?"').replace(b"?", b"\xff"), reason.NOT_JSON)
    yield Sent("cut short", message(connector)[:-1], reason.NOT_JSON)
    yield Sent("NaN", message(connector, '"inputs": {"a": NaN}'), reason.NOT_JSON)
    yield Sent("infinity", message(connector, '"inputs": {"a": -Infinity}'), reason.NOT_JSON)
    yield Sent("NaN as text", message(connector, inputs={"a": "NaN"}), None)
    yield Sent("1,000 levels", message(connector, nested(1000)), reason.NOT_JSON)
    yield Sent("100,000 levels", message(connector, nested(100_000)), reason.NOT_JSON)
    yield Sent("50 levels", message(connector, nested(50)), None)
    yield Sent("not an object", b"[]", reason.INVALID_MESSAGE)
    yield Sent("wrong types", b'{"executionId": 1}', reason.INVALID_MESSAGE)
    yield Sent("beyond 64 bit", message(connector, inputs={"a": 2**70, "b": -(2**70)}), None)
    yield Sent("duplicate keys", message(connector, '"inputs": {"a": 1}, "inputs": {"a": 2}'), None)
    yield Sent("a future version", message(connector, schemaVersion=2), reason.UNSUPPORTED_VERSION)
    yield Sent("a future version in another form", b'{"schemaVersion": 9}', reason.UNSUPPORTED_VERSION)
    yield Sent("key not UTF-8", b"?", reason.NOT_JSON, key=b"\xff\xfe\x00")
    yield Sent("key not UTF-8, healthy", message(connector), None, key=b"\xff\xfe\x00")
    yield Sent("header not UTF-8", b"?", reason.NOT_JSON, headers=[("odd", b"\xff\xfe")])
    yield Sent("header not UTF-8, healthy", message(connector), None, headers=[("traceparent", b"\xff\xfe")])
    yield Sent("null header", b"?", reason.NOT_JSON, headers=[("odd", None)])
    yield Sent("null header, healthy", message(connector), None, headers=[("odd", None), ("reply_to", b"x")])
    yield Sent("at our limit", padded(connector, MAX_BYTES), None)
    yield Sent("above our limit", padded(connector, MAX_BYTES + 1), reason.TOO_LARGE)
    yield Sent("larger than a dead letter may be", padded(connector, 3 * MAX_BYTES), reason.TOO_LARGE)


async def send_all(producer: AIOKafkaProducer, topic: str, sent: list[Sent]) -> None:
    for one in sent:
        await producer.send_and_wait(topic, one.value, key=one.key, headers=one.headers, partition=PARTITION)


@pytest.fixture
async def unlimited(bench: Bench) -> Any:
    """A producer that sends what the broker accepts."""
    servers = bench.settings.kafka_bootstrap_servers
    await limit_records(servers, bench.settings.topic_prefix + EXECUTE.name, BROKER_LIMIT_BYTES)
    producer = open_producer(servers, "test", max_request_size=BROKER_LIMIT_BYTES)
    await producer.start()
    yield producer
    await producer.stop()


async def test_every_poison_ends_once_with_its_reason_and_healthy_messages_between_them_succeed(
    bench: Bench, upstream: Upstream, unlimited: AIOKafkaProducer
) -> None:
    connector = await bench.publish(upstream.url)
    sent = [one for poison in corpus(connector) for one in (poison, Sent("healthy", message(connector), None))]
    await send_all(unlimited, bench.settings.topic_prefix + EXECUTE.name, sent)
    await bench.start_executor()

    answered = [one for one in sent if one.reason is None]
    results = [
        ConnectorResult.model_validate_json(record.value) for record in await bench.read(RESULT.name, len(answered))
    ]
    letters = await bench.read(EXECUTE_DEAD.name, len(sent) - len(answered))
    await bench.stop_executor()

    assert [result.error for result in results if not result.success] == []
    asked = {str(json.loads(one.value or b"")["executionId"]) for one in answered}
    assert {str(result.execution_id) for result in results} == asked
    found = {sent[letter.offset].name: letter.reason for letter in map(of_headers, letters)}
    assert found == {one.name: one.reason for one in sent if one.reason is not None}
    assert await bench.committed() == len(sent)


def of_headers(record: Any) -> DeadLetter:
    return DeadLetter.from_headers(record.headers)


async def test_a_dead_letter_is_the_original_unless_it_is_too_large_to_be_kept(
    bench: Bench, upstream: Upstream, unlimited: AIOKafkaProducer
) -> None:
    connector = await bench.publish(upstream.url)
    sent = [one for one in corpus(connector) if one.reason is not None]
    await send_all(unlimited, bench.settings.topic_prefix + EXECUTE.name, sent)
    await bench.start_executor()
    for record in await bench.read(EXECUTE_DEAD.name, len(sent)):
        letter = of_headers(record)
        original = sent[letter.offset]
        assert (letter.topic, letter.partition) == (bench.settings.topic_prefix + EXECUTE.name, PARTITION)
        kept = original.name != "larger than a dead letter may be"
        assert (record.key, record.value) == ((original.key, original.value or b"") if kept else (None, b""))
        assert ("not kept" in letter.detail) is not kept


async def test_a_number_that_no_request_can_carry_ends_in_a_result_that_names_it(
    bench: Bench, upstream: Upstream, unlimited: AIOKafkaProducer
) -> None:
    connector = await bench.publish(upstream.url)
    sent = [Sent("1e400", message(connector, '"inputs": {"amount": 1e400}'), None)]
    await send_all(unlimited, bench.settings.topic_prefix + EXECUTE.name, sent)
    await bench.start_executor()
    [record] = await bench.read(RESULT.name, 1)
    await bench.stop_executor()
    result = ConnectorResult.model_validate_json(record.value)
    assert result.error is not None
    assert (result.error.type, result.attempts) == (FailureType.INVALID_INPUT, [])
    assert "amount" in result.error.message
