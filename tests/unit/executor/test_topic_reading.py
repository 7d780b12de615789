"""A look into a topic: whatever Kafka does not do is told as the reader's own error, and the consumer is gone then."""

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from connector_executor import topic_reading
from connector_executor.topic_reading import reading

PARTITION = TopicPartition("t", 0)


class AwayError(Exception):
    pass


class Consumer:
    """Stands for aiokafka's."""

    stopped = False

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Consumer:
    made = Consumer()
    monkeypatch.setattr(topic_reading, "reader", lambda *_args, **_named: made)

    async def partitions_of(_consumer: Any, topic: str) -> list[TopicPartition]:
        if topic != "t":
            raise LookupError(f"topic {topic} does not exist")
        return [PARTITION]

    monkeypatch.setattr(topic_reading, "partitions_of", partitions_of)
    return made


@pytest.mark.parametrize("fault", [KafkaConnectionError("gone"), TimeoutError(), KeyError(PARTITION)])
async def test_what_kafka_does_not_do_within_the_body_is_told_too(consumer: Consumer, fault: Exception) -> None:
    with pytest.raises(AwayError):
        async with reading("k:1", "c", "t", AwayError):
            raise fault
    assert consumer.stopped


async def test_a_topic_that_is_not_there_is_named(consumer: Consumer) -> None:
    with pytest.raises(AwayError, match="topic other does not exist"):
        async with reading("k:1", "c", "other", AwayError):
            pass
    assert consumer.stopped


async def test_a_fault_of_ours_stays_what_it_is(consumer: Consumer) -> None:
    with pytest.raises(ZeroDivisionError):
        async with reading("k:1", "c", "t", AwayError):
            raise ZeroDivisionError
    assert consumer.stopped
