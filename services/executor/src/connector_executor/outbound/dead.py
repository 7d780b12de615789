"""Dead letters: acknowledged by Kafka before the offset is finished, so each poison message ends there."""

from dataclasses import replace

from aiokafka.errors import KafkaError

from connector_executor.execution import Source
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.contract.dead import DeadLetter, Header, deaths_of
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.outgoing import RecordProducer
from connectors_shared.runtime.persist import persist

log = get_logger(__name__)
NOT_KEPT = "too large for a dead letter: the original is not kept beyond the retention of its own topic"


class DeadLetters:
    """Sets messages aside on `connector.execute.dead`, original bytes unchanged."""

    def __init__(self, producer: RecordProducer, topic: str, clock: Clock, metrics: ExecutorMetrics) -> None:
        self._producer = producer
        self._topic = topic
        self._clock = clock
        self._metrics = metrics

    async def write(self, record: Source, reason: DeadReason, detail: str) -> None:
        """Returns when Kafka has it; while Kafka is away it keeps trying.

        One that is too large even for a dead letter is told of without its bytes, headers and key; where the topic
        does not take even that, the log has it.
        """
        letter = DeadLetter(
            reason=reason,
            detail=detail,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            attempts=deaths_of(record.headers) + 1,
            at=self._clock.now(),
            service="connectors-executor",
        )
        if not await self._publish(record.key, record.value or b"", letter.headers_on(record.headers)):
            # The coordinates say where the original still is.
            letter = replace(letter, reason=DeadReason.TOO_LARGE, detail=f"{detail}; {NOT_KEPT}")
            if not await self._publish(None, b"", letter.headers_on(())):
                log.error("dead_letter.refused", topic=record.topic, partition=record.partition, offset=record.offset)
        self._metrics.dead.inc(letter.reason.value)
        log.warning(
            "execution.dead",
            reason=letter.reason.value,
            detail=detail,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )

    async def _publish(self, key: bytes | None, value: bytes, headers: list[Header]) -> bool:
        """False when it is larger than the topic takes, which waiting would not cure."""

        async def publish() -> bool:
            try:
                await self._producer.send_and_wait(self._topic, value=value, key=key, headers=headers)
            except KafkaError:
                if self._producer.fits(self._topic, value, key, headers):
                    raise
                return False
            return True

        return await persist("dead_letter.publish", publish)
