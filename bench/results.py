"""Reads `connector.result` as a flow engine would, and notes when each result arrived."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.traffic import Traffic
from connectors_shared.runtime.kafka import reader

POLL_MS = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """One execution on the bench's clock. `upstream_seconds` is what the upstream itself took, by its own word."""

    connector_id: UUID
    sent: float
    arrived: float
    upstream_seconds: float

    @property
    def total_seconds(self) -> float:
        return self.arrived - self.sent

    @property
    def added_seconds(self) -> float:
        return self.total_seconds - self.upstream_seconds


@dataclass(slots=True)
class Arrivals:
    """Samples of the executions that `traffic` remembers, and how many others there were."""

    traffic: Traffic
    samples: list[Sample] = field(default_factory=list)
    others: int = 0

    def note(self, value: bytes, arrived: float) -> None:
        result = orjson.loads(value)
        sent = self.traffic.sent.pop(result["executionId"], None)
        if sent is None:
            self.others += 1
            return
        took = ((result.get("data") or {}).get("tookUs") or 0) / 1e6
        self.samples.append(Sample(sent[1], sent[0], arrived, took))

    def of(self, connectors: Collection[UUID], after: float = 0.0, before: float = float("inf")) -> list[Sample]:
        """Sent between the two moments of the bench's clock."""
        return [s for s in self.samples if s.connector_id in connectors and after <= s.sent < before]

    def missing(self, connectors: Collection[UUID]) -> int:
        """Remembered executions without a result."""
        return sum(connector_id in connectors for _, connector_id in self.traffic.sent.values())

    async def all_of(self, connectors: Collection[UUID], timeout_seconds: float) -> None:
        """Returns when no result is missing, or the time is out."""
        deadline = time.perf_counter() + timeout_seconds
        while self.missing(connectors) and time.perf_counter() < deadline:
            await asyncio.sleep(POLL_MS / 1000)


@asynccontextmanager
async def watch(servers: str, partitions: Sequence[TopicPartition], traffic: Traffic) -> AsyncIterator[Arrivals]:
    consumer = reader(servers, "bench")
    await consumer.start()
    consumer.assign(list(partitions))
    arrivals, ended = Arrivals(traffic), asyncio.Event()
    task = asyncio.create_task(_read(consumer, arrivals, ended))
    try:
        yield arrivals
    finally:
        ended.set()
        await task
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, arrivals: Arrivals, ended: asyncio.Event) -> None:
    while not ended.is_set():
        batches = await consumer.getmany(timeout_ms=POLL_MS)
        arrived = time.perf_counter()
        for records in batches.values():
            for record in records:
                arrivals.note(record.value, arrived)


async def count_failures(servers: str, begins: Mapping[TopicPartition, int], count: int) -> int:
    """Of the `count` results from those offsets on, how many are not a success of the executor or the bare loop."""
    consumer = reader(servers, "bench")
    await consumer.start()
    consumer.assign(list(begins))
    for partition, begin in begins.items():
        consumer.seek(partition, begin)
    failures = seen = 0
    try:
        while seen < count:
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                seen += len(records)
                failures += sum(b'"income":187500' not in record.value for record in records)
    finally:
        await consumer.stop()
    return failures


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest rank; of nothing it is not a number."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else float("nan")
