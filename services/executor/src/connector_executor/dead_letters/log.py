"""The port: the topic of the dead letters, to be read at any place."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from aiokafka import ConsumerRecord


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets from `start` on, up to but without `stop`. Not every one of them need have a record."""

    start: int
    stop: int

    def __len__(self) -> int:
        return max(0, self.stop - self.start)

    def __contains__(self, offset: int) -> bool:
        return self.start <= offset < self.stop


Spans = Mapping[int, Span]
"""By partition."""


class LettersAwayError(Exception):
    """Kafka does not answer; the message says how."""


class LetterLog(Protocol):
    """Raises LettersAwayError."""

    async def spans(self) -> Spans:
        """What every partition holds now."""
        ...

    async def read(self, partition: int, span: Span) -> list[ConsumerRecord]:
        """The records within the span, in order; the span lies within what the partition held."""
        ...


OpenLog = Callable[[], AbstractAsyncContextManager[LetterLog]]
"""A log for one question; opening it raises LettersAwayError too."""
