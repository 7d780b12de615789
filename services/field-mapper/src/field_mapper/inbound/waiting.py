"""Records that are polled and not mapped yet: whose turn it is, and how far each partition is done."""

from collections import deque
from collections.abc import Collection, Generator, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, Final

from aiokafka import TopicPartition

from field_mapper.stages import ids_of

MOST_REMEMBERED: Final = 1_000
"""Workspaces with nothing waiting whose time is still counted."""


@dataclass(slots=True)
class _Reached:
    """`unfinished` offsets in their order; `end` is after the last one polled."""

    unfinished: dict[int, None] = field(default_factory=dict)
    end: int = 0

    @property
    def committable(self) -> int:
        return next(iter(self.unfinished), self.end)


class Waiting:
    """Records of one assignment. Turns are counted in seconds of work, so a workspace whose mappings cost much delays
    another one's by a record, not by all that it has sent.

    What is next within a workspace is what was polled first: its contacts keep their order.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._cost = 0.0
        self._queues: dict[str, deque[Any]] = {}
        self._turns: list[tuple[float, int, str]] = []
        self._spent: dict[str, float] = {}
        self._least = 0.0
        self._number = 0
        self._partitions: dict[TopicPartition, _Reached] = {}

    def __len__(self) -> int:
        """Records whose turn has not come."""
        return sum(map(len, self._queues.values()))

    def unfinished(self, partition: TopicPartition) -> int:
        reached = self._partitions.get(partition)
        return len(reached.unfinished) if reached else 0

    def add(self, records: Iterable[Any]) -> None:
        for record in records:
            reached = self._partitions.setdefault(TopicPartition(record.topic, record.partition), _Reached())
            reached.unfinished[record.offset] = None
            reached.end = record.offset + 1
            self.bytes += len(record.value or b"")
            workspace = ids_of(record.value).workspace_id
            if workspace in self._queues:
                self._queues[workspace].append(record)
            else:
                self._queues[workspace] = deque([record])
                self._queue_up(workspace)

    def turns(self, most: int) -> Generator[Any, None, None]:
        """The next records. What is charged until the next one is asked for, or the end, is that record's; close it."""
        for _ in range(most):
            if not self._turns:
                return
            self._least, _, workspace = heappop(self._turns)
            queue, self._cost = self._queues[workspace], 0.0
            try:
                yield queue.popleft()
            finally:
                self._spent[workspace] = self._least + self._cost
                if queue:
                    self._queue_up(workspace)
                else:
                    del self._queues[workspace]
                if not self._queues or len(self._spent) > MOST_REMEMBERED:
                    # Nobody waits for whom it could matter, or it would take memory for ever.
                    self._spent.clear()

    def charge(self, seconds: float) -> None:
        """Work on the record that was taken last. Waiting for Postgres is not charged."""
        self._cost += seconds

    def ahead(self) -> list[Any]:
        """Those whose turn has not come."""
        return [record for queue in self._queues.values() for record in queue]

    def done(self, records: Collection[Any]) -> dict[TopicPartition, int]:
        """They are; the offsets to commit of their partitions."""
        touched = {TopicPartition(record.topic, record.partition) for record in records}
        for record in records:
            self.bytes -= len(record.value or b"")
            del self._partitions[TopicPartition(record.topic, record.partition)].unfinished[record.offset]
        return {partition: self._partitions[partition].committable for partition in touched}

    def _queue_up(self, workspace: str) -> None:
        """A workspace that had nothing waiting gets no credit for that."""
        self._number += 1
        spent = max(self._spent.get(workspace, 0.0), self._least)
        heappush(self._turns, (spent, self._number, workspace))
