"""Questions to the broker: who is in a group, what it has committed, how much a topic holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError

from connectors_shared.contract.topics import Topic
from connectors_shared.runtime.kafka import reader
from connectors_shared.runtime.kafka_admin import admin_client


@dataclass(slots=True)
class Broker:
    """Asks with connections of its own, which it keeps."""

    prefix: str
    _admin: AIOKafkaAdminClient
    _consumer: AIOKafkaConsumer

    def partitions(self, topic: Topic) -> list[TopicPartition]:
        return [TopicPartition(self.prefix + topic.name, number) for number in range(topic.partitions)]

    async def ends(self, topic: Topic) -> dict[TopicPartition, int]:
        """The next offset of each partition."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(self.partitions(topic))
        return ends

    async def count(self, topic: Topic) -> int:
        return sum((await self.ends(topic)).values())

    async def committed(self, group: str, topic: Topic) -> dict[TopicPartition, int]:
        """The committed offset of each partition; 0 where there is none."""
        found = await self._admin.list_consumer_group_offsets(group, partitions=self.partitions(topic))
        return {partition: max(offset.offset, 0) for partition, offset in found.items()}

    async def is_stable(self, group: str, members: int) -> bool:
        """So many members, and each knows its partitions."""
        try:
            answers = await self._admin.describe_consumer_groups([group])
        except (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError):
            return False
        _, _, state, _, _, found, *_ = answers[0].groups[0]
        return bool(state == "Stable" and len(found) == members)


@asynccontextmanager
async def open_broker(servers: str, prefix: str) -> AsyncIterator[Broker]:
    async with admin_client(servers) as admin, reader(servers, "bench") as consumer:
        yield Broker(prefix, admin, consumer)
