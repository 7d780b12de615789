"""ConnectorQueues: every item goes out once, in order, within the cap, and no connector waits for another's turn."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connector_executor.scheduling.queues import PRIORITIES, ConnectorQueues

CONNECTORS = [UUID(int=number) for number in range(1, 5)]
CAPS = dict(zip(CONNECTORS, (1, 2, 3, 100), strict=True))


@dataclass(frozen=True)
class Item:
    connector_id: UUID
    priority: int
    number: int
    received: float = 0.0

    @property
    def max_in_flight(self) -> int:
        return CAPS.get(self.connector_id, 1)


def everything(_item: Item) -> bool:
    return True


def an_item(connector: int, number: int, priority: int = 1) -> Item:
    return Item(CONNECTORS[connector], priority, number)


def test_a_busy_connector_does_not_delay_a_quiet_one() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    for number in range(50):
        queues.push(an_item(3, number))
    quiet = an_item(2, 50)
    queues.push(quiet)
    assert quiet in queues.take(2)


def test_a_lower_priority_number_goes_first_within_its_queue() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    items = [an_item(3, number, priority) for number, priority in enumerate((2, 1, 0, 1))]
    for item in items:
        queues.push(item)
    assert [item.number for item in queues.take(10)] == [2, 1, 3, 0]


def test_an_item_pushed_to_the_front_precedes_its_priority_only() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    queues.push(an_item(3, 0, priority=0))
    queues.push(an_item(3, 1))
    queues.push(an_item(3, 2), front=True)
    assert [item.number for item in queues.take(10)] == [0, 2, 1]


def test_a_batch_deferred_in_reverse_keeps_its_order() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    for number in range(4):
        queues.push(an_item(3, number))
    for item in reversed(queues.take(3)):
        queues.defer(item)
    assert queues.take(10) == []
    queues.unblock(CONNECTORS[3])
    assert [item.number for item in queues.take(10)] == [0, 1, 2, 3]


def test_clearing_forgets_queues_at_once_and_leaves_what_is_taken() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    queues.push(an_item(0, 0))
    queues.push(an_item(0, 1))
    queues.push(an_item(1, 2))
    (taken,) = queues.take(1)
    assert [item.number for item in queues.remove(everything)] == [1, 2]
    assert (len(queues), queues.taken, queues.queued) == (1, 1, 0)
    queues.release(taken.connector_id)
    assert (len(queues), queues.taken, queues.take(10)) == (0, 0, [])


def test_a_cleared_queue_serves_new_items_without_an_unblock() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    queues.push(an_item(0, 0))
    queues.defer(queues.take(1)[0])
    queues.remove(everything)
    queues.push(an_item(0, 1))
    assert [item.number for item in queues.take(10)] == [1]


def test_one_connector_is_cleared_of_what_leaves_and_keeps_the_rest() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    for number in range(6):
        queues.push(an_item(number % 2, number))
    removed = queues.remove(lambda item: item.number > 1, CONNECTORS[0])
    assert [item.number for item in removed] == [2, 4]
    assert sorted(item.number for item in queues.take(10)) == [0, 1, 3]


def test_a_queue_that_flows_fast_enough_is_not_congested_and_one_that_stands_is() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    for number in range(200):
        queues.push(an_item(3, number))
    for number in range(200, 240):
        queues.push(an_item(0, number))
    assert queues.congested(now=1.0, seconds=1.0, patience_seconds=2.0, most_seconds=10.0) == []
    assert len(queues.take(300)) == 101
    (standing,) = queues.congested(now=3.0, seconds=1.0, patience_seconds=2.0, most_seconds=10.0)
    assert standing.connector_id == CONNECTORS[0]
    for _ in range(4):
        found = queues.congested(now=4.0, seconds=1.0, patience_seconds=2.0, most_seconds=10.0)
    assert {queue.connector_id for queue in found} == {CONNECTORS[0], CONNECTORS[3]}


def test_what_is_put_back_after_a_look_makes_no_queue_flow_backwards() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    for number in range(20):
        queues.push(an_item(0, number))
    for _ in range(5):
        queues.unblock(CONNECTORS[0])
        taken = queues.take(3)
        queues.congested(now=60.0, seconds=1.0, patience_seconds=2.0, most_seconds=10.0)
        for item in taken:
            queues.defer(item)
        found = queues.congested(now=60.0, seconds=1.0, patience_seconds=2.0, most_seconds=10.0)
        assert all(queue.wait_seconds is None or queue.wait_seconds >= 0 for queue in found)


def test_a_queue_that_waits_only_for_its_turn_is_not_congested() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    queues.push(an_item(0, 0))
    assert queues.congested(now=60.0, seconds=1.0, patience_seconds=2.0, most_seconds=10.0) == []


def test_a_queue_whose_oldest_item_is_new_is_left_alone() -> None:
    queues: ConnectorQueues[Item] = ConnectorQueues()
    queues.push(Item(CONNECTORS[0], 1, 0, received=9.0))
    assert queues.congested(now=10.0, seconds=1.0, patience_seconds=2.0, most_seconds=10.0) == []


class LaneMachine(RuleBasedStateMachine):
    """The scheduling's use of queues, next to a model of plain lists."""

    def __init__(self) -> None:
        super().__init__()
        self.queues: ConnectorQueues[Item] = ConnectorQueues()
        self.model: dict[tuple[UUID, int], list[Item]] = {
            (connector_id, priority): [] for connector_id in CONNECTORS for priority in range(PRIORITIES)
        }
        self.taken: list[Item] = []
        self.blocked: set[UUID] = set()
        self.passed_by: dict[UUID, Counter[UUID]] = {connector_id: Counter() for connector_id in CONNECTORS}
        self.pushed = 0

    @rule(connector_id=st.sampled_from(CONNECTORS), priority=st.integers(0, PRIORITIES - 1), front=st.booleans())
    def push(self, connector_id: UUID, priority: int, front: bool) -> None:
        self.pushed += 1
        item = Item(connector_id, priority, self.pushed)
        self.queues.push(item, front=front)
        queue = self.model[connector_id, priority]
        queue.insert(0 if front else len(queue), item)

    @rule(most=st.integers(0, 6))
    def take(self, most: int) -> None:
        taken = self.queues.take(most)
        for item in taken:
            assert self.can_start(item.connector_id)
            assert item == self.head(item.connector_id)
            self.count_turn(item.connector_id)
            self.model[item.connector_id, item.priority].remove(item)
            self.taken.append(item)
            self.forget_turns_of_those_not_ready()
        assert len(taken) <= most
        if len(taken) < most:
            assert not any(self.can_start(connector_id) for connector_id in CONNECTORS)

    def count_turn(self, connector_id: UUID) -> None:
        """Whoever could start sees every other connector go before it at most once."""
        self.passed_by[connector_id].clear()
        for other in CONNECTORS:
            if other != connector_id and self.can_start(other):
                self.passed_by[other][connector_id] += 1
                assert self.passed_by[other][connector_id] == 1

    @invariant()
    def forget_turns_of_those_not_ready(self) -> None:
        for connector_id in CONNECTORS:
            if not self.can_start(connector_id):
                self.passed_by[connector_id].clear()

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(self.taken))
        self.taken.remove(item)
        self.queues.release(item.connector_id)

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def defer(self, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(self.taken))
        self.taken.remove(item)
        self.queues.defer(item)
        self.model[item.connector_id, item.priority].insert(0, item)
        self.blocked.add(item.connector_id)

    @rule(connector_id=st.sampled_from(CONNECTORS))
    def unblock(self, connector_id: UUID) -> None:
        self.queues.unblock(connector_id)
        self.blocked.discard(connector_id)

    @rule()
    def clear(self) -> None:
        expected = [item for queue in self.model.values() for item in queue]
        removed = self.queues.remove(everything)
        assert Counter(removed) == Counter(expected)
        for key, queue in self.model.items():
            assert [item for item in removed if (item.connector_id, item.priority) == key] == queue
            queue.clear()
        self.blocked.clear()

    @invariant()
    def counts_agree(self) -> None:
        assert self.queues.taken == len(self.taken)
        assert self.queues.queued == sum(map(len, self.model.values()))
        for connector_id in CONNECTORS:
            expected = (self.queued(connector_id), self.in_flight(connector_id))
            assert self.queues.waiting(connector_id) == expected

    @invariant()
    def only_queues_in_use_are_kept(self) -> None:
        in_use = [c for c in CONNECTORS if self.queued(c) or self.in_flight(c)]
        assert len(self.queues) == len(in_use)

    def teardown(self) -> None:
        """Whatever happened, everything still queued can be taken to the last item."""
        for connector_id in CONNECTORS:
            self.unblock(connector_id)
        while any(self.model.values()):
            for item in self.taken:
                self.queues.release(item.connector_id)
            self.taken = []
            self.take(5)
            assert self.taken

    def head(self, connector_id: UUID) -> Item | None:
        queues = [self.model[connector_id, priority] for priority in range(PRIORITIES)]
        return next((queue[0] for queue in queues if queue), None)

    def can_start(self, connector_id: UUID) -> bool:
        free = self.in_flight(connector_id) < CAPS[connector_id]
        return free and connector_id not in self.blocked and self.head(connector_id) is not None

    def queued(self, connector_id: UUID) -> int:
        return sum(len(self.model[connector_id, priority]) for priority in range(PRIORITIES))

    def in_flight(self, connector_id: UUID) -> int:
        return sum(item.connector_id == connector_id for item in self.taken)


LaneMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestLanes = LaneMachine.TestCase


class Counted:
    """A door that lets out so many of each connector, and counts how often it was asked."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.out: Counter[UUID] = Counter()
        self.asked = 0

    def refusal(self, item: Item) -> UUID | None:
        self.asked += 1
        return item.connector_id if item.priority and self.out[item.connector_id] >= self.most else None

    def room_of(self, connector_id: UUID) -> int:
        return max(0, self.most - self.out[connector_id])

    def held_by(self, connector_id: UUID) -> int:
        return self.out[connector_id]

    def let_out(self, item: Item) -> None:
        self.out[item.connector_id] += 1


def test_a_share_that_is_used_up_holds_back_its_own_and_nobody_else() -> None:
    queues, door = ConnectorQueues[Item](), Counted(2)
    for number in range(10):
        queues.push(an_item(3, number))
        queues.push(an_item(2, 10 + number))
    first = queues.take(20, door)
    assert Counter(item.connector_id for item in first) == {CONNECTORS[3]: 2, CONNECTORS[2]: 2}
    queues.release(CONNECTORS[3])
    door.out[CONNECTORS[3]] -= 1
    assert [item.number for item in queues.take(20, door)] == [2]


def test_what_is_held_back_is_not_asked_about_again_until_there_is_room() -> None:
    queues, door = ConnectorQueues[Item](), Counted(0)
    for number in range(3):
        queues.push(an_item(3, number))
    assert queues.take(10, door) == []
    asked = door.asked
    for _ in range(100):
        assert queues.take(10, door) == []
    assert door.asked == asked


def test_an_urgent_item_takes_its_queue_out_of_what_is_held_back() -> None:
    queues, door = ConnectorQueues[Item](), Counted(0)
    queues.push(an_item(3, 0))
    assert queues.take(10, door) == []
    queues.push(an_item(3, 1, priority=0))
    assert [item.number for item in queues.take(10, door)] == [1]
    door.most = 100
    assert [item.number for item in queues.take(10, door)] == [0]


def test_a_queue_that_is_held_back_can_be_emptied() -> None:
    queues, door = ConnectorQueues[Item](), Counted(0)
    queues.push(an_item(3, 0))
    queues.take(10, door)
    assert [item.number for item in queues.remove(everything)] == [0]
    assert (len(queues), queues.queued) == (0, 0)
    queues.push(an_item(3, 1))
    door.most = 1
    assert [item.number for item in queues.take(10, door)] == [1]


class OneShare:
    """A door with one share for all queues."""

    def __init__(self, most: int) -> None:
        self.most, self.out = most, 0

    def refusal(self, _item: Item) -> str | None:
        return "all" if self.out >= self.most else None

    def room_of(self, _party: str) -> int:
        return self.most - self.out

    def held_by(self, _party: str) -> int:
        return self.out

    def let_out(self, _item: Item) -> None:
        self.out += 1


def looked_at(calls_ended_a_second: int, queues_in_use: int = 500, share: int = 50) -> set[UUID]:
    """Queues of one item each and a share that is used up: which are congested after some seconds of such a flow."""
    queues, door = ConnectorQueues[Item](), OneShare(share)
    for number in range(queues_in_use):
        queues.push(Item(UUID(int=number), 1, number, received=0.0))
    under_way = queues.take(share, door)
    for second in range(1, 6):
        for item in under_way[:calls_ended_a_second]:
            queues.release(item.connector_id)
            door.out -= 1
        under_way = under_way[calls_ended_a_second:] + queues.take(share, door)
        found = queues.congested(now=float(second), seconds=1.0, patience_seconds=2.0, most_seconds=10.0)
    return {queue.connector_id for queue in found}


def test_queues_that_a_share_holds_back_are_congested_when_its_calls_do_not_end() -> None:
    assert len(looked_at(calls_ended_a_second=0)) == 450
    assert len(looked_at(calls_ended_a_second=10)) == 400
    assert looked_at(calls_ended_a_second=10, queues_in_use=120) == set()


def test_queues_that_a_busy_share_holds_back_only_wait_for_their_turn() -> None:
    assert looked_at(calls_ended_a_second=30) == set()
