"""Marks: what an earlier owner may have handed out stays in doubt until it is finished, whoever comes in between."""

from collections import Counter
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import pytest
from aiokafka import TopicPartition
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.port import Ask, BudgetSpec, Claimed, Completion, Ended, Position, Verdict
from connector_executor.inbound.kafka.window import MOST_GENERATIONS, Assignments, Mark, RecordOrigin

PARTITION = TopicPartition("connector.execute", 0)
SECOND = 1_000_000
LEASE_US = 10 * SECOND
RECORDS = 2
Answer = TypeVar("Answer")


@pytest.mark.parametrize("text", ["1:g1:41", "2:g1:41", "2:g1:41,g2:7", "2:g1:0"])
def test_a_mark_can_be_read(text: str) -> None:
    mark = Mark.parse(text)
    assert mark is not None
    assert str(mark).removeprefix("2:") == text.removeprefix("1:").removeprefix("2:")


@pytest.mark.parametrize("text", ["", "2:", "1:", "1::100", "2:g1", "2:g1:x", "2:g1:4,", "3:g1:4", "anything", "2:,:,"])
def test_what_is_no_mark_is_none(text: str) -> None:
    assert Mark.parse(text) is None


def test_without_a_generation_a_commit_keeps_the_marks_that_are_there() -> None:
    assignments = Assignments()
    assignments.assign({PARTITION}, 1)
    doubted = Mark((("g1", 20),))
    assignments.partitions[PARTITION].doubted = doubted
    found = assignments.uncovered({PARTITION: (10, 30)}, "", 1)[PARTITION]
    assert (found.offset, Mark.parse(found.metadata)) == (10, doubted)


def test_a_mark_stays_short_whatever_happens() -> None:
    mark = Mark()
    for number in range(100):
        mark = mark.extended(f"{number:016x}", 10**12 + number)
    assert len(mark.handed) == MOST_GENERATIONS
    assert len(str(mark)) < 1024
    assert len(mark.under(10**12)) == MOST_GENERATIONS


class Executor:
    """One process with all partitions, as far as claims and offsets go."""

    def __init__(self, store: Store, name: str, mark: Mark) -> None:
        self.admission = InMemoryAdmission(store, name, 2 * SECOND, LEASE_US)
        self.assignments = Assignments()
        self.assignments.assign({PARTITION}, 1)
        self.assignments.partitions[PARTITION].doubted = mark
        self.waiting: dict[int, RecordOrigin] = {}
        self.called: dict[int, RecordOrigin] = {}
        self.next = -1

    def claimed(self) -> list[Claimed]:
        return [Claimed(self.ask(offset, origin)) for offset, origin in self.called.items()]

    def ask(self, offset: int, origin: RecordOrigin) -> Ask:
        handed_under = self.assignments.handed_under(origin)
        return Ask("w", str(offset), BudgetSpec("c"), handed_under=handed_under)


