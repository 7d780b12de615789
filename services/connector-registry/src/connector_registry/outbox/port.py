"""What waits to be published, and who sends it."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

MOST_NAMED: Final = 5
"""Rows in a message to people."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message that is committed here but perhaps not yet in Kafka; `value` None is a tombstone."""

    id: int
    topic: str
    key: str
    value: bytes | None
    created_at: datetime = field(compare=False)


class Deletions(Protocol):
    """What has been deleted, of every kind and workspace."""

    async def purge(self, before: datetime, limit: int) -> int:
        """Forget up to `limit` of those deleted before then, and what was kept of them; leave a tombstone for each, and
        say how many."""


@dataclass(frozen=True, slots=True)
class BatchSize:
    """At most so many rows, whose values have together at most so many bytes; one row may always go."""

    rows: int
    bytes: int

    def halved(self) -> "BatchSize":
        return BatchSize(max(1, self.rows // 2), max(1, self.bytes // 2))

    def doubled(self, most: "BatchSize") -> "BatchSize":
        return BatchSize(min(self.rows * 2, most.rows), min(self.bytes * 2, most.bytes))


class Turn(Protocol):
    """This replica is the only one that sends, until the turn ends or is taken away from it."""

    async def oldest(self, size: BatchSize) -> list[OutboxRow]:
        """As much as that of what waits now, oldest first. It raises when the turn has been lost."""

    async def forget(self, rows: Sequence[OutboxRow]) -> None:
        """They are in Kafka, and so what was set aside of their keys before them is of no use any more. It raises when
        the turn has been lost; then they stay."""

    async def set_aside(self, row: OutboxRow) -> None:
        """Kafka will never take it: it waits no longer, and is kept for people to look at. Raises as `forget`."""


class Outbox(Protocol):
    """Messages to send, numbered in the order of the commits of each key."""

    def turn(self) -> AbstractAsyncContextManager[Turn]:
        """Waits until no other replica has it. A replica that freezes loses it."""

    async def waiting(self) -> tuple[int, float]:
        """How many rows wait, and for how many seconds the oldest has."""

    async def refused(self, limit: int) -> list[str]:
        """The keys of up to `limit` rows that are set aside, oldest first."""


class FencedError(Exception):
    """Somebody else sends by now, or this one was slow for so long that its transaction was given up."""


class TooLargeError(Exception):
    """Kafka takes one of these rows never, for its size. None of them were sent."""

    def __init__(self, rows: Sequence[OutboxRow]) -> None:
        super().__init__(f"larger than Kafka takes: {', '.join(row.key for row in rows[:MOST_NAMED])}")
        self.rows = rows


class Sender(Protocol):
    """Delivers rows to Kafka as one of several replicas, of which only the last one that took over can."""

    async def connect(self) -> None:
        """Make sure that Kafka answers; raises what the client raises."""

    async def take_over(self) -> None:
        """Fence whoever sent before: nothing of theirs is added to the topic from now on."""

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        """In order, all of them or none; returns when they are committed.

        Raises FencedError when none were sent, since there was no `take_over` or somebody else has taken over since;
        TooLargeError when one of them will never be taken.
        After anything else that it raises they may have been sent.
        """


class Announcements(Protocol):
    """Gets committed changes published."""

    async def published(self) -> bool:
        """Whether everything committed before this call is in Kafka, after a bounded wait."""
