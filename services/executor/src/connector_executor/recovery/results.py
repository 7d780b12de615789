"""The port: `connector.result` as the log of all that has ended."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from connector_executor.admission.port import Ended, Position


class ResultsAwayError(Exception):
    """Kafka does not answer, or the topic is not there."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Offsets of one partition, `stop` excluded; nothing in it when both are the same."""

    partition: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a stretch: what ended there, and the oldest moment of a record in it, in milliseconds."""

    ended: Sequence[Ended]
    oldest_ms: int


class ResultLog(Protocol):
    """An open log. Every method may raise ResultsAwayError."""

    async def stretches(self, since_ms: int) -> list[Stretch]:
        """Of each partition what was published since then."""
        ...

    async def is_new(self) -> bool:
        """Nothing was ever published."""
        ...

    async def read(self, stretch: Stretch, take: "Take") -> None:
        """The whole stretch, in parts as they come; what cannot be read as a result is passed over."""
        ...

    async def message(self, position: Position) -> bytes | None:
        """The result at that position; None when it is not kept any longer."""
        ...


class Take(Protocol):
    """Is given what was read, part by part."""

    async def __call__(self, found: Found) -> None: ...


OpenResults = Callable[[], AbstractAsyncContextManager[ResultLog]]
