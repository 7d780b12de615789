"""A queue per connector, a cap on each, and turns among them.

A connector that waits holds nothing but its own queue: no worker, no connection, no place of another.
"""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID


class Queued(Protocol):
    """What waits in a queue: `priority` 0 goes before 1 goes before 2; `received` is monotonic seconds."""

    @property
    def connector_id(self) -> UUID: ...
    @property
    def priority(self) -> int: ...
    @property
    def max_in_flight(self) -> int: ...
    @property
    def received(self) -> float: ...


T = TypeVar("T", bound=Queued)
T_contra = TypeVar("T_contra", bound=Queued, contravariant=True)
PRIORITIES = 3
URGENT = 0


class Door(Protocol[T_contra]):
    """Who may start at all, whatever its queue says: there are shares of what all queues use."""

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
    """For queues that share nothing."""

    def refusal(self, _item: object) -> Hashable | None:
        return None

    def room_of(self, _party: object) -> int:
        return 0

    def held_by(self, _party: object) -> int:
        return 0

    def let_out(self, _item: object) -> None: ...


OPEN = OpenDoor()


class ConnectorQueue(Generic[T]):
    """What waits for one connector, in order of priority then arrival.

    `turn` says that it stands in the turns, or is held back (`held`: by whose share). There may be many, and most are
    of one item: there is only something for the priorities that came.
    """

    __slots__ = ("blocked", "by_priority", "connector_id", "flow", "held", "in_flight", "size", "started", "turn")

    def __init__(self, connector_id: UUID) -> None:
        self.connector_id = connector_id
        self.started = 0
        self.flow: float | None = None
        self.by_priority: list[deque[T] | None] = [None] * PRIORITIES
        self.size = 0
        self.in_flight = 0
        self.turn = False
        self.blocked = False
        self.held: Hashable | None = None

    def head(self) -> T | None:
        for items in self.by_priority:
            if items:
                return items[0]
        return None

    def may_start(self) -> bool:
        head = self.head()
        return head is not None and not self.blocked and self.in_flight < head.max_in_flight

    def oldest(self) -> float:
        """When the first of the longest waiting was received."""
        return min(items[0].received for items in self.by_priority if items)

    def items(self, priority: int) -> deque[T]:
        found = self.by_priority[priority]
        if found is None:
            found = self.by_priority[priority] = deque()
        return found

    def pop(self) -> T:
        for items in self.by_priority:
            if items:
                self.size -= 1
                return items.popleft()
        raise IndexError("the queue is empty")


class HeldBack:
    """The queues that wait for one party's share, in their order; `out`, `started` and `flow` are the share's own."""

    __slots__ = ("flow", "out", "queues", "started")

    def __init__(self) -> None:
        self.queues: dict[UUID, None] = {}
        self.out = 0
        self.started = 0
        self.flow: float | None = None

    def look(self, seconds: float) -> None:
        flow = self.started / seconds
        self.flow = flow if self.flow is None else (self.flow + flow) / 2
        self.started = 0

    def stands(self, patience_seconds: float, most_seconds: float) -> bool:
        """Its calls last longer than `patience_seconds`, and its queues would wait `most_seconds` for their turn.

        A share that is used up and moves fast is only busy, as is all that waits for its turn.
        """
        if self.flow is None:
            return False
        return self.out > patience_seconds * self.flow and len(self.queues) > most_seconds * self.flow


@dataclass(frozen=True, slots=True)
class Congestion:
    """A queue whose items will wait long: how long at its present flow (None: nothing flows)."""

    connector_id: UUID
    wait_seconds: float | None


