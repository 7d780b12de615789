"""What is committed to Kafka, and what becomes safe by it. Commits are explicit, per partition, of what is finished."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from connector_executor.admission.port import PartedAdmission
from connector_executor.inbound.kafka.window import Assignments, Mark, Offsets
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.intake import Records
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.persist import pause_seconds, persist
from connectors_shared.runtime.subscription import Subscription

log = get_logger(__name__)
ReadMarks = Callable[[Collection[TopicPartition]], Awaitable[dict[TopicPartition, Mark]]]


class Commits:
    """Commits watermarks and marks. `last_success` is when the last commit succeeded, in monotonic seconds."""

    def __init__(
        self,
        assignments: Assignments,
        subscription: Subscription,
        admission: PartedAdmission,
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
        self._sending: set[asyncio.Task[None]] = set()
        self.last_success = clock.monotonic()

    async def commit(self, *, final: bool = False) -> None:
        """Commit every watermark that moved; a failure is harmless, the records come again."""
        await self._commit(self._assignments.due(self._admission.generation, final=final))

    def abandon(self) -> None:
        """The partitions are not ours any more: a commit that is still tried again must not reach their next owner."""
        for sending in self._sending:
            sending.cancel()

    async def cover(self, records: Records, epoch: int) -> None:
        """Before anything is handed out, Kafka knows how far: what runs when store and process are lost is bounded.

        Returns as soon as the epoch of the records is over.
        """
        ends: dict[tuple[str, int], tuple[int, int]] = {}
        for record in records:
            place = record.topic, record.partition
            known = ends.get(place)
            ends[place] = (record.offset if known is None else known[0], record.offset)
        reach = {TopicPartition(*place): found for place, found in ends.items()}
        failures = 0
        while uncovered := self._assignments.uncovered(reach, self._admission.generation, epoch):
            # Without a generation nobody could be told under which they were handed out.
            if not self._admission.generation or not await self._commit(uncovered):
                failures += 1
                await asyncio.sleep(pause_seconds(failures))

    async def marks(self, assigned: Collection[TopicPartition]) -> dict[TopicPartition, Mark]:
        """What earlier owners committed. Tries while Kafka is away: without marks nothing may be handed out."""
        return await persist("marks.read", lambda: self._read_marks(assigned))

    async def _commit(self, offsets: Offsets) -> bool:
        """False when nothing was committed."""
        consumer, epoch = self._subscription.consumer, self._assignments.epoch
        if consumer is None or not offsets or not await self._send(consumer, offsets):
            return False
        self.last_success = self._clock.monotonic()
        self._assignments.note_committed(offsets, epoch)
        for partition, committed in offsets.items():
            self._metrics.committed.labels(str(partition.partition)).set(committed.offset)
        return True

    async def _send(self, consumer: AIOKafkaConsumer, offsets: Offsets) -> bool:
        sending = asyncio.create_task(consumer.commit(offsets))
        self._sending.add(sending)
        try:
            await asyncio.wait((sending,))
        finally:
            sending.cancel()
            self._sending.discard(sending)
        error = asyncio.CancelledError() if sending.cancelled() else sending.exception()
        if error is None:
            return True
        log.warning("offsets.uncommitted", why=repr(error))
        if isinstance(error, KafkaError | IllegalStateError | asyncio.CancelledError):
            return False
        raise error
