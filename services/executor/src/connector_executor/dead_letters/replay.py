"""Dead letters back to where they came from, as they were: their execution id keeps an effect from happening twice."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from aiokafka.errors import KafkaError

from connector_executor.dead_letters.letter import Letter
from connectors_shared.contract.dead import replay_headers
from connectors_shared.runtime.outgoing import RecordProducer


class ReplayError(Exception):
    """Kafka did not take all. `taken`: how many it did; the message names the first that it did not."""

    def __init__(self, taken: int, message: str) -> None:
        super().__init__(message)
        self.taken = taken


class Replays(Protocol):
    """Where replayed letters go."""

    async def publish(self, letters: Sequence[Letter]) -> None:
        """Returns when all are acknowledged; raises ReplayError."""
        ...


class KafkaReplays:
    """Through a started producer, which keeps the order within a partition.

    A letter goes back onto that of `origins` from which it came; onto the first, where it does not say one of them.
    """

    def __init__(self, producer: RecordProducer, origins: Sequence[str]) -> None:
        self._producer = producer
        self._origins = origins

    async def publish(self, letters: Sequence[Letter]) -> None:
        futures: list[asyncio.Future[object]] = []
        refused: tuple[Letter, BaseException] | None = None
        for letter in letters:
            try:
                futures.append(await self._send(letter))
            except KafkaError as error:
                refused = letter, error
                break
        answers = await asyncio.gather(*futures, return_exceptions=True)
        for letter, answer in zip(letters, answers, strict=False):
            if isinstance(answer, BaseException):
                refused = letter, answer
                break
        if refused is not None:
            taken = sum(not isinstance(answer, BaseException) for answer in answers)
            raise ReplayError(taken, f"{refused[0].cursor}: {refused[1]!r}")

    async def _send(self, letter: Letter) -> "asyncio.Future[object]":
        record = letter.record
        headers = replay_headers(record.headers, letter.place)
        future: asyncio.Future[object] = await self._producer.send(
            self._origin_of(letter), value=letter.value, key=record.key, headers=headers
        )
        return future

    def _origin_of(self, letter: Letter) -> str:
        told = letter.death.topic if letter.death else ""
        return told if told in self._origins else self._origins[0]
