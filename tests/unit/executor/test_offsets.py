"""Offsets: whatever finishes in whatever order, nothing unfinished is ever committed."""

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connector_executor.inbound.kafka.window import Assignments, Identity, Mark, Offsets, RecordOrigin, Stall
from connector_executor.scheduling.offsets import OffsetRegressionError, OffsetWindow

PARTITIONS = [TopicPartition("connector.execute", number) for number in range(2)]
GENERATION = "g1"


def test_a_new_window_has_nothing_to_commit() -> None:
    window = OffsetWindow(epoch=1)
    assert (window.watermark, window.oldest_unfinished, len(window)) == (None, None, 0)


def test_the_watermark_waits_for_the_oldest_record_and_then_jumps() -> None:
    window = OffsetWindow(epoch=1)
    for offset in (5, 9, 20):
        window.add(offset)
    window.finish(20)
    window.finish(9)
    assert (window.watermark, window.oldest_unfinished, len(window)) == (None, 5, 3)
    window.finish(5)
    assert (window.watermark, window.oldest_unfinished, len(window)) == (21, None, 0)


@pytest.mark.parametrize("offset", [7, 6])
def test_an_offset_that_is_not_new_is_refused(offset: int) -> None:
    window = OffsetWindow(epoch=1)
    window.add(7)
    with pytest.raises(OffsetRegressionError):
        window.add(offset)
    assert len(window) == 1


def test_a_record_of_a_partition_that_is_not_ours_has_no_origin() -> None:
    assignments = Assignments()
    assignments.assign({PARTITIONS[0]}, 1)
    assert assignments.seen(PARTITIONS[1], 0, 1) is None


def test_a_batch_of_an_earlier_assignment_moves_nothing() -> None:
    """It was polled before the partition was taken away and given again: its offsets lie ahead of what comes now."""
    assignments = Assignments()
    assignments.assign({PARTITIONS[0]}, 1)
    assignments.assign({PARTITIONS[0]}, 2)
    assert assignments.uncovered({PARTITIONS[0]: (500, 600)}, GENERATION, 1) == {}
    assert assignments.seen(PARTITIONS[0], 500, 1) is None
    assert assignments.due(GENERATION) == {}
    assignments.uncovered({PARTITIONS[0]: (10, 20)}, GENERATION, 2)
    assert assignments.due(GENERATION)[PARTITIONS[0]].offset == 10


def test_a_partition_that_stands_is_named_with_its_first_unfinished_offset() -> None:
    assignments = Assignments()
    assignments.assign(set(PARTITIONS), 1)
    stands, moves = PARTITIONS
    origins = [assignments.seen(moves, offset, 1) for offset in range(4)]
    assignments.seen(stands, 7, 1)
    for now, origin in enumerate(origins):
        assert origin is not None
        assignments.look(now)
        origin.finished(b"")
        assignments.note_committed(assignments.due(GENERATION), 1)
    assignments.look(4)
    assert assignments.stalls(4, 3) == [Stall(stands, 7, 4)]
    assert assignments.stalls(3, 3) == []


