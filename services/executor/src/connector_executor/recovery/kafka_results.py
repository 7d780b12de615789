"""`connector.result` in Kafka, read by assignment: no group, nothing committed, nothing fetched while nobody asks."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from connector_executor.admission.port import Ended, Position
from connector_executor.recovery.results import Found, OpenResults, ResultLog, ResultsAwayError, Stretch, Take
from connector_executor.topic_reading import reading

POLL_MS: Final = 1000
POLL_RECORDS: Final = 2000
PATIENCE_SECONDS: Final = 10.0
"""A broker that gives nothing for so long is away."""


class Identified(msgspec.Struct, rename="camel"):
    """As much of a result as tells whose it is."""

    execution_id: UUID
    workspace_id: UUID


DECODER: Final = msgspec.json.Decoder(Identified)


def kafka_results(bootstrap_servers: str, topic: str) -> OpenResults:
    """Each log is a consumer of its own."""

    def opened() -> AbstractAsyncContextManager[ResultLog]:
        return _session(bootstrap_servers, topic)

    return opened


@asynccontextmanager
async def _session(bootstrap_servers: str, topic: str) -> AsyncIterator[ResultLog]:
    async with reading(bootstrap_servers, "connectors-executor-results", topic, ResultsAwayError) as (consumer, found):
        yield KafkaResults(consumer, found)


class KafkaResults:
    """Over a started consumer that nobody else uses."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> None:
        self._consumer = consumer
        self._partitions = {partition.partition: partition for partition in partitions}

    async def stretches(self, since_ms: int) -> list[Stretch]:
        partitions = list(self._partitions.values())
        starts = await self._consumer.beginning_offsets(partitions)
        stops = await self._consumer.end_offsets(partitions)
        if since_ms > 0:
            found = await self._consumer.offsets_for_times(dict.fromkeys(partitions, since_ms))
            starts = {where: at.offset if at else stops[where] for where, at in found.items()}
        return [Stretch(number, starts[where], stops[where]) for number, where in self._partitions.items()]

    async def is_new(self) -> bool:
        stops = await self._consumer.end_offsets(list(self._partitions.values()))
        return not any(stops.values())

    async def read(self, stretch: Stretch, take: Take) -> None:
        where = self._go_to(stretch.partition, stretch.start)
        while await self._consumer.position(where) < stretch.stop:
            records = await self._poll(where)
            read = [record for record in records if record.offset < stretch.stop]
            if read:
                await take(Found(_ended(read), min(record.timestamp for record in read)))

    async def message(self, position: Position) -> bytes | None:
        where = self._partitions.get(position.partition)
        if where is None:
            return None
        [first] = (await self._consumer.beginning_offsets([where])).values()
        [stop] = (await self._consumer.end_offsets([where])).values()
        if not first <= position.offset < stop:
            return None
        self._go_to(position.partition, position.offset)
        record = (await self._poll(where))[0]
        return record.value if record.offset == position.offset else None

    def _go_to(self, number: int, offset: int) -> TopicPartition:
        where = self._partitions[number]
        if self._consumer.assignment() != {where}:
            self._consumer.assign([where])
        self._consumer.seek(where, offset)
        return where

    async def _poll(self, where: TopicPartition) -> list[ConsumerRecord]:
        """The next records; raises TimeoutError when none come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                batches = await self._consumer.getmany(where, timeout_ms=POLL_MS, max_records=POLL_RECORDS)
                if records := batches.get(where):
                    return list(records)


def _ended(records: Iterable[ConsumerRecord]) -> list[Ended]:
    found: list[Ended] = []
    for record in records:
        try:
            who = DECODER.decode(record.value or b"")
        except (msgspec.DecodeError, ValueError, RecursionError):
            continue
        position = Position(record.partition, record.offset)
        found.append(Ended(str(who.workspace_id), str(who.execution_id), position))
    return found
