"""`connector.result` in polls, through FastStream, with offsets that only we commit."""

import asyncio
from functools import partial
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from connectors_shared.contract.topics import RESULT
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.intake import Records
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.subscription import Subscription, balance
from connectors_shared.runtime.supervision import Supervisor
from field_mapper.batch import SERVICE, BatchProcessor
from field_mapper.inbound.work import Work
from field_mapper.metrics import MapperMetrics
from field_mapper.retries import Retries
from field_mapper.settings import MapperSettings

GROUP: Final = SERVICE
COMMIT_ATTEMPTS: Final = 3
DRAIN_SECONDS: Final = 20.0
"""How long a rebalance waits for the slice under way; well below its time-out."""

log = get_logger(__name__)


class ResultConsumer:
    """The member of its subscription. Polling never waits for mapping: it would lose its membership by it."""

    def __init__(
        self,
        settings: MapperSettings,
        processor: BatchProcessor,
        retries: Retries,
        clock: Clock,
        metrics: MapperMetrics,
        supervisor: Supervisor,
    ) -> None:
        self._processor = processor
        self._retries = retries
        self._clock = clock
        self._metrics = metrics
        self._supervisor = supervisor
        self._most = settings.batch_max_records
        self._gather_seconds = settings.batch_wait_ms / 1000
        self._reached: dict[TopicPartition, int] = {}
        self._epoch = 0
        self._work: Work | None = None
        self._task: asyncio.Task[None] | None = None
        self._subscription = Subscription(
            settings.kafka_bootstrap_servers,
            SERVICE,
            settings.topic_prefix + RESULT.name,
            group_id=settings.topic_prefix + GROUP,
            instance_id=settings.group_instance_id,
            most=settings.batch_max_records,
            poll_ms=settings.batch_wait_ms,
            graceful_seconds=DRAIN_SECONDS,
            fault=supervisor.fault,
        )

    async def start(self) -> None:
        """Raises KafkaError when Kafka does not answer; then it is of no use any more."""
        await self._subscription.start(self)

    async def stop(self) -> None:
        """Ends the slice under way if it can be ended now; what is not committed comes again."""
        self._retries.stop()
        await self._let_go()
        await self._subscription.stop()

    async def assigned(self, partitions: set[TopicPartition], epoch: int) -> None:
        if self._retries.stopping:
            return
        self._epoch = epoch
        commit = partial(self._commit, epoch)
        self._work = Work(epoch, self._processor, commit, self._clock, self._metrics, self._most, self._gather_seconds)
        self._task = self._supervisor.start(self._after(self._task, self._work))

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        await self._let_go()

    async def take(self, records: Records, epoch: int) -> None:
        """Returns at once; a partition is paused while enough of it waits."""
        if self._work is not None and self._work.epoch == epoch:
            self._work.add(records)
            balance(self._subscription.consumer, self._work)

    async def _after(self, earlier: "asyncio.Task[None] | None", work: Work) -> None:
        """One slice at a time, also when one of an earlier assignment has outlasted it."""
        if earlier is not None:
            await asyncio.wait({earlier})
        await work.run()

    async def _let_go(self) -> None:
        """The next owner may begin: the slice under way has ended, or has been abandoned."""
        work, self._work = self._work, None
        if work is None or self._task is None:
            return
        work.end()
        _, pending = await asyncio.wait({self._task}, timeout=DRAIN_SECONDS)
        self._epoch = 0
        if pending:
            log.warning("slice.abandoned", seconds=DRAIN_SECONDS)
            self._retries.abandon()

    async def _commit(self, epoch: int, offsets: dict[TopicPartition, int]) -> None:
        """A commit that fails is harmless: what it stands for comes again and is found applied."""
        consumer = self._subscription.consumer
        if consumer is None or epoch != self._epoch:
            return
        for attempt in range(1, COMMIT_ATTEMPTS + 1):
            try:
                await consumer.commit(offsets)
                break
            except (KafkaError, IllegalStateError) as error:
                log.warning("offsets.not_committed", attempt=attempt, error=type(error).__name__)
                if not getattr(error, "retriable", False):
                    break
        self._measure_lag(consumer, offsets)
        if self._work is not None:
            balance(self._subscription.consumer, self._work)

    def _measure_lag(self, consumer: Any, offsets: dict[TopicPartition, int]) -> None:
        """Of the partitions that are ours now; what went to another member is measured there."""
        ours = consumer.assignment()
        self._reached = {at: offset for at, offset in (self._reached | offsets).items() if at in ours}
        self._metrics.lag_records.clear()
        for partition, offset in self._reached.items():
            if (end := consumer.highwater(partition)) is not None:
                self._metrics.lag_records.labels(str(partition.partition)).set(max(0, end - offset))
