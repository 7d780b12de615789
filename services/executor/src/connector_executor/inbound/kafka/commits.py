"""What is committed to Kafka, and what becomes safe by it. Commits are explicit, per partition, of what is finished."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from connector_executor.admission.port import Admission
from connector_executor.inbound.kafka.window import Assignments, Identity, Mark, Offsets
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.intake import Records, Subscription
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
RETRY_SECONDS = 0.2
MARK_ATTEMPTS = 20
ReadMarks = Callable[[Collection[TopicPartition]], Awaitable[dict[TopicPartition, Mark]]]


class Commits:
    """Commits watermarks and marks. `last_progress` is when the last commit succeeded, in monotonic seconds."""

    def __init__(
        self,
        assignments: Assignments,
        subscription: Subscription,
        admission: Admission,
        read_marks: ReadMarks,
        clock: Clock,
        metrics: ExecutorMetrics,
    ) -> None:
        self._assignments = assignments
        self._subscription = subscription
        self._admission = admission
        self._read_marks = read_marks
        self._clock = clock
        self._metrics = metrics
        self._settled: list[Identity] = []
        self.last_progress = clock.monotonic()

    def begin(self) -> None:
        """Partitions have been assigned."""
        self.last_progress = self._clock.monotonic()

    async def commit(self, *, final: bool = False) -> None:
        """Commit every watermark that moved; a failure is harmless, the records come again."""
        if await self._commit(self._assignments.due(self._admission.generation, final=final)):
            self.last_progress = self._clock.monotonic()

    async def cover(self, records: Records) -> None:
        """Before anything is handed out, Kafka knows how far: what runs when store and process are lost is bounded."""
        reach: dict[TopicPartition, tuple[int, int]] = {}
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            first, _ = reach.get(partition, (record.offset, record.offset))
            reach[partition] = (first, record.offset)
        while uncovered := self._assignments.uncovered(reach, self._admission.generation):
            if not await self._commit(uncovered):
                await asyncio.sleep(RETRY_SECONDS)

    async def marks(self, assigned: Collection[TopicPartition]) -> dict[TopicPartition, Mark]:
        """What earlier owners committed. Raises KafkaError when it cannot be read for long."""
        for attempt in range(1, MARK_ATTEMPTS):
            try:
                return await self._read_marks(assigned)
            except KafkaError as error:
                log.warning("marks.unreadable", attempt=attempt, why=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
        return await self._read_marks(assigned)

    async def settle(self) -> None:
        """Reduce the kept results of what is committed; one that stays whole only takes room."""
        safe, self._settled = self._settled, []
        if safe:
            with suppress(ConnectionError):
                await self._admission.settle(safe)

    async def _commit(self, offsets: Offsets) -> bool:
        """False when nothing was committed."""
        consumer = self._subscription.consumer
        if consumer is None or not offsets:
            return False
        try:
            await consumer.commit(offsets)
        except (KafkaError, IllegalStateError) as error:
            log.warning("offsets.uncommitted", why=repr(error))
            return False
        self._settled += self._assignments.note_committed(offsets)
        for partition, committed in offsets.items():
            self._metrics.committed.labels(str(partition.partition)).set(committed.offset)
        return True
