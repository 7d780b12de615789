"""Executions onto Kafka."""

import asyncio
from collections.abc import Callable

from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from connectors_local.flows.model import OutgoingExecution
from connectors_shared.contract.topics import EXECUTE
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.outgoing import RecordProducer

log = get_logger(__name__)


class KafkaSender:
    """See `engine.Sender`; batches are the producer's."""

    def __init__(self, make: Callable[[], RecordProducer], topic_prefix: str) -> None:
        self._make = make
        self._producer: RecordProducer | None = None
        self._topic = topic_prefix + EXECUTE.name

    async def close(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def send(self, messages: list[OutgoingExecution]) -> list[int]:
        producer = self._producer or await self._started()
        taken = await asyncio.gather(*(self._send(producer, each) for each in messages), return_exceptions=True)
        done = [message.id for message, error in zip(messages, taken, strict=True) if error is None]
        faults = [error for error in taken if error is not None]
        if faults and not done:
            raise faults[0]
        return done

    async def _started(self) -> RecordProducer:
        """Connected by the first who sends: without Kafka the engine serves all the same. Raises KafkaError."""
        producer = self._make()
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        return producer

    async def _send(self, producer: RecordProducer, message: OutgoingExecution) -> None:
        try:
            await producer.send_and_wait(self._topic, message.value, message.key)
        except MessageSizeTooLargeError:
            # It never will be taken: its run ends by the deadline of the step, and those behind it go.
            log.error("execution.too_large", outbox_id=message.id)
        except KafkaError as error:
            log.warning("execution.not_taken", outbox_id=message.id, why=repr(error))
            raise
