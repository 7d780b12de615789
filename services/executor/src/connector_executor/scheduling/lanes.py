"""Lanes: a queue per connector, a cap on each, and turns among them.

A connector that waits holds nothing but its own queue: no worker, no connection, no other's place.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID


class Laned(Protocol):
    """What a lane carries: `priority` 0 goes before 1 goes before 2; `received` is monotonic seconds."""

    @property
    def connector_id(self) -> UUID: ...
    @property
    def priority(self) -> int: ...
    @property
    def max_in_flight(self) -> int: ...
    @property
    def received(self) -> float: ...


T = TypeVar("T", bound=Laned)
PRIORITIES = 3


class Lane(Generic[T]):
    """One connector's queue, in order of priority then arrival. `turn` says that it stands in the turns."""

    __slots__ = ("blocked", "flow", "in_flight", "queues", "size", "started", "turn")

    def __init__(self) -> None:
        self.started = 0
        self.flow: float | None = None
        self.queues: tuple[deque[T], ...] = tuple(deque() for _ in range(PRIORITIES))
        self.size = 0
        self.in_flight = 0
        self.turn = False
        self.blocked = False

    def head(self) -> T | None:
        return next((queue[0] for queue in self.queues if queue), None)

    def may_start(self) -> bool:
        head = self.head()
        return head is not None and not self.blocked and self.in_flight < head.max_in_flight

    def oldest(self) -> float:
        """When the first of the longest waiting was received."""
        return min(queue[0].received for queue in self.queues if queue)

    def pop(self) -> T:
        for queue in self.queues:
            if queue:
                self.size -= 1
                return queue.popleft()
        raise IndexError("the lane is empty")


@dataclass(frozen=True, slots=True)
class Congestion:
    """A lane whose items will wait long: how long at its present flow (None: nothing flows)."""

    connector_id: UUID
    wait_seconds: float | None


class Lanes(Generic[T]):
    """All lanes of a process. Taken items count against their lane's cap until `release` or `defer`."""

    def __init__(self) -> None:
        self.taken = 0
        self.queued = 0
        self._lanes: dict[UUID, Lane[T]] = {}
        self._turns: deque[UUID] = deque()

    def __len__(self) -> int:
        """Lanes in use."""
        return len(self._lanes)

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
        self._give_turn(item.connector_id, lane)

    def take(self, most: int) -> list[T]:
        """The next items that may start, one per connector and turn, within every cap."""
        taken: list[T] = []
        while self._turns and len(taken) < most:
            connector_id = self._turns.popleft()
            lane = self._lanes[connector_id]
            lane.turn = False
            if lane.may_start():
                taken.append(lane.pop())
                lane.in_flight += 1
                lane.started += 1
                self._give_turn(connector_id, lane)
            else:
                self._forget_if_empty(connector_id, lane)
        self.taken += len(taken)
        self.queued -= len(taken)
        return taken

    def release(self, connector_id: UUID) -> None:
        """One taken item of the connector has ended or left."""
        lane = self._lanes[connector_id]
        lane.in_flight -= 1
        self.taken -= 1
        self._give_turn(connector_id, lane)
        self._forget_if_empty(connector_id, lane)

    def defer(self, item: T) -> None:
        """Put a taken item back at the head; its lane stands still until `unblock`."""
        lane = self._lanes[item.connector_id]
        lane.blocked = True
        lane.in_flight -= 1
        lane.started -= 1
        self.taken -= 1
        lane.queues[item.priority].appendleft(item)
        lane.size += 1
        self.queued += 1

    def unblock(self, connector_id: UUID) -> None:
        lane = self._lanes.get(connector_id)
        if lane is not None:
            lane.blocked = False
            self._give_turn(connector_id, lane)

    def remove(self, leaves: Callable[[T], bool], connector_id: UUID | None = None) -> list[T]:
        """Remove what `leaves`, of one connector or of all, and return it in lane order. What is taken stays taken."""
        chosen = [connector_id] if connector_id is not None else list(self._lanes)
        return [item for id_ in chosen if id_ in self._lanes for item in self._remove(id_, leaves)]

    def _remove(self, connector_id: UUID, leaves: Callable[[T], bool]) -> list[T]:
        lane = self._lanes[connector_id]
        removed: list[T] = []
        for queue in lane.queues:
            kept: list[T] = []
            for item in queue:
                (removed if leaves(item) else kept).append(item)
            queue.clear()
            queue.extend(kept)
        lane.size -= len(removed)
        self.queued -= len(removed)
        if removed and not lane.size:
            lane.blocked = False
            if lane.turn:
                lane.turn = False
                self._turns.remove(connector_id)
            self._forget_if_empty(connector_id, lane)
        return removed

    def congested(self, now: float, seconds: float, patience_seconds: float, most_seconds: float) -> list[Congestion]:
        """Lanes that may not start another, whose oldest item has waited `patience_seconds` and whose last one would
        wait `most_seconds`. A lane that only waits for its turn is not congested: everybody is.

        `seconds` is the time since the last look: what started in it is the lane's flow.
        """
        found: list[Congestion] = []
        for connector_id, lane in self._lanes.items():
            flow = max(lane.started, 0) / seconds
            lane.flow = flow if lane.flow is None else (lane.flow + flow) / 2
            lane.started = min(lane.started, 0)  # counted as started before the last look, and put back since
            if not lane.size or lane.may_start() or now - lane.oldest() <= patience_seconds:
                continue
            if lane.size > most_seconds * lane.flow:
                found.append(Congestion(connector_id, lane.size / lane.flow if lane.flow else None))
        return found

    def waiting(self, connector_id: UUID) -> tuple[int, int]:
        """(queued, in flight) of a connector."""
        lane = self._lanes.get(connector_id)
        return (lane.size, lane.in_flight) if lane else (0, 0)

    def _give_turn(self, connector_id: UUID, lane: Lane[T]) -> None:
        if not lane.turn and lane.may_start():
            lane.turn = True
            self._turns.append(connector_id)

    def _forget_if_empty(self, connector_id: UUID, lane: Lane[T]) -> None:
        if not lane.size and not lane.in_flight and not lane.turn:
            del self._lanes[connector_id]
