"""Reads `connector.result` in the background, from where it began, through every outage of the brokers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors_client.unreadable import Record
from connectors_shared.runtime.kafka import partitions_of, reader
from connectors_shared.runtime.persist import persist

POLL_MS: Final = 500
CLOCK_MARGIN: Final = timedelta(minutes=1)
"""How far the clocks of a flow engine and of Kafka may differ when results are looked for from a moment on."""

Offsets = dict[TopicPartition, int]
Take = Callable[[Iterable[Record]], None]


class ResultInbox:
    """Hands every record to `take`. Outside any consumer group: each process hears all results."""

    def __init__(self, bootstrap_servers: str, client_id: str, topic: str, take: Take) -> None:
        self._servers = bootstrap_servers
        self._client_id = client_id
        self._topic = topic
        self._take = take
        self._began: Offsets = {}
        self._next: Offsets = {}
        self._following: asyncio.Task[None] | None = None
        self._looking_back: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """From here on nothing is missed. Raises KafkaError when Kafka does not answer or has no such topic."""
        async with opened(self._reader()) as consumer:
            partitions = await partitions_of(consumer, self._topic)
            self._began = dict(await consumer.end_offsets(partitions))
        self._next = dict(self._began)
        self._following = asyncio.create_task(persist("results.follow", self._follow))

    async def stop(self) -> None:
        tasks = [task for task in (self._following, *self._looking_back) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def look_back(self, since: datetime) -> None:
        """Read again, in the background, what was published from that moment until this inbox began."""

        async def looking() -> None:
            await persist("results.look_back", lambda: self._read_since(since))

        task = asyncio.create_task(looking())
        self._looking_back.add(task)
        task.add_done_callback(self._looking_back.discard)

    async def _follow(self) -> None:
        """For ever, from the offsets that are known: what came while Kafka was away is found where it was put."""
        async with opened(self._reader()) as consumer:
            while True:
                await self._assign_all(consumer)
                batches = await consumer.getmany(timeout_ms=POLL_MS)
                self._hand_over(batches)
                self._next |= {partition: records[-1].offset + 1 for partition, records in batches.items() if records}

    async def _assign_all(self, consumer: AIOKafkaConsumer) -> None:
        """Partitions that are added later are read from their first record on."""
        known = consumer.partitions_for_topic(self._topic) or ()
        partitions = set(self._next) | {TopicPartition(self._topic, number) for number in known}
        if partitions == consumer.assignment():
            return
        consumer.assign(sorted(partitions))
        for partition in partitions:
            consumer.seek(partition, self._next.setdefault(partition, 0))

    async def _read_since(self, since: datetime) -> None:
        async with opened(self._reader()) as consumer:
            moment = int((since - CLOCK_MARGIN).timestamp() * 1000)
            found = await consumer.offsets_for_times(dict.fromkeys(self._began, moment))
            ends = {partition: self._began[partition] for partition, first in found.items() if first is not None}
            begins = {partition: found[partition].offset for partition in ends}
            await self._read_between(consumer, begins, ends)

    async def _read_between(
        self, consumer: AIOKafkaConsumer, begins: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> None:
        """By position, since offsets have gaps. A partition may end earlier by now: its topic was made anew, or a
        leader lost the end.
        """
        left = {partition for partition, end in ends.items() if begins[partition] < end}
        if not left:
            return
        consumer.assign(sorted(left))
        for partition in left:
            consumer.seek(partition, begins[partition])
        while left:
            batches = await consumer.getmany(*left, timeout_ms=POLL_MS)
            self._hand_over(batches)
            if not batches:
                now = await consumer.end_offsets(sorted(left))
                ends = {partition: min(ends[partition], now[partition]) for partition in left}
            left = {partition for partition in left if await consumer.position(partition) < ends[partition]}

    def _hand_over(self, batches: Mapping[TopicPartition, Iterable[Record]]) -> None:
        for records in batches.values():
            self._take(records)

    def _reader(self) -> AIOKafkaConsumer:
        return reader(self._servers, self._client_id, isolation_level="read_committed")


@asynccontextmanager
async def opened(consumer: AIOKafkaConsumer) -> AsyncIterator[AIOKafkaConsumer]:
    """Started inside the block, and stopped after it even when it did not start."""
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
