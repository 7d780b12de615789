"""Keeps the connector table current: read to the end before anything is consumed, then followed."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from connector_executor.connectors.table import ConnectorTable
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.runtime.kafka import partitions_of, reader
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
POLL_MS = 1000
CATCH_UP_SECONDS = 10.0


class DefinitionReader:
    """Follows `connector.config` into the table."""

    def __init__(self, bootstrap_servers: str, topic: str, table: ConnectorTable, metrics: ExecutorMetrics) -> None:
        self._consumer: AIOKafkaConsumer = reader(bootstrap_servers, "connectors-executor-config")
        self._topic = topic
        self._table = table
        self._metrics = metrics
        self._positions: dict[TopicPartition, int] = {}
        self._moved = asyncio.Condition()

    async def start(self) -> None:
        """Returns when the table holds all that the topic held at the call."""
        await self._consumer.start()
        partitions = await partitions_of(self._consumer, self._topic)
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)
        self._positions = dict.fromkeys(partitions, 0)
        ends = await self._consumer.end_offsets(partitions)
        while not self._reached(ends):
            await self._read_some()
            for partition in partitions:
                self._positions[partition] = await self._consumer.position(partition)
        log.info("config.loaded", connectors=len(self._table))

    async def run(self, on_change: Callable[[UUID], None]) -> None:
        """Follow the topic for ever, telling of each connector that changes. Cancel to stop."""
        while True:
            try:
                for connector_id in await self._read_some():
                    on_change(connector_id)
            except KafkaError as error:
                log.warning("config.unreachable", why=repr(error))
                await asyncio.sleep(1.0)

    async def read_to_end(self) -> None:
        """Wait until all that the topic holds now is in the table; raises KafkaError or TimeoutError."""
        async with asyncio.timeout(CATCH_UP_SECONDS):
            ends = await self._consumer.end_offsets(list(self._positions))
            async with self._moved:
                await self._moved.wait_for(lambda: self._reached(ends))

    async def stop(self) -> None:
        await self._consumer.stop()

    async def _read_some(self) -> list[UUID]:
        """Apply what has come; gives the connectors that changed by it."""
        changed: list[UUID] = []
        batches = await self._consumer.getmany(timeout_ms=POLL_MS)
        for partition, records in batches.items():
            for record in records:
                connector_id = self._apply(record)
                if connector_id is not None:
                    changed.append(connector_id)
            self._positions[partition] = records[-1].offset + 1
        if batches:
            self._metrics.connectors.set(len(self._table))
            async with self._moved:
                self._moved.notify_all()
        return changed

    def _apply(self, record: ConsumerRecord) -> UUID | None:
        """What cannot be applied is left out: it stays in the topic, and would end every executor at its start."""
        try:
            return self._table.apply(record.key, record.value)
        except Exception:
            log.exception("config.fault", partition=record.partition, offset=record.offset)
            return None

    def _reached(self, ends: dict[TopicPartition, int]) -> bool:
        return all(self._positions.get(partition, 0) >= end for partition, end in ends.items())