class OffsetMachine(RuleBasedStateMachine):
    """A consumer that sees, finishes, commits and loses partitions, next to a naive model of the same."""

    def __init__(self) -> None:
        super().__init__()
        self.assignments = Assignments()
        self.open: dict[TopicPartition, set[int]] = {}
        self.newest: dict[TopicPartition, int] = {}
        self.asked: dict[TopicPartition, int] = {}
        self.origins: list[RecordOrigin] = []
        self.old: list[RecordOrigin] = []
        self.returning: dict[TopicPartition, dict[int, Identity]] = {}
        self.commits: list[Offsets] = []
        self.identities = 0
        self.epoch = 0

    @rule(partitions=st.sets(st.sampled_from(PARTITIONS), min_size=1))
    def assign(self, partitions: set[TopicPartition]) -> None:
        self.lose_everything()
        self.epoch += 1
        self.assignments.assign(partitions, self.epoch)
        self.open = {partition: set() for partition in partitions}
        self.returning = {partition: {} for partition in partitions}

    @rule()
    def revoke(self) -> None:
        self.lose_everything()
        self.assignments.revoke()

    def lose_everything(self) -> None:
        self.old += self.origins
        self.origins, self.open, self.newest, self.asked, self.returning = [], {}, {}, {}, {}
        self.commits = []

    @precondition(lambda self: self.open)
    @rule(data=st.data(), gap=st.integers(1, 4), identified=st.booleans())
    def see(self, data: st.DataObject, gap: int, identified: bool) -> None:
        partition = data.draw(st.sampled_from(sorted(self.open)))
        offset = self.newest.get(partition, -1) + gap
        self.newest[partition] = offset
        self.cover(partition, offset)
        origin = self.assignments.seen(partition, offset, self.epoch)
        assert origin is not None
        self.open[partition].add(offset)
        self.origins.append(origin)
        if identified:
            self.identities += 1
            identity = ("workspace", f"execution-{self.identities}")
            self.assignments.identify(origin, identity)
            self.returning[partition][offset] = identity

    def cover(self, partition: TopicPartition, offset: int) -> None:
        """As the intake does: nothing is handed out before a committed mark reaches it."""
        marks = self.assignments.uncovered({partition: (offset, offset)}, GENERATION, self.epoch)
        for found in marks.values():
            assert all(found.offset <= unfinished for unfinished in self.open[partition])
        self.note_committed(marks)
        assert self.assignments.partitions[partition].covered >= offset
        assert self.assignments.uncovered({partition: (offset, offset)}, GENERATION, self.epoch) == {}

    def note_committed(self, commit: Offsets) -> None:
        self.assignments.note_committed(commit, self.epoch)
        for partition, upto in commit.items():
            known = self.returning[partition]
            self.returning[partition] = {offset: who for offset, who in known.items() if offset >= upto.offset}

    @precondition(lambda self: self.origins)
    @rule(data=st.data())
    def finish_in_any_order_and_repeatedly(self, data: st.DataObject) -> None:
        origin = data.draw(st.sampled_from(self.origins))
        parked = data.draw(st.booleans()) and origin.offset in self.open[origin.partition]
        if parked:
            origin.parked()
            self.returning[origin.partition].pop(origin.offset, None)
        else:
            origin.finished(b"")
        self.open[origin.partition].discard(origin.offset)

    @precondition(lambda self: self.old)
    @rule(data=st.data())
    def a_late_completion_changes_nothing(self, data: st.DataObject) -> None:
        before = self.state()
        origin = data.draw(st.sampled_from(self.old))
        self.assignments.identify(origin, ("workspace", "late"))
        origin.finished(b"")
        assert self.state() == before

    @precondition(lambda self: self.open)
    @rule(data=st.data(), ahead=st.integers(1, 9))
    def a_late_batch_or_commit_changes_nothing(self, data: st.DataObject, ahead: int) -> None:
        before = self.state()
        partition = data.draw(st.sampled_from(sorted(self.open)))
        offset = self.newest.get(partition, -1) + ahead
        assert self.assignments.uncovered({partition: (offset, offset)}, GENERATION, self.epoch - 1) == {}
        assert self.assignments.seen(partition, offset, self.epoch - 1) is None
        committed = OffsetAndMetadata(offset + 1, str(Mark(((GENERATION, offset),))))
        self.assignments.note_committed({partition: committed}, self.epoch - 1)
        assert self.state() == before

    @rule(final=st.booleans())
    def ask_for_a_commit(self, final: bool) -> None:
        due = self.assignments.due(GENERATION, final=final)
        for partition, (offset, metadata) in due.items():
            assert offset >= self.asked.get(partition, 0)
            assert all(offset <= unfinished for unfinished in self.open[partition])
            assert offset <= self.newest[partition] + 1
            mark = Mark.parse(metadata)
            assert mark is not None
            assert [generation for generation, _ in mark.handed] == [GENERATION]
            assert mark.highest >= self.newest[partition]
            if final:
                assert mark.highest == self.newest[partition], "what was never handed out is not doubted"
        self.asked |= {partition: found.offset for partition, found in due.items()}
        if due:
            self.commits.append(due)

    @precondition(lambda self: self.commits)
    @rule()
    def the_commit_succeeds(self) -> None:
        self.note_committed(self.commits.pop(0))

    @invariant()
    def what_has_ended_and_may_come_again_is_known(self) -> None:
        expected = [
            identity
            for partition, known in self.returning.items()
            for offset, identity in known.items()
            if offset not in self.open[partition]
        ]
        found = [(ended.workspace_id, ended.execution_id) for ended in self.assignments.ended()]
        assert sorted(found) == sorted(expected)

    @invariant()
    def the_window_is_what_the_model_says(self) -> None:
        for partition, assignment in self.assignments.partitions.items():
            window = assignment.window
            assert window.oldest_unfinished == min(self.open[partition], default=None)
            if window.watermark is not None:
                assert all(window.watermark <= unfinished for unfinished in self.open[partition])
            if not self.open[partition] and partition in self.newest:
                assert window.watermark == self.newest[partition] + 1

    def state(self) -> object:
        return {
            partition: (a.window.watermark, len(a.window), dict(a.identities), a.committed, a.start, a.covered)
            for partition, a in self.assignments.partitions.items()
        }


OffsetMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestOffsets = OffsetMachine.TestCase