class ConnectorQueues(Generic[T]):
    """All queues of a process. Taken items count against their queue's cap until `release` or `defer`."""

    def __init__(self) -> None:
        self.taken = 0
        self.queued = 0
        self._queues: dict[UUID, ConnectorQueue[T]] = {}
        self._turns: deque[ConnectorQueue[T]] = deque()
        self._held: dict[Hashable, HeldBack] = {}

    def __len__(self) -> int:
        """Queues in use."""
        return len(self._queues)

    def push(self, item: T, *, front: bool = False) -> None:
        queue = self._queues.get(item.connector_id)
        if queue is None:
            queue = self._queues[item.connector_id] = ConnectorQueue(item.connector_id)
        items = queue.items(item.priority)
        if front:
            items.appendleft(item)
        else:
            items.append(item)
        queue.size += 1
        self.queued += 1
        if queue.held is not None and item.priority == URGENT:
            self._let_go(queue)
        self._give_turn(queue)

    def take(self, most: int, door: Door[T] = OPEN) -> list[T]:
        """The next items that may start, one per connector and turn, within every cap and share."""
        taken: list[T] = []
        if self._held:
            self._reopen(door)
        while self._turns and len(taken) < most:
            queue = self._turns.popleft()
            queue.turn = False
            head = queue.head()
            if head is None or queue.blocked or queue.in_flight >= head.max_in_flight:
                self._forget_if_empty(queue)
            elif (party := door.refusal(head)) is not None:
                self._hold(queue, party)
            else:
                door.let_out(head)
                taken.append(queue.pop())
                queue.in_flight += 1
                queue.started += 1
                self._give_turn(queue)
        self.taken += len(taken)
        self.queued -= len(taken)
        return taken

    def release(self, connector_id: UUID) -> None:
        """One taken item of the connector has ended or left."""
        queue = self._queues[connector_id]
        queue.in_flight -= 1
        self.taken -= 1
        self._give_turn(queue)
        self._forget_if_empty(queue)

    def defer(self, item: T) -> None:
        """Put a taken item back at the head; its queue stands still until `unblock`."""
        queue = self._queues[item.connector_id]
        queue.blocked = True
        queue.in_flight -= 1
        queue.started -= 1
        self.taken -= 1
        queue.items(item.priority).appendleft(item)
        queue.size += 1
        self.queued += 1

    def unblock(self, connector_id: UUID) -> None:
        queue = self._queues.get(connector_id)
        if queue is not None:
            queue.blocked = False
            self._give_turn(queue)

    def remove(self, leaves: Callable[[T], bool], connector_id: UUID | None = None) -> list[T]:
        """Remove what `leaves`, of one connector or of all, and return it in queue order. What is taken stays taken."""
        chosen = [connector_id] if connector_id is not None else list(self._queues)
        return [item for id_ in chosen if id_ in self._queues for item in self._remove(id_, leaves)]

    def _remove(self, connector_id: UUID, leaves: Callable[[T], bool]) -> list[T]:
        queue = self._queues[connector_id]
        removed: list[T] = []
        for items in filter(None, queue.by_priority):
            kept: list[T] = []
            for item in items:
                (removed if leaves(item) else kept).append(item)
            items.clear()
            items.extend(kept)
        queue.size -= len(removed)
        self.queued -= len(removed)
        if removed and not queue.size:
            queue.blocked = False
            if queue.held is not None:
                self._let_go(queue)
            elif queue.turn:
                queue.turn = False
                self._turns.remove(queue)
            self._forget_if_empty(queue)
        return removed

    def congested(self, now: float, seconds: float, patience_seconds: float, most_seconds: float) -> list[Congestion]:
        """Queues that may not start another, whose oldest item has waited `patience_seconds` and whose last one would
        wait `most_seconds`. A queue that only waits for its turn is not congested: everybody is. Neither is one that
        a share holds back, unless what has the share stands itself.

        `seconds` is the time since the last look: what started in it is the queue's flow.
        """
        for held in self._held.values():
            held.look(seconds)
        standing = {party for party, held in self._held.items() if held.stands(patience_seconds, most_seconds)}
        found: list[Congestion] = []
        for queue in self._queues.values():
            if queue.turn and queue.held is None and not queue.started and not queue.blocked:
                queue.flow = (queue.flow or 0.0) / 2  # as below, in short: these are most when there are very many
                continue
            flow = max(queue.started, 0) / seconds
            queue.flow = flow if queue.flow is None else (queue.flow + flow) / 2
            queue.started = min(queue.started, 0)  # counted as started before the last look, and put back since
            busy = queue.may_start() if queue.held is None else queue.held not in standing
            if not queue.size or busy or now - queue.oldest() <= patience_seconds:
                continue
            if queue.size > most_seconds * queue.flow:
                found.append(Congestion(queue.connector_id, queue.size / queue.flow if queue.flow else None))
        return found

    def waiting(self, connector_id: UUID) -> tuple[int, int]:
        """(queued, in flight) of a connector."""
        queue = self._queues.get(connector_id)
        return (queue.size, queue.in_flight) if queue else (0, 0)

    def _hold(self, queue: ConnectorQueue[T], party: Hashable) -> None:
        """Out of the turns, until the party's share has room: they are not looked through again and again."""
        queue.turn, queue.held = True, party
        self._held.setdefault(party, HeldBack()).queues[queue.connector_id] = None

    def _let_go(self, queue: ConnectorQueue[T]) -> None:
        held = self._held[queue.held]
        del held.queues[queue.connector_id]
        if not held.queues:
            del self._held[queue.held]
        queue.turn, queue.held = False, None

    def _reopen(self, door: Door[T]) -> None:
        """As many queues of each party as have room, those first that were held back first."""
        for party, held in list(self._held.items()):
            held.out = door.held_by(party)
            for connector_id in list(islice(held.queues, door.room_of(party))):
                held.started += 1
                queue = self._queues[connector_id]
                self._let_go(queue)
                queue.turn = True
                self._turns.append(queue)

    def _give_turn(self, queue: ConnectorQueue[T]) -> None:
        if queue.size and not queue.turn and queue.may_start():
            queue.turn = True
            self._turns.append(queue)

    def _forget_if_empty(self, queue: ConnectorQueue[T]) -> None:
        if not queue.size and not queue.in_flight and not queue.turn:
            del self._queues[queue.connector_id]
