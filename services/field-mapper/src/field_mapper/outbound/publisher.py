"""Messages out: sent together, and done when the brokers acknowledged them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from connectors_shared.contract.dead import Header
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()


class KafkaPublisher:
    """Sends through a started idempotent producer, which keeps the order within a partition."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(self, messages: Sequence[Outgoing]) -> dict[int, Exception]:
        """Send all and wait for the acknowledgements; the positions that failed, with their errors."""
        futures: dict[int, asyncio.Future[object]] = {}
        failed: dict[int, Exception] = {}
        for position, message in enumerate(messages):
            try:
                futures[position] = await self._enqueue(message)
            except Exception as error:
                failed[position] = error
        answers = await asyncio.gather(*futures.values(), return_exceptions=True)
        for position, answer in zip(futures, answers, strict=True):
            if isinstance(answer, asyncio.CancelledError):
                raise answer
            if isinstance(answer, Exception):
                failed[position] = answer
        return failed

    async def answers(self) -> None:
        """Raises when no broker does."""
        await asyncio.wait_for(self._producer.client.fetch_all_metadata(), 5)

    async def _enqueue(self, message: Outgoing) -> "asyncio.Future[object]":
        try:
            return await self._hand_over(message)
        except MessageSizeTooLargeError:
            log.error("message.too_large", topic=message.topic, body_bytes=len(message.value or b""))
            return await self._hand_over(_without_body(message))

    async def _hand_over(self, message: Outgoing) -> "asyncio.Future[object]":
        # The client refuses a message that has neither key nor value, though Kafka delivers such ones.
        value = b"" if message.key is None and message.value is None else message.value
        future: asyncio.Future[object] = await self._producer.send(
            message.topic, value=value, key=message.key, headers=list(message.headers)
        )
        return future


def _without_body(message: Outgoing) -> Outgoing:
    """Only a dead letter can be this large; its headers say where the original still is."""
    headers = tuple(
        (name, DeadReason.TOO_LARGE.value.encode() if name == "dead-reason" else value)
        for name, value in message.headers
    )
    return replace(message, value=None, headers=headers)
