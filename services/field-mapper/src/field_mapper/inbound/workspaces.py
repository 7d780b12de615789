"""Keeps what is known of workspaces current: `connector.config`, read to its end before anything is mapped, then
followed.
"""

from typing import Final

from aiokafka import ConsumerRecord, TopicPartition

from connectors_shared.contract.facts import Kind, parse_key
from connectors_shared.runtime.kafka import partitions_of, reader
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop
from field_mapper.regions import Regions

log = get_logger(__name__)
POLL_MS: Final = 1000


class WorkspaceReader:
    """Of facts of other kinds it knows nothing."""

    def __init__(self, bootstrap_servers: str, client_id: str, topic: str, regions: Regions) -> None:
        self._consumer = reader(bootstrap_servers, f"{client_id}-config", isolation_level="read_committed")
        self._topic = topic
        self._regions = regions

    async def start(self) -> None:
        """Returns when all that was published at the call is known. Raises KafkaError."""
        await self._consumer.start()
        partitions = await partitions_of(self._consumer, self._topic)
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)
        ends = await self._consumer.end_offsets(partitions)
        while not await self._reached(ends):
            await self._read_some()
        log.info("workspaces.loaded")

    async def run(self) -> None:
        """Follow the topic for ever. Cancel to stop."""

        async def follow() -> float:
            await self._read_some()
            return 0.0

        await PollLoop("workspaces.follow", follow).run()

    async def stop(self) -> None:
        await self._consumer.stop()

    async def _reached(self, ends: dict[TopicPartition, int]) -> bool:
        """By the position, not by the last record: behind it there may be markers of transactions."""
        return all([await self._consumer.position(partition) >= end for partition, end in ends.items()])

    async def _read_some(self) -> None:
        for records in (await self._consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in records:
                self._apply(record)

    def _apply(self, record: ConsumerRecord) -> None:
        key = parse_key(record.key)
        if key is not None and key.kind is Kind.WORKSPACE:
            self._regions.apply(key.id, record.value)
