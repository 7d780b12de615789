"""Lanes: a queue per connector, a cap on each, and turns among them.

A connector that waits holds nothing but its own queue: no worker, no connection, no place of another connector.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar
from uuid import UUID


class Laned(Protocol):
    """What a lane carries: `priority` 0 goes before 1 goes before 2."""

    @property
    def connector_id(self) -> UUID: ...
    @property
    def priority(self) -> int: ...
    @property
    def max_in_flight(self) -> int: ...


T = TypeVar("T", bound=Laned)
PRIORITIES = 3


class Lane(Generic[T]):
    """One connector's queue, in order of priority then arrival."""

    __slots__ = ("in_flight", "queues", "ready", "size")

    def __init__(self) -> None:
        self.queues: tuple[deque[T], ...] = tuple(deque() for _ in range(PRIORITIES))
        self.size = 0
        self.in_flight = 0
        self.ready = False

    def head(self) -> T | None:
        return next((queue[0] for queue in self.queues if queue), None)

    def pop(self) -> T:
        for queue in self.queues:
            if queue:
                self.size -= 1
                return queue.popleft()
        raise IndexError("the lane is empty")


class Lanes(Generic[T]):
    """All lanes of a process. `taken` items count against their lane's cap until `release`."""

    def __init__(self) -> None:
        self.taken = 0
        self.queued = 0
        self._lanes: dict[UUID, Lane[T]] = {}
        self._turns: deque[UUID] = deque()

    def push(self, item: T, *, front: bool = False) -> None:
        lane = self._lanes.get(item.connector_id)
        if lane is None:
            lane = self._lanes[item.connector_id] = Lane()
        queue = lane.queues[item.priority]
        if front:
            queue.appendleft(item)
        else:
            queue.append(item)
        lane.size += 1
        self.queued += 1
        self._make_ready(item.connector_id, lane)

    def take(self, most: int) -> list[T]:
        """The next items that may start, one per connector and turn, within every cap."""
        taken: list[T] = []
        while self._turns and len(taken) < most:
            connector_id = self._turns.popleft()
            lane = self._lanes[connector_id]
            lane.ready = False
            item = lane.pop()
            lane.in_flight += 1
            taken.append(item)
            self._make_ready(connector_id, lane)
        self.taken += len(taken)
        self.queued -= len(taken)
        return taken

    def release(self, connector_id: UUID) -> None:
        """One taken item of the connector has ended, was parked or put back."""
        lane = self._lanes[connector_id]
        lane.in_flight -= 1
        self.taken -= 1
        if lane.size:
            self._make_ready(connector_id, lane)
        elif not lane.in_flight:
            del self._lanes[connector_id]

    def drop(self, unwanted: Callable[[T], bool]) -> list[T]:
        """Remove the queued items that are unwanted, and return them in lane order."""
        removed: list[T] = []
        for connector_id in list(self._lanes):
            removed += self._drop_from(connector_id, unwanted)
        return removed

    def spill(self, connector_id: UUID, keep: int) -> list[T]:
        """Remove the newest items beyond the first `keep` of a lane, and return them oldest first."""
        lane = self._lanes.get(connector_id)
        if lane is None or lane.size <= keep:
            return []
        surplus = lane.size - keep
        spilled: list[T] = []
        for queue in reversed(lane.queues):
            while queue and len(spilled) < surplus:
                spilled.append(queue.pop())
        self._shrink(connector_id, lane, len(spilled))
        spilled.reverse()
        return spilled

    def waiting(self, connector_id: UUID) -> tuple[int, int]:
        """(queued, in flight) of a connector."""
        lane = self._lanes.get(connector_id)
        return (lane.size, lane.in_flight) if lane else (0, 0)

    def full(self) -> Iterator[tuple[UUID, T]]:
        """Every lane with work that its own cap holds back, with its oldest item."""
        for connector_id, lane in self._lanes.items():
            head = lane.head()
            if head is not None and lane.in_flight >= head.max_in_flight:
                yield connector_id, head

    def _drop_from(self, connector_id: UUID, unwanted: Callable[[T], bool]) -> list[T]:
        lane = self._lanes[connector_id]
        removed: list[T] = []
        for queue in lane.queues:
            found = [item for item in queue if unwanted(item)]
            if found:
                kept = [item for item in queue if not unwanted(item)]
                queue.clear()
                queue.extend(kept)
                removed += found
        self._shrink(connector_id, lane, len(removed))
        return removed

    def _shrink(self, connector_id: UUID, lane: Lane[T], count: int) -> None:
        lane.size -= count
        self.queued -= count
        if not lane.size:
            if lane.ready:
                self._turns.remove(connector_id)
                lane.ready = False
            if not lane.in_flight:
                del self._lanes[connector_id]

    def _make_ready(self, connector_id: UUID, lane: Lane[T]) -> None:
        head = lane.head()
        if not lane.ready and head is not None and lane.in_flight < head.max_in_flight:
            lane.ready = True
            self._turns.append(connector_id)
