"""Keeps the connector table current: read to the end before anything is consumed, then followed."""

import asyncio
from collections import deque
from collections.abc import Callable
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition

from connector_executor.connectors.table import ConnectorTable
from connector_executor.inbound.permissions import KINDS, Permissions
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.contract.facts import FactKey, Kind, parse_key
from connectors_shared.runtime.kafka import partitions_of, reader
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop

log = get_logger(__name__)
POLL_MS = 1000
CATCH_UP_SECONDS = 10.0


class DefinitionReader:
    """Follows `connector.config` into the table. Only what is committed is read.

    `_ends` asks where the topic ends, transactions included that are still open: a registry may tell of a change
    when its transaction is decided, and that may be a moment before it can be read.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        topic: str,
        table: ConnectorTable,
        permissions: Permissions,
        metrics: ExecutorMetrics,
    ) -> None:
        self._consumer = reader(bootstrap_servers, "connectors-executor-config", isolation_level="read_committed")
        self._ends = reader(bootstrap_servers, "connectors-executor-config-end")
        self._topic = topic
        self._table = table
        self._permissions = permissions
        self._metrics = metrics
        self._positions: dict[TopicPartition, int] = {}
        self._moved = asyncio.Condition()
        self._changed: deque[UUID] = deque()
        """Applied and not told of yet."""

    async def start(self) -> None:
        """Returns when the table holds all that was committed at the call."""
        await self._consumer.start()
        await self._ends.start()
        partitions = await partitions_of(self._consumer, self._topic)
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)
        self._positions = dict.fromkeys(partitions, 0)
        ends = await self._consumer.end_offsets(partitions)
        while not self._reached(ends):
            await self._read_some()
        self._changed.clear()
        log.info("config.loaded", connectors=len(self._table))

    async def run(self, on_change: Callable[[UUID], None]) -> None:
        """Follow the topic for ever, telling of each connector that changes. Cancel to stop."""

        async def follow() -> float:
            try:
                await self._read_some()
            finally:
                self._tell(on_change)
            return 0.0

        await PollLoop("config.follow", follow).run()

    async def read_to_end(self) -> None:
        """Wait until all that the topic holds now is decided and in the table; raises KafkaError or TimeoutError."""
        async with asyncio.timeout(CATCH_UP_SECONDS):
            ends = await self._ends.end_offsets(list(self._positions))
            async with self._moved:
                await self._moved.wait_for(lambda: self._reached(ends))

    async def stop(self) -> None:
        await self._consumer.stop()
        await self._ends.stop()

    def _tell(self, on_change: Callable[[UUID], None]) -> None:
        while self._changed:
            on_change(self._changed.popleft())

    async def _read_some(self) -> None:
        """Apply what has come. What was applied is to be told of also when Kafka says no more after it."""
        batches = await self._consumer.getmany(timeout_ms=POLL_MS)
        records = [record for batch in batches.values() for record in batch]
        for record in records:
            self._changed += self._apply(record)
        if records:
            self._metrics.connectors.set(len(self._table))
        for partition in self._positions:
            # Not the last record's: behind it there may be markers of transactions, and what was aborted.
            self._positions[partition] = await self._consumer.position(partition)
        async with self._moved:
            self._moved.notify_all()

    def _apply(self, record: ConsumerRecord) -> list[UUID]:
        """The connectors that it changes. What cannot be applied is left out: it stays in the topic, and would end
        every executor at its start.
        """
        key = parse_key(record.key)
        if key is None:
            log.warning("config.unknown_kind", key=repr(record.key)[:80], offset=record.offset)
            return []
        try:
            return self._changed_by(key, record.value)
        except Exception:
            log.exception("config.fault", partition=record.partition, offset=record.offset)
            return []

    def _changed_by(self, key: FactKey, value: bytes | None) -> list[UUID]:
        """The connectors that are not what they were."""
        if key.kind is Kind.CREDENTIAL:
            return self._table.apply_credential(key.id, value)
        if key.kind in KINDS:
            self._permissions.apply(key, value)
        if key.kind is Kind.CONNECTOR:
            return [key.id] if self._table.apply(key.id, value) else []
        is_news = key.number is not None and self._table.apply_version(key.id, key.number, value)
        return [key.id] if is_news else []

    def _reached(self, ends: dict[TopicPartition, int]) -> bool:
        return all(self._positions.get(partition, 0) >= end for partition, end in ends.items())
