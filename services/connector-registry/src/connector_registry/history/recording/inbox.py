"""What one assignment brings: records wait in memory, in order and within bounds, and are handled batch by batch."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from aiokafka import TopicPartition

from connectors_shared.runtime.gathering import Gathering

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of records that wait, above which nothing more is polled."""
BATCH_BYTES: Final = 4 * 1024 * 1024

Handle = Callable[[Sequence[Any]], Awaitable[None]]
Commit = Callable[[Mapping[TopicPartition, int]], Awaitable[None]]


class Inbox:
    """`handle` makes a batch durable; then `commit` is told the offsets behind it. `most`: records of a batch;
    for less than half of them it waits until `gather_seconds` after the beginning of the last one.
    """

    def __init__(self, epoch: int, handle: Handle, commit: Commit, most: int, gather_seconds: float = 0.0) -> None:
        self.epoch = epoch
        self._handle = handle
        self._commit = commit
        self._most = most
        self._gathering = Gathering(gather_seconds)
        self._records: deque[Any] = deque()
        self._waiting: Counter[TopicPartition] = Counter()
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._open = True

    def add(self, records: Sequence[Any]) -> None:
        self._records.extend(records)
        self._bytes += sum(map(_size, records))
        self._waiting.update(_place(record) for record in records)
        self._arrived.set()

    def close(self) -> None:
        """No batch begins after this."""
        self._open = False
        self._arrived.set()

    async def run(self) -> None:
        """Until `close`."""
        while self._open:
            await self._arrived.wait()
            self._arrived.clear()
            while self._open and self._records:
                await self._gathering.done(self._arrived, self._is_enough)
                if self._open:
                    await self._handle_some()

    def is_full(self, partition: TopicPartition) -> bool:
        return self._waiting[partition] >= 2 * self._most or self._bytes >= MOST_BYTES

    def has_room(self, partition: TopicPartition) -> bool:
        """Well below the ceiling, so that it is not reached at once again."""
        return self._waiting[partition] <= self._most and self._bytes <= MOST_BYTES // 2

    def _is_enough(self) -> bool:
        """There is nothing to wait for."""
        return not self._open or 2 * len(self._records) >= self._most or self._bytes >= BATCH_BYTES

    async def _handle_some(self) -> None:
        batch = self._next()
        await self._handle(batch)
        await self._commit({_place(record): record.offset + 1 for record in batch})

    def _next(self) -> list[Any]:
        batch: list[Any] = []
        size = 0
        while self._records and len(batch) < self._most and size < BATCH_BYTES:
            record = self._records.popleft()
            self._waiting[_place(record)] -= 1
            size += _size(record)
            batch.append(record)
        self._bytes -= size
        return batch


def _place(record: Any) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)


def _size(record: Any) -> int:
    return len(record.value or b"")
