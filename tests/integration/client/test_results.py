"""Results on a real Kafka: heard as they come, and found again by a process that was not there."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from connectors_client import ConnectorExecute, ConnectorResult, Feed, Heard, KafkaExecutions, NotConnectedError
from connectors_local.ports import free_port
from connectors_local.topics import create_topics
from connectors_shared.contract.execution import ResultStatus
from connectors_shared.contract.topics import CONTACT_UPDATED, EXECUTE, RESULT
from connectors_shared.contract.updates import ContactUpdated
from connectors_shared.runtime.kafka import producer, reader

DEADLINE_SECONDS = 60


def an_execution() -> ConnectorExecute:
    return ConnectorExecute(execution_id=uuid4(), workspace_id=UUID(int=1), connector_id=UUID(int=2))


def a_result(execution: ConnectorExecute) -> ConnectorResult:
    return ConnectorResult(
        execution_id=execution.execution_id,
        workspace_id=execution.workspace_id,
        connector_id=execution.connector_id,
        status=ResultStatus.SUCCESS,
        success=True,
        finished_at=datetime.now(UTC),
    )


async def publish(servers: str, topic: str, *bodies: bytes) -> None:
    sender = producer(servers, "test")
    await sender.start()
    try:
        for body in bodies:
            await sender.send_and_wait(topic, body)
    finally:
        await sender.stop()


async def test_a_result_is_heard_and_found_again_later(kafka_servers: str, topic_prefix: str) -> None:
    await create_topics(kafka_servers, prefix=topic_prefix)
    heard, missed, since = an_execution(), an_execution(), datetime.now(UTC)
    async with KafkaExecutions(kafka_servers, topic_prefix=topic_prefix) as executions:
        pending = await executions.publish(heard, timeout_seconds=DEADLINE_SECONDS)
        await publish(kafka_servers, topic_prefix + RESULT.name, b"not json", a_result(heard).to_json())
        assert (await pending.outcome(DEADLINE_SECONDS)).success
    await publish(kafka_servers, topic_prefix + RESULT.name, a_result(missed).to_json())
    async with KafkaExecutions(kafka_servers, topic_prefix=topic_prefix) as executions:
        found = executions.resume(heard.execution_id, missed.execution_id, since=since)
        assert [(await pending.outcome(DEADLINE_SECONDS)).success for pending in found] == [True, True]
    consumer = reader(kafka_servers, "test")
    consumer.subscribe(topics=[topic_prefix + EXECUTE.name])
    await consumer.start()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            record = await consumer.getone()
    finally:
        await consumer.stop()
    assert (record.key, record.value) == (heard.key(), heard.to_json())


async def test_a_feed_begins_where_it_was_committed(kafka_servers: str, topic_prefix: str) -> None:
    await create_topics(kafka_servers, prefix=topic_prefix)
    first, second = an_execution(), an_execution()
    update = ContactUpdated(
        execution_id=first.execution_id,
        workspace_id=UUID(int=1),
        connector_id=UUID(int=2),
        updated_at=datetime.now(UTC),
    )

    async def hear(count: int) -> list[Heard]:
        found: list[Heard] = []
        enough = asyncio.Event()

        async def handle(batch: list[Heard]) -> None:
            found.extend(batch)
            if len(found) >= count:
                enough.set()

        feed = Feed(kafka_servers, topic_prefix + "group", handle, topic_prefix=topic_prefix)
        running = asyncio.create_task(feed.run())
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await enough.wait()
                feed.stop()
                await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return found

    await publish(kafka_servers, topic_prefix + RESULT.name, a_result(first).to_json(), b"{}")
    await publish(kafka_servers, topic_prefix + CONTACT_UPDATED.name, update.to_json())
    assert sorted(type(message).__name__ for message in await hear(2)) == ["ConnectorResult", "ContactUpdated"]
    await publish(kafka_servers, topic_prefix + RESULT.name, a_result(second).to_json())
    assert [message.execution_id for message in await hear(1)] == [second.execution_id]


async def test_a_broker_that_is_not_there_is_said_by_its_address() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(NotConnectedError, match=address):
        async with KafkaExecutions(address):
            pass
