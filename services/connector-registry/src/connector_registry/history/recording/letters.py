"""Messages that cannot be recorded, on their way to the dead letters."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol

from connector_registry.history.recording.decoding import UnreadableError
from connectors_shared.contract.dead import DeadLetter, deaths_of
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.topics import RESULT_DEAD
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.outgoing import RecordProducer

SERVICE: Final = "connectors-history"


class Letter(NamedTuple):
    """A Kafka record, and why it is set aside."""

    record: Any
    why: UnreadableError


class Letters(Protocol):
    async def send(self, letters: Sequence[Letter]) -> None:
        """Returns when they are acknowledged. Raises KafkaError."""
        ...


class KafkaLetters:
    """Through a started producer. The original bytes go along, unless the topic does not take them."""

    def __init__(self, producer: RecordProducer, clock: Clock, topic_prefix: str = "") -> None:
        self._producer = producer
        self._clock = clock
        self._topic = topic_prefix + RESULT_DEAD.name

    async def send(self, letters: Sequence[Letter]) -> None:
        await asyncio.gather(*[await self._enqueue(letter) for letter in letters])

    async def _enqueue(self, letter: Letter) -> Any:
        record, headers = letter.record, self._about(letter).headers_on(letter.record.headers)
        value = b"" if record.key is None and record.value is None else record.value
        if self._producer.fits(self._topic, value, record.key, headers):
            return await self._producer.send(self._topic, value, record.key, headers)
        too_large = letter._replace(why=UnreadableError(DeadReason.TOO_LARGE, letter.why.detail))
        return await self._producer.send(self._topic, b"", None, self._about(too_large).headers())

    def _about(self, letter: Letter) -> DeadLetter:
        record, why = letter
        return DeadLetter(
            reason=why.reason,
            detail=why.detail,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            attempts=deaths_of(record.headers) + 1,
            at=self._clock.now(),
            service=SERVICE,
        )
