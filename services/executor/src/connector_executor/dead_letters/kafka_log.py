"""The topic of the dead letters in Kafka, read by assignment: no group, nothing committed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from connector_executor.dead_letters.log import LetterLog, LettersAwayError, OpenLog, Span, Spans
from connector_executor.topic_reading import reading

SESSION_SECONDS: Final = 30.0
POLL_MS: Final = 1000


def kafka_letters(bootstrap_servers: str, topic: str) -> OpenLog:
    """Each log is a consumer of its own, gone with the question: nothing is fetched while nobody asks."""

    def opened() -> AbstractAsyncContextManager[LetterLog]:
        return _session(bootstrap_servers, topic)

    return opened


@asynccontextmanager
async def _session(bootstrap_servers: str, topic: str) -> AsyncIterator[LetterLog]:
    async with (
        reading(bootstrap_servers, "connectors-executor-dead", topic, LettersAwayError) as (consumer, partitions),
        asyncio.timeout(SESSION_SECONDS),
    ):
        yield KafkaLetterLog(consumer, partitions)


class KafkaLetterLog:
    """Over a started consumer that nobody else uses."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        self._consumer = consumer
        self._partitions = {partition.partition: partition for partition in partitions}

    async def spans(self) -> Spans:
        partitions = list(self._partitions.values())
        starts = await self._consumer.beginning_offsets(partitions)
        stops = await self._consumer.end_offsets(partitions)
        return {number: Span(starts[where], stops[where]) for number, where in self._partitions.items()}

    async def read(self, partition: int, span: Span) -> list[ConsumerRecord]:
        where = self._partitions[partition]
        await self._go_to(where, span.start)
        found: list[ConsumerRecord] = []
        while await self._consumer.position(where) < span.stop:
            batches = await self._consumer.getmany(where, timeout_ms=POLL_MS, max_records=len(span))
            found += batches.get(where, [])
        return [record for record in found if record.offset in span]

    async def _go_to(self, where: TopicPartition, offset: int) -> None:
        if self._consumer.assignment() != {where}:
            self._consumer.assign([where])
        elif await self._consumer.position(where) == offset:
            return  # a seek would throw away what is fetched already
        self._consumer.seek(where, offset)
