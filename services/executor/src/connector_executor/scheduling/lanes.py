"""Lanes: a queue per connector, a cap on each, and turns among them.

A connector that waits holds nothing but its own queue: no worker, no connection, no other's place.
"""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar
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
T_contra = TypeVar("T_contra", bound=Laned, contravariant=True)
PRIORITIES = 3
URGENT = 0


class Door(Protocol[T_contra]):
    """Who may start at all, whatever its lane says: there are shares of what all lanes use."""

    def refusal(self, item: T_contra, /) -> Hashable | None:
        """Whose share is used up; None: it may start."""
        ...

    def room_of(self, party: Any, /) -> int:
        """How many more of a party that was refused may start now."""
        ...

    def held_by(self, party: Any, /) -> int:
        """How many of a party are out."""
        ...

    def let_out(self, item: T_contra, /) -> None: ...


class OpenDoor:
    """For lanes that share nothing."""

    def refusal(self, _item: object) -> Hashable | None:
        return None

    def room_of(self, _party: object) -> int:
        return 0

    def held_by(self, _party: object) -> int:
        return 0

    def let_out(self, _item: object) -> None: ...


OPEN = OpenDoor()


class Lane(Generic[T]):
    """One connector's queue, in order of priority then arrival.

    `turn` says that it stands in the turns, or is held back (`held`: by whose share).
    """

    __slots__ = ("blocked", "flow", "held", "in_flight", "queues", "size", "started", "turn")

    def __init__(self) -> None:
        self.started = 0
        self.flow: float | None = None
        self.queues: tuple[deque[T], ...] = tuple(deque() for _ in range(PRIORITIES))
        self.size = 0
        self.in_flight = 0
        self.turn = False
        self.blocked = False
        self.held: Hashable | None = None

    def head(self) -> T | None:
        for queue in self.queues:
            if queue:
                return queue[0]
        return None

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


class HeldBack:
    """The lanes that wait for one party's share, in their order; `out`, `started` and `flow` are the share's own."""

    __slots__ = ("flow", "lanes", "out", "started")

    def __init__(self) -> None:
        self.lanes: dict[UUID, None] = {}
        self.out = 0
        self.started = 0
        self.flow: float | None = None

    def look(self, seconds: float) -> None:
        flow = self.started / seconds
        self.flow = flow if self.flow is None else (self.flow + flow) / 2
        self.started = 0

    def stands(self, patience_seconds: float, most_seconds: float) -> bool:
        """Its calls last longer than `patience_seconds`, and its lanes would wait `most_seconds` for their turn.

        A share that is used up and moves fast is only busy, as is all that waits for its turn.
        """
        if self.flow is None:
            return False
        return self.out > patience_seconds * self.flow and len(self.lanes) > most_seconds * self.flow


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
        self._held: dict[Hashable, HeldBack] = {}

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
        if lane.held is not None and item.priority == URGENT:
            self._let_go(item.connector_id, lane)
        self._give_turn(item.connector_id, lane)

    def take(self, most: int, door: Door[T] = OPEN) -> list[T]:
        """The next items that may start, one per connector and turn, within every cap and share."""
        taken: list[T] = []
        if self._held:
            self._reopen(door)
        while self._turns and len(taken) < most:
            connector_id = self._turns.popleft()
            lane = self._lanes[connector_id]
            lane.turn = False
            head = lane.head()
            if head is None or lane.blocked or lane.in_flight >= head.max_in_flight:
                self._forget_if_empty(connector_id, lane)
            elif (party := door.refusal(head)) is not None:
                self._hold(connector_id, lane, party)
            else:
                door.let_out(head)
                taken.append(lane.pop())
                lane.in_flight += 1
                lane.started += 1
                self._give_turn(connector_id, lane)
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
            if lane.held is not None:
                self._let_go(connector_id, lane)
            elif lane.turn:
                lane.turn = False
                self._turns.remove(connector_id)
            self._forget_if_empty(connector_id, lane)
        return removed

    def congested(self, now: float, seconds: float, patience_seconds: float, most_seconds: float) -> list[Congestion]:
        """Lanes that may not start another, whose oldest item has waited `patience_seconds` and whose last one would
        wait `most_seconds`. A lane that only waits for its turn is not congested: everybody is. Neither is one that
        a share holds back, unless what has the share stands itself.

        `seconds` is the time since the last look: what started in it is the lane's flow.
        """
        for held in self._held.values():
            held.look(seconds)
        standing = {party for party, held in self._held.items() if held.stands(patience_seconds, most_seconds)}
        found: list[Congestion] = []
        for connector_id, lane in self._lanes.items():
            flow = max(lane.started, 0) / seconds
            lane.flow = flow if lane.flow is None else (lane.flow + flow) / 2
            lane.started = min(lane.started, 0)  # counted as started before the last look, and put back since
            busy = lane.may_start() if lane.held is None else lane.held not in standing
            if not lane.size or busy or now - lane.oldest() <= patience_seconds:
                continue
            if lane.size > most_seconds * lane.flow:
                found.append(Congestion(connector_id, lane.size / lane.flow if lane.flow else None))
        return found

    def waiting(self, connector_id: UUID) -> tuple[int, int]:
        """(queued, in flight) of a connector."""
        lane = self._lanes.get(connector_id)
        return (lane.size, lane.in_flight) if lane else (0, 0)

    def _hold(self, connector_id: UUID, lane: Lane[T], party: Hashable) -> None:
        """Out of the turns, until the party's share has room: they are not looked through again and again."""
        lane.turn, lane.held = True, party
        self._held.setdefault(party, HeldBack()).lanes[connector_id] = None

    def _let_go(self, connector_id: UUID, lane: Lane[T]) -> None:
        held = self._held[lane.held]
        del held.lanes[connector_id]
        if not held.lanes:
            del self._held[lane.held]
        lane.turn, lane.held = False, None

    def _reopen(self, door: Door[T]) -> None:
        """As many lanes of each party as have room, those first that were held back first."""
        for party, held in list(self._held.items()):
            held.out = door.held_by(party)
            for connector_id in list(islice(held.lanes, door.room_of(party))):
                held.started += 1
                lane = self._lanes[connector_id]
                self._let_go(connector_id, lane)
                lane.turn = True
                self._turns.append(connector_id)

    def _give_turn(self, connector_id: UUID, lane: Lane[T]) -> None:
        if not lane.turn and lane.may_start():
            lane.turn = True
            self._turns.append(connector_id)

    def _forget_if_empty(self, connector_id: UUID, lane: Lane[T]) -> None:
        if not lane.size and not lane.in_flight and not lane.turn:
            del self._lanes[connector_id]
