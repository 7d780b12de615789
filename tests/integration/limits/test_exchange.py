"""The flow engine's side of a real Kafka."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from connectors_local.limits.exchange import ExchangeError, KafkaExchange, open_exchange
from connectors_local.ports import free_port
from connectors_local.topics import create_topics
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult, ResultStatus
from connectors_shared.contract.topics import EXECUTE, RESULT
from connectors_shared.runtime.kafka import producer, reader

DEADLINE_SECONDS = 30
NOW = datetime(2025, 1, 16, tzinfo=UTC)


def a_result() -> ConnectorResult:
    return ConnectorResult(
        execution_id=uuid4(),
        workspace_id=UUID(int=1),
        connector_id=UUID(int=2),
        status=ResultStatus.SUCCESS,
        success=True,
        finished_at=NOW,
    )


async def hear(exchange: KafkaExchange, count: int) -> list[ConnectorResult]:
    heard: list[ConnectorResult] = []
    async with asyncio.timeout(DEADLINE_SECONDS):
        while len(heard) < count:
            heard += await exchange.hear()
    return heard


async def test_nothing_published_before_is_heard_and_everything_after_is(kafka_servers: str, topic_prefix: str) -> None:
    await create_topics(kafka_servers, prefix=topic_prefix)
    earlier, results = a_result(), [a_result() for _ in range(20)]
    sender = producer(kafka_servers, "test")
    await sender.start()
    try:
        await sender.send_and_wait(topic_prefix + RESULT.name, earlier.to_json())
        async with open_exchange(kafka_servers, topic_prefix=topic_prefix) as exchange:
            for result in results:
                await sender.send_and_wait(topic_prefix + RESULT.name, result.to_json(), key=result.key())
            heard = await hear(exchange, 20)
    finally:
        await sender.stop()
    assert {result.execution_id for result in heard} == {result.execution_id for result in results}


async def test_what_is_no_message_of_the_contract_is_passed_over(kafka_servers: str, topic_prefix: str) -> None:
    await create_topics(kafka_servers, prefix=topic_prefix)
    result = a_result()
    sender = producer(kafka_servers, "test")
    await sender.start()
    try:
        async with open_exchange(kafka_servers, topic_prefix) as exchange:
            for body in (b"not json", b"{}", None, b"\xff", result.to_json()):
                await sender.send_and_wait(topic_prefix + RESULT.name, body, key=b"same", partition=0)
            assert await hear(exchange, 1) == [result]
    finally:
        await sender.stop()


async def test_an_execution_is_published_under_its_key(kafka_servers: str, topic_prefix: str) -> None:
    await create_topics(kafka_servers, prefix=topic_prefix)
    event = ConnectorExecute(execution_id=uuid4(), workspace_id=UUID(int=1), connector_id=UUID(int=2))
    async with open_exchange(kafka_servers, topic_prefix=topic_prefix) as exchange:
        await exchange.publish(event)
    consumer = reader(kafka_servers, "test")
    consumer.subscribe(topics=[topic_prefix + EXECUTE.name])
    await consumer.start()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            record = await consumer.getone()
    finally:
        await consumer.stop()
    assert (record.key, record.value) == (event.key(), event.to_json())


async def test_a_broker_that_is_not_there_is_said_by_its_address() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(ExchangeError, match=address):
        async with open_exchange(address):
            pass
