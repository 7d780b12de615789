"""Messages out: sent together, and done when the brokers acknowledged them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from connectors_shared.contract.dead import PREFIX, Header
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.outgoing import Acknowledged, RecordProducer

log = get_logger(__name__)


class NeverFitsError(Exception):
    """The topic takes no form of the message; sending it again changes nothing."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send. `smaller` makes what is sent instead when its topic does not take it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    smaller: "Callable[[Outgoing], Outgoing] | None" = field(default=None, compare=False)


class KafkaPublisher:
    """Sends through a started producer, which keeps the order within a partition."""

    def __init__(self, producer: RecordProducer) -> None:
        self._producer = producer

    async def send(self, messages: Sequence[Outgoing]) -> dict[int, Exception]:
        """Send all and wait for the acknowledgements; the positions that failed, with their errors."""
        futures: dict[int, Acknowledged] = {}
        failed: dict[int, Exception] = {}
        for position, message in enumerate(messages):
            try:
                futures[position] = await self._enqueue(self._fitting(message))
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

    def _fitting(self, message: Outgoing) -> Outgoing:
        """The message, or its smaller form; raises NeverFitsError."""
        if self._fits(message):
            return message
        log.error("message.too_large", topic=message.topic, body_bytes=len(message.value or b""))
        if message.smaller is None or not self._fits(smaller := message.smaller(message)):
            raise NeverFitsError(f"{message.topic} takes no form of it")
        return smaller

    def _fits(self, message: Outgoing) -> bool:
        return self._producer.fits(message.topic, _value(message), message.key, message.headers)

    async def _enqueue(self, message: Outgoing) -> Acknowledged:
        return await self._producer.send(message.topic, _value(message), message.key, message.headers)


def without_body(letter: Outgoing) -> Outgoing:
    """A dead letter whose headers say where the original still is."""
    headers = tuple(
        (name, DeadReason.TOO_LARGE.value.encode() if name == "dead-reason" else value)
        for name, value in letter.headers
        if name.startswith(PREFIX)
    )
    return replace(letter, key=None, value=None, headers=headers)


def _value(message: Outgoing) -> bytes | None:
    """The client refuses a message that has neither key nor value, though Kafka delivers such ones."""
    return b"" if message.key is None and message.value is None else message.value
