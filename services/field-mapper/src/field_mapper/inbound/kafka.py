"""`connector.result` in batches, through FastStream, with offsets that only we commit."""

from collections.abc import Iterable
from typing import Any, Final

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from connectors_shared.contract.topics import RESULT
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.intake import Records, intake_broker, raw_batches
from connectors_shared.runtime.logging import get_logger
from field_mapper.backoff import Perseverance
from field_mapper.batch import SERVICE, BatchProcessor
from field_mapper.metrics import MapperMetrics
from field_mapper.settings import MapperSettings

GROUP: Final = SERVICE
COMMIT_ATTEMPTS: Final = 3

log = get_logger(__name__)


class ResultConsumer:
    """Takes one batch at a time, so the order of a partition is the order of its batches."""

    def __init__(
        self,
        settings: MapperSettings,
        processor: BatchProcessor,
        perseverance: Perseverance,
        clock: Clock,
        metrics: MapperMetrics,
    ) -> None:
        self._processor = processor
        self._perseverance = perseverance
        self._clock = clock
        self._metrics = metrics
        self._reached: dict[TopicPartition, int] = {}
        self._broker = intake_broker(settings.kafka_bootstrap_servers, SERVICE)
        self._subscriber = raw_batches(
            self._broker,
            settings.topic_prefix + RESULT.name,
            group_id=settings.topic_prefix + GROUP,
            instance_id=settings.group_instance_id,
            listener=None,
            most=settings.batch_max_records,
            poll_ms=settings.batch_wait_ms,
        )
        self._subscriber(self._take)

    async def start(self) -> None:
        await self._broker.start()

    async def stop(self) -> None:
        """Ends the batch under way if it can be ended now; what is not committed comes again."""
        self._perseverance.stop()
        await self._broker.stop()

    async def _take(self, records: Records) -> None:
        started = self._clock.monotonic()
        self._metrics.batch_records.observe(len(records))
        if not await self._processor.process(records):
            return
        await self._commit(next_offsets(records))
        self._metrics.batch_seconds.observe(self._clock.monotonic() - started)

    async def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        """A commit that fails is harmless: the batch comes again and finds itself applied."""
        consumer = self._subscriber.consumer
        if consumer is None:
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

    def _measure_lag(self, consumer: Any, offsets: dict[TopicPartition, int]) -> None:
        """Of the partitions that are ours now; what went to another member is measured there."""
        ours = consumer.assignment()
        self._reached = {at: offset for at, offset in (self._reached | offsets).items() if at in ours}
        self._metrics.lag_records.clear()
        for partition, offset in self._reached.items():
            if (end := consumer.highwater(partition)) is not None:
                self._metrics.lag_records.labels(str(partition.partition)).set(max(0, end - offset))


def next_offsets(records: Iterable[ConsumerRecord[bytes, bytes]]) -> dict[TopicPartition, int]:
    """What to commit once all these records are done: per partition, the offset after the last."""
    offsets: dict[TopicPartition, int] = {}
    for record in records:
        partition = TopicPartition(record.topic, record.partition)
        offsets[partition] = max(offsets.get(partition, 0), record.offset + 1)
    return offsets