class HandoverMachine(RuleBasedStateMachine):
    """One executor at a time has the partition: it may die at any moment, and the store forget, all or a part.

    Nothing is repeatable. Whatever happens, no record is called twice, and none has two outcomes.
    """

    @initialize()
    def begin(self) -> None:
        self.now_us = 1_000 * SECOND
        self.store = Store(lambda: self.now_us)
        self.copy = self.store.copy()
        self.committed = (0, Mark())
        self.calls: Counter[int] = Counter()
        self.log: list[Ended] = []
        self.outcomes: dict[int, set[str]] = {}
        self.generation = 0
        self.executor = self.another()

    def another(self) -> Executor:
        self.generation += 1
        executor = Executor(self.store, f"e{self.generation}", self.committed[1])
        executor.next = self.committed[0]
        self.run(executor.admission.join())
        self.recover(executor)
        return executor

    def recover(self, executor: Executor) -> None:
        if self.run(executor.admission.look()).refills:
            self.run(executor.admission.refill(self.log))
            assert self.run(executor.admission.refilled(0, lost=True))

    @rule(many=st.integers(1, 4))
    def deliver(self, many: int) -> None:
        """Nothing is handed out before a committed mark covers it."""
        executor = self.executor
        first, last = executor.next, min(executor.next + many, RECORDS) - 1
        if last < first:
            return
        reach = {PARTITION: (first, last)}
        self.commit(executor.assignments.uncovered(reach, executor.admission.generation, 1))
        for offset in range(first, last + 1):
            origin = executor.assignments.seen(PARTITION, offset, 1)
            assert origin is not None
            executor.assignments.identify(origin, ("w", str(offset)))
            executor.waiting[offset] = origin
        executor.next = last + 1

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        if not self.executor.waiting:
            return
        offset = data.draw(st.sampled_from(sorted(self.executor.waiting)))
        origin = self.executor.waiting[offset]
        self.joined()
        (answer,) = self.run(self.executor.admission.admit([self.executor.ask(offset, origin)]))
        if answer.verdict is Verdict.GO:
            self.calls[offset] += 1
            self.executor.called[offset] = self.executor.waiting.pop(offset)
        elif answer.verdict is Verdict.DONE:
            self.publish(offset, self.executor.waiting.pop(offset), answer.result.decode())
        elif answer.verdict is Verdict.UNKNOWN:
            self.end(offset, self.executor.waiting.pop(offset), "unknown")
        elif answer.verdict is Verdict.SETTLED:
            self.executor.waiting.pop(offset).finished(b"")
        else:
            assert answer.verdict is Verdict.RUNNING

    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        if not self.executor.called:
            return
        offset = data.draw(st.sampled_from(sorted(self.executor.called)))
        self.joined()
        self.end(offset, self.executor.called.pop(offset), "success")

    def end(self, offset: int, origin: RecordOrigin, outcome: str) -> None:
        ask = self.executor.ask(offset, origin)
        (kept,) = self.run(self.executor.admission.complete([Completion(ask, outcome.encode())]))
        if kept is None:
            origin.finished(b"")
        else:
            self.publish(offset, origin, kept.decode())

    def publish(self, offset: int, origin: RecordOrigin, outcome: str) -> None:
        self.outcomes.setdefault(offset, set()).add(outcome)
        ended = Ended("w", str(offset), Position(0, len(self.log)))
        self.log.append(ended)
        self.run(self.executor.admission.settle([ended]))
        origin.finished(b"")

    @rule()
    def commit_what_is_finished(self) -> None:
        self.commit(self.executor.assignments.due(self.executor.admission.generation))

    def commit(self, offsets: Any) -> None:
        for found in offsets.values():
            self.committed = (found.offset, Mark.parse(found.metadata) or Mark())
        self.executor.assignments.note_committed(offsets, 1)

    @rule()
    def the_executor_dies_and_another_takes_over(self) -> None:
        self.executor = self.another()

    @rule()
    def both_are_lost(self) -> None:
        self.store.forget_everything()
        self.executor = self.another()

    @rule(seconds=st.sampled_from([1, 20]))
    def time_goes_by(self, seconds: int) -> None:
        self.now_us += seconds * SECOND

    @rule()
    def the_store_forgets(self) -> None:
        self.store.forget_everything()

    @rule()
    def the_store_is_written_to_a_disk(self) -> None:
        self.copy = self.store.copy()

    @rule()
    def another_server_comes_up_with_what_is_on_the_disk(self) -> None:
        self.store.restore(self.copy)

    def joined(self) -> None:
        """As every question does when the store has lost its memory."""
        known = self.store.knowledge
        admission = self.executor.admission
        if known is None or known.generation != admission.generation or known.server != self.store.server:
            self.run(admission.join(self.executor.claimed(), self.executor.assignments.ended()))
            self.recover(self.executor)

    @invariant()
    def nothing_is_called_twice_and_nothing_has_two_outcomes(self) -> None:
        if hasattr(self, "calls"):
            assert all(count == 1 for count in self.calls.values()), self.calls
            assert all(len(found) == 1 for found in self.outcomes.values()), self.outcomes

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """The twin never waits."""
        try:
            work.send(None)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        raise AssertionError("it waits")


HandoverMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestHandovers = HandoverMachine.TestCase


class First:
    """Draws the first of what there is."""

    def draw(self, _strategy: object) -> int:
        return 0


def test_doubt_is_handed_on_over_several_owners_and_generations() -> None:
    machine, first = HandoverMachine(), cast("st.DataObject", First())
    machine.begin()
    machine.deliver(many=2)
    machine.ask(data=first)
    machine.both_are_lost()
    machine.deliver(many=2)
    machine.the_executor_dies_and_another_takes_over()
    machine.deliver(many=2)
    machine.ask(data=first)
    assert machine.outcomes == {0: {"unknown"}}
    machine.nothing_is_called_twice_and_nothing_has_two_outcomes()
