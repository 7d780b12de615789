"""Dead letters: acknowledged by Kafka before the offset is finished, so each poison message ends there."""

import asyncio
from dataclasses import replace

from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from connector_executor.metrics import ExecutorMetrics
from connectors_shared.contract.dead import DeadLetter
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

    async def bury(self, record: ConsumerRecord, reason: DeadReason, detail: str, attempts: int = 0) -> None:
        """Returns when Kafka has it; while Kafka is away it keeps trying.

        One that is too large even for a dead letter is told of without its bytes, headers and key.
        """
        letter = DeadLetter(
            reason=reason,
            detail=detail,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            attempts=attempts,
            at=self._clock.now(),
            service="connectors-executor",
        )
        headers = [(name, value) for name, value in record.headers if value is not None]
        try:
            await self._send(record.key, record.value or b"", headers + letter.headers())
        except MessageSizeTooLargeError:
            await self._send(None, b"", replace(letter, detail=f"{detail}; {NOT_KEPT}").headers())
        self._metrics.dead.labels(reason.value).inc()
        log.warning(
            "execution.dead",
            reason=reason.value,
            detail=detail,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )

    async def _send(self, key: bytes | None, value: bytes, headers: list[tuple[str, bytes]]) -> None:
        """Raises MessageSizeTooLargeError when it can never be sent."""
        while True:
            try:
                await self._producer.send_and_wait(self._topic, value=value, key=key, headers=headers)
                return
            except MessageSizeTooLargeError:
                raise
            except KafkaError as error:
                log.warning("dead_letter.unpublished", why=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
