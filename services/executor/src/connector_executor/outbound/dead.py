"""Dead letters: acknowledged by Kafka before the offset is finished, so each poison message ends there."""

import asyncio
from dataclasses import replace

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from connector_executor.execution import Source
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.contract.dead import DeadLetter, Header, deaths_of
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
RETRY_SECONDS = 1.0
NOT_KEPT = "too large for a dead letter: the original is not kept beyond the retention of its own topic"


class DeadLetters:
    """Sets messages aside on `connector.execute.dead`, original bytes unchanged."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, clock: Clock, metrics: ExecutorMetrics) -> None:
        self._producer = producer
        self._topic = topic
        self._clock = clock
        self._metrics = metrics

    async def bury(self, record: Source, reason: DeadReason, detail: str) -> None:
        """Returns when Kafka has it; while Kafka is away it keeps trying.

        One that is too large even for a dead letter is told of without its bytes, headers and key.
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
        try:
            await self._publish(record.key, record.value or b"", letter.headers_on(record.headers))
        except MessageSizeTooLargeError:
            # The coordinates say where the original still is.
            letter = replace(letter, reason=DeadReason.TOO_LARGE, detail=f"{detail}; {NOT_KEPT}")
            await self._publish(None, b"", letter.headers_on(()))
        self._metrics.dead.labels(letter.reason.value).inc()
        log.warning(
            "execution.dead",
            reason=letter.reason.value,
            detail=detail,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )

    async def _publish(self, key: bytes | None, value: bytes, headers: list[Header]) -> None:
        """Raises MessageSizeTooLargeError, which waiting would not cure."""
        while True:
            try:
                await self._producer.send_and_wait(self._topic, value=value, key=key, headers=headers)
                return
            except MessageSizeTooLargeError:
                raise
            except KafkaError as error:
                log.warning("dead_letter.unpublished", why=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
