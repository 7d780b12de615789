"""The executor's consumer group as Kafka keeps it, looked at from outside."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors_local.limits.exchange import ExchangeError
from connectors_local.limits.offsets import PartitionOffsets, open_group
from connectors_local.ports import free_port
from connectors_local.topics import create_topics
from connectors_shared.contract.topics import EXECUTE
from connectors_shared.runtime.kafka import producer

DEADLINE_SECONDS = 30


async def test_committed_offsets_and_ends_are_told_by_partition(kafka_servers: str, topic_prefix: str) -> None:
    topic, group_id = topic_prefix + EXECUTE.name, topic_prefix + "group"
    await create_topics(kafka_servers, prefix=topic_prefix)
    sender, member = (
        producer(kafka_servers, "test"),
        AIOKafkaConsumer(bootstrap_servers=kafka_servers, group_id=group_id),
    )
    await asyncio.gather(sender.start(), member.start())
    try:
        member.assign([TopicPartition(topic, 0), TopicPartition(topic, 1)])
        async with asyncio.timeout(DEADLINE_SECONDS), open_group(kafka_servers, topic, group_id) as group:
            empty = [PartitionOffsets(number, 0, 0) for number in range(EXECUTE.partitions)]
            assert await group.offsets() == empty
            for _ in range(5):
                await sender.send_and_wait(topic, b"{}", partition=0)
            await member.commit({TopicPartition(topic, 0): 3, TopicPartition(topic, 1): 0})
            assert await group.offsets() == [PartitionOffsets(0, 3, 5), *empty[1:]]
    finally:
        await asyncio.gather(sender.stop(), member.stop())


async def test_a_broker_that_is_not_there_is_said_by_its_address() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(ExchangeError, match=address):
        async with open_group(address):
            pass
