"""Kafka connections with the settings that keep data, whose start and stop leave nothing open."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError

from connectors_shared.contract.topics import LARGEST_RECORD_BYTES
from connectors_shared.runtime.open_batches import OpenBatches
from connectors_shared.runtime.partitioning import Partitioner

FETCH_BYTES = 8 * 1024 * 1024
"""Of one answer of a broker, and so of what a consumer holds beside what it has delivered."""
PARTITION_FETCH_BYTES = 512 * 1024
"""A first batch that is larger comes all the same."""
BATCH_BYTES = 256 * 1024
"""Of a producer, for each partition. A record that is larger travels alone. Whoever has a record for a full batch waits
until Kafka has taken the one before, and all behind it wait as well: as many records as come at once have room in it.
"""


START_SECONDS: Final = 5.0
"""How long a start may go on that nobody needs any more."""


async def whole(start: Callable[[], Awaitable[None]]) -> None:
    """`start` of a client, which ends even when its caller is cancelled: one cut off leaves a connection for ever."""
    starting = asyncio.ensure_future(start())
    try:
        await asyncio.shield(starting)
    finally:
        if not starting.done():
            try:
                await asyncio.wait([starting], timeout=START_SECONDS)
            finally:
                starting.cancel()
                await asyncio.gather(starting, return_exceptions=True)


async def disconnect(client: AIOKafkaClient) -> None:
    """Close its connections; who still asks it something, a probe or a task of its own, gets no new one."""
    client._get_conn = _no_connection
    await client.close()


async def _no_connection(*_args: Any, **_options: Any) -> None:
    """Means to aiokafka: this node is not ready."""


class Producer(AIOKafkaProducer):  # type: ignore[misc]
    """Whether its start or its stop ends, fails or is cancelled: after `stop` nothing of it is connected.

    Keys and values are bytes.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._open = None if "transactional_id" in settings else OpenBatches(self)

    async def start(self) -> None:
        await whole(super().start)

    async def stop(self) -> None:
        try:
            await super().stop()
        finally:
            await disconnect(self.client)

    async def send(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        headers: list[tuple[str, bytes | None]] | None = None,
    ) -> "asyncio.Future[Any]":
        """As the library's."""
        if self._open is not None and key is not None and partition is None and timestamp_ms is None:
            sent = self._open.add(topic, value, key, headers or [])
            if sent is not None:
                return sent
        slowly: asyncio.Future[Any] = await super().send(topic, value, key, partition, timestamp_ms, headers)
        return slowly


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Whether its start or its stop ends, fails or is cancelled: after `stop` nothing of it is connected.

    aiokafka's stop cancels a fetch that failed and waits for its next try, and raises the cancellation of that as if
    it were the caller's, with everything still open.
    """

    async def start(self) -> None:
        await whole(super().start)

    async def stop(self) -> None:
        before = _cancellations()
        try:
            await super().stop()
        except asyncio.CancelledError:
            if _cancellations() > before:
                raise
            await self._end_fetches()
        finally:
            await disconnect(self._client)

    async def _end_fetches(self) -> None:
        """Those that the library has not come to."""
        left = list(self._fetcher._pending_tasks)
        for fetch in left:
            fetch.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _cancellations() -> int:
    """Of the present task, so far."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def producer(bootstrap_servers: str, client_id: str, **overrides: Any) -> Producer:
    """Idempotent, acknowledged by all in-sync replicas."""
    return Producer(**producer_settings(bootstrap_servers, client_id, **overrides))


def producer_settings(bootstrap_servers: str, client_id: str, **overrides: Any) -> dict[str, Any]:
    """Of `producer`, for one of another class."""
    settings: dict[str, Any] = {
        "bootstrap_servers": bootstrap_servers,
        "client_id": client_id,
        "enable_idempotence": True,
        "acks": "all",
        "linger_ms": 2,
        "max_batch_size": BATCH_BYTES,
        "request_timeout_ms": 30_000,
        "max_request_size": LARGEST_RECORD_BYTES,
        "partitioner": Partitioner(),
    }
    return settings | overrides


def group_settings(instance_id: str | None = None) -> dict[str, Any]:
    """Consumer settings of a group member that commits its own offsets.

    The rebalance time-out is explicit: the client's default is the session's, too short for a drain.
    """
    return {
        "auto_offset_reset": "earliest",
        "partition_assignment_strategy": (StickyPartitionAssignor,),
        "session_timeout_ms": 15_000,
        "heartbeat_interval_ms": 3_000,
        "rebalance_timeout_ms": 60_000,
        "max_poll_interval_ms": 300_000,
        "fetch_max_bytes": FETCH_BYTES,
        "max_partition_fetch_bytes": PARTITION_FETCH_BYTES,
        "group_instance_id": instance_id,
        "isolation_level": "read_committed",
    }


def reader(bootstrap_servers: str, client_id: str, **overrides: Any) -> Consumer:
    """A consumer outside any group, which reads a topic for itself and commits nothing."""
    settings: dict[str, Any] = {"auto_offset_reset": "earliest", "enable_auto_commit": False}
    return Consumer(bootstrap_servers=bootstrap_servers, client_id=client_id, **(settings | overrides))


class MissingTopicError(KafkaError, LookupError):  # type: ignore[misc]
    """Whoever runs the cluster has to create the topic."""


async def partitions_of(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """In order. Asks the broker, since a consumer knows only topics that it has; raises MissingTopicError."""
    metadata = await consumer._client.fetch_all_metadata()
    numbers = metadata.partitions_for_topic(topic)
    if not numbers:
        raise MissingTopicError(f"topic {topic} does not exist; create the topics first")
    return [TopicPartition(topic, number) for number in sorted(numbers)]
