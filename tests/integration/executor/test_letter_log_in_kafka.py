"""The log of dead letters in a real Kafka keeps the contract of every log."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer

from connector_executor.dead_letters.kafka_log import kafka_letters
from connector_executor.dead_letters.log import LettersAwayError, OpenLog
from connector_executor.dead_letters.paging import Walk
from connectors_local.ports import free_port
from connectors_local.topics import create_topics
from connectors_shared.contract.topics import EXECUTE_DEAD
from connectors_shared.runtime.kafka import producer as open_producer
from tests.unit.executor.dead_letters import Message, a_dead
from tests.unit.executor.letter_log_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.executor.letter_log_suite import look, values


class KafkaDeadLetterTopic:
    """A topic of a test's own."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, open_log: OpenLog) -> None:
        self.producer = producer
        self.topic = topic
        self.open_log = open_log

    async def add(self, *messages: Message, partition: int = 0) -> None:
        for message in messages:
            sent = await self.producer.send(
                self.topic, message.value, message.key, partition=partition, headers=message.headers
            )
        await sent


@pytest.fixture
async def dead_topic(kafka_servers: str, topic_prefix: str) -> AsyncIterator[KafkaDeadLetterTopic]:
    await create_topics(kafka_servers, topics=[replace(EXECUTE_DEAD, partitions=2)], prefix=topic_prefix)
    topic = topic_prefix + EXECUTE_DEAD.name
    async with open_producer(kafka_servers, "test") as producer:
        yield KafkaDeadLetterTopic(producer, topic, kafka_letters(kafka_servers, topic))


async def test_the_marks_of_transactions_are_passed(
    dead_topic: KafkaDeadLetterTopic, kafka_servers: str, topic_prefix: str
) -> None:
    async with open_producer(kafka_servers, "test", transactional_id=topic_prefix) as producer:
        other = KafkaDeadLetterTopic(producer, dead_topic.topic, dead_topic.open_log)
        for value in (b"1", b"2"):
            async with producer.transaction():
                await other.add(a_dead(value))
    async with dead_topic.open_log() as log:
        assert (await log.spans())[0].stop == 4
    for newest_first in (True, False):
        found = await look(dead_topic, Walk(newest_first))
        assert values(found.letters) == ([b"2", b"1"] if newest_first else [b"1", b"2"])
        assert found.next is None


async def test_a_topic_that_does_not_exist_is_named(kafka_servers: str, topic_prefix: str) -> None:
    with pytest.raises(LettersAwayError, match=f"{topic_prefix}absent does not exist"):
        async with kafka_letters(kafka_servers, topic_prefix + "absent")():
            pytest.fail("opened")


async def test_a_kafka_that_is_away_is_said() -> None:
    with pytest.raises(LettersAwayError, match="KafkaConnectionError"):
        async with kafka_letters(f"127.0.0.1:{free_port()}", "any")():
            pytest.fail("opened")
