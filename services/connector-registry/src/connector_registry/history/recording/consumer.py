"""One topic in polls, through FastStream, with offsets that only we commit, and only behind what is durable."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from connector_registry.history.recording.inbox import Inbox
from connector_registry.history.recording.letters import SERVICE
from connector_registry.history.recording.metrics import HistoryMetrics
from connector_registry.history.recording.settings import HistorySettings
from connectors_shared.contract.topics import Topic
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.intake import Records
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.subscription import Subscription, balance
from connectors_shared.runtime.supervision import Supervisor, cancel

DRAIN_SECONDS: Final = 15.0
"""How long a rebalance waits for the batch under way; well below its time-out."""

log = get_logger(__name__)


class TopicConsumer:
    """The member of its subscription. Polling never waits for Postgres: it would lose its membership by it."""

    def __init__(
        self,
        settings: HistorySettings,
        topic: Topic,
        handle: Callable[[Sequence[Any]], Awaitable[None]],
        clock: Clock,
        metrics: HistoryMetrics,
        supervisor: Supervisor,
    ) -> None:
        self._topic = topic
        self._handle = handle
        self._clock = clock
        self._metrics = metrics
        self._supervisor = supervisor
        self._most = settings.batch_max_records
        self._gather_seconds = settings.batch_wait_ms / 1000
        self._reached: dict[TopicPartition, int] = {}
        self._inbox: Inbox | None = None
        self._task: asyncio.Task[None] | None = None
        self._subscription = Subscription(
            settings.kafka_bootstrap_servers,
            SERVICE,
            settings.topic_prefix + topic.name,
            group_id=f"{settings.topic_prefix}{SERVICE}-{topic.name}",
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
        """Ends the batch under way if it can be ended now; what is not committed comes again, and is known."""
        await self._let_go()
        await self._subscription.stop()

    async def problem(self) -> str | None:
        return await self._subscription.problem()

    async def assigned(self, partitions: set[TopicPartition], epoch: int) -> None:
        self._inbox = Inbox(epoch, self._timed, partial(self._commit, epoch), self._most, self._gather_seconds)
        self._task = self._supervisor.start(self._inbox.run())

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        await self._let_go()

    async def take(self, records: Records, epoch: int) -> None:
        """Returns at once; a partition is paused while enough of it waits."""
        if self._inbox is not None and self._inbox.epoch == epoch:
            self._inbox.add(records)
            balance(self._subscription.consumer, self._inbox)

    async def _timed(self, records: Sequence[Any]) -> None:
        started = self._clock.monotonic()
        await self._handle(records)
        self._metrics.batch_seconds.observe(self._clock.monotonic() - started)

    async def _let_go(self) -> None:
        """A batch that does not end, because Postgres is away, is left to the heir."""
        inbox, self._inbox = self._inbox, None
        task, self._task = self._task, None
        if inbox is None or task is None:
            return
        inbox.close()
        _, pending = await asyncio.wait({task}, timeout=DRAIN_SECONDS)
        for abandoned in pending:
            log.warning("batch.abandoned", topic=self._topic.name, seconds=DRAIN_SECONDS)
            await cancel([abandoned])

    async def _commit(self, epoch: int, offsets: Mapping[TopicPartition, int]) -> None:
        """A commit that fails is harmless: what it stands for comes again, and is known."""
        consumer = self._subscription.consumer
        if consumer is None:
            return
        try:
            await consumer.commit(dict(offsets))
        except (KafkaError, IllegalStateError) as error:
            log.warning("offsets.not_committed", topic=self._topic.name, error=type(error).__name__)
        self._measure_lag(consumer, offsets)
        if self._inbox is not None and self._inbox.epoch == epoch:
            balance(self._subscription.consumer, self._inbox)

    def _measure_lag(self, consumer: Any, offsets: Mapping[TopicPartition, int]) -> None:
        """Of the partitions that are ours now; what went to another member is measured there."""
        ours = consumer.assignment()
        former, reached = self._reached, {**self._reached, **offsets}
        self._reached = {at: offset for at, offset in reached.items() if at in ours}
        for at in former.keys() - self._reached.keys():
            self._metrics.lag_records.remove(self._topic.name, str(at.partition))
        for at, offset in self._reached.items():
            if (end := consumer.highwater(at)) is not None:
                self._metrics.lag_records.labels(self._topic.name, str(at.partition)).set(max(0, end - offset))
