"""How far the executor's group has committed `connector.execute`, against where it ends."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupLoadInProgressError, KafkaError

from connectors_local.limits.exchange import ExchangeError
from connectors_shared.contract.topics import EXECUTE
from connectors_shared.runtime.kafka import reader
from connectors_shared.runtime.kafka_admin import admin_client

CLIENT_ID: Final = "demo-limits"
GROUP: Final = EXECUTE.consumers[0]


@dataclass(frozen=True, slots=True)
class PartitionOffsets:
    """`committed` is where the group would read on after a crash, 0 before the first commit.

    `began` is what was committed when somebody began to look.
    """

    partition: int
    committed: int
    end: int
    began: int = 0

    @property
    def lag(self) -> int:
        return max(0, self.end - self.committed)

    @property
    def progress(self) -> float:
        """Of what was published since somebody began to look, the part that is committed: 0 to 1."""
        total = self.end - self.began
        return 1 - self.lag / total if total > 0 else 1.0


class Group(Protocol):
    """What the story needs to know of the executor's consumer group."""

    async def offsets(self) -> list[PartitionOffsets]:
        """By partition. Raises ExchangeError."""
        ...


@dataclass(frozen=True, slots=True)
class KafkaGroup:
    """The truth, as Kafka keeps it."""

    admin: AIOKafkaAdminClient
    consumer: AIOKafkaConsumer
    topic: str
    group_id: str

    async def offsets(self) -> list[PartitionOffsets]:
        try:
            # Committed first: were it read after the ends, lag would be told smaller than it ever was.
            committed = await self._committed()
            ends = await self.consumer.end_offsets(sorted(self.consumer.assignment()))
        except KafkaError as error:
            raise ExchangeError(f"the offsets of {self.group_id} cannot be read: {error}") from error
        return [PartitionOffsets(place.partition, committed.get(place, 0), end) for place, end in sorted(ends.items())]

    async def _committed(self) -> dict[TopicPartition, int]:
        try:
            found = await self.admin.list_consumer_group_offsets(self.group_id)
        except (GroupCoordinatorNotAvailableError, GroupLoadInProgressError):
            # A young broker makes its offsets topic when the first group comes: so far nobody committed anything.
            return {}
        return {place: told.offset for place, told in found.items()}


@contextlib.asynccontextmanager
async def open_group(
    bootstrap_servers: str, topic: str = EXECUTE.name, group_id: str = GROUP
) -> AsyncIterator[KafkaGroup]:
    """Looks on from outside the group. Raises ExchangeError."""
    async with contextlib.AsyncExitStack() as stack:
        consumer = reader(bootstrap_servers, CLIENT_ID)
        stack.push_async_callback(consumer.stop)
        try:
            admin = await stack.enter_async_context(admin_client(bootstrap_servers, client_id=CLIENT_ID))
            await consumer.start()
            partitions = (await admin.describe_topics([topic]))[0]["partitions"]
        except KafkaError as error:
            raise ExchangeError(f"Kafka at {bootstrap_servers}: {error}") from error
        places = [TopicPartition(topic, each["partition"]) for each in partitions]
        consumer.assign(places)
        # Only its ends are asked for; without the pause it would fetch the whole topic.
        consumer.pause(*places)
        yield KafkaGroup(admin, consumer, topic, group_id)
