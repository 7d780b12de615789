"""Clients of Kafka whose stop comes at a bad moment: nothing of them stays connected, and nobody is cancelled by it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError

from connectors_local.topics import create_topics
from connectors_shared.contract.topics import EXECUTE
from connectors_shared.runtime.kafka import partitions_of, producer, reader
from tests.failure.proxy import Proxy

FAR_AWAY_MS = 60_000
PATIENCE_SECONDS = 30.0


class Said(logging.Handler):
    """Set when the library logs a message that begins so."""

    def __init__(self, beginning: str) -> None:
        super().__init__()
        self._beginning = beginning
        self.event = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(self._beginning):
            self.event.set()


@pytest.fixture
async def proxy(kafka_servers: str) -> AsyncIterator[Proxy]:
    async with Proxy(kafka_servers, kafka=True).open() as proxy:
        yield proxy


@pytest.fixture
async def topic(kafka_servers: str, topic_prefix: str) -> str:
    """Its first partition has taken a record: no client has to ask twice for its leader."""
    await create_topics(kafka_servers, topics=[EXECUTE], prefix=topic_prefix)
    name = topic_prefix + EXECUTE.name
    async with producer(kafka_servers, "test") as sender:
        await sender.send_and_wait(name, b"first", partition=0)
    return name


def connected(client: Any) -> list[Any]:
    return [connection for connection in client._conns.values() if connection.connected()]


async def test_a_consumer_whose_fetch_has_failed_is_stopped(proxy: Proxy, topic: str) -> None:
    consumer = reader(proxy.address, "test", retry_backoff_ms=FAR_AWAY_MS)
    failed = Said("Failed fetch messages")
    logging.getLogger("aiokafka.consumer.fetcher").addHandler(failed)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await consumer.start()
            consumer.assign([TopicPartition(topic, 0)])
            await consumer.getone()
            proxy.hold_replies()
            polling = asyncio.create_task(consumer.getone())
            await proxy.held(1)
            await proxy.reset()
            await proxy.pass_on()
            await failed.event.wait()
            await consumer._client.force_metadata_update()
            assert connected(consumer._client)
            await consumer.stop()
            with pytest.raises(ConsumerStoppedError):
                await polling
    finally:
        logging.getLogger("aiokafka.consumer.fetcher").removeHandler(failed)
    assert connected(consumer._client) == []


async def test_who_cancels_a_stop_is_heard(proxy: Proxy, topic: str) -> None:
    sender = producer(proxy.address, "test")
    await sender.start()
    await sender.send_and_wait(topic, b"before")
    proxy.stall()
    await sender.send(topic, b"in the air")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await sender.stop()
    assert connected(sender.client) == []


async def test_a_client_that_is_asked_after_its_stop_connects_no_more(kafka_servers: str, topic: str) -> None:
    consumer = reader(kafka_servers, "test")
    await consumer.start()
    await consumer.stop()
    with pytest.raises(KafkaError):
        await partitions_of(consumer, topic)
    assert connected(consumer._client) == []
