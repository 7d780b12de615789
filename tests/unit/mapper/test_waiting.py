"""Whose turn it is among records that wait, and how far their partitions are done."""

from collections.abc import Iterable
from contextlib import closing
from uuid import UUID, uuid4

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from field_mapper.inbound import waiting as waiting_module
from field_mapper.inbound.waiting import Waiting

from .twin import FakeRecord

DEAR, CHEAP = UUID(int=1), UUID(int=2)
SECONDS = {DEAR: 1.0, CHEAP: 0.001}


def a_record(offset: int, workspace: UUID = DEAR, partition: int = 0) -> FakeRecord:
    value = f'{{"workspaceId": "{workspace}", "data": [{offset}]}}'.encode()
    return FakeRecord(value, offset, partition=partition)


def worked(waiting: Waiting, most: int = 1_000) -> list[FakeRecord]:
    """The records in the order of their turns; each takes what its workspace's do."""
    found: list[FakeRecord] = []
    with closing(waiting.turns(most)) as turns:
        for record in turns:
            found.append(record)
            waiting.charge(SECONDS.get(workspace_of(record), 0.001))
    return found


def workspace_of(record: FakeRecord) -> UUID:
    return UUID((record.value or b"")[17:53].decode())


def offsets(records: Iterable[FakeRecord], workspace: UUID) -> list[int]:
    return [record.offset for record in records if workspace_of(record) == workspace]


def test_a_workspace_whose_records_cost_much_delays_another_by_one_of_them() -> None:
    waiting = Waiting()
    waiting.add([a_record(n) for n in range(500)])
    waiting.add([a_record(n, CHEAP) for n in range(500, 900)])
    found = worked(waiting)
    assert found.index(next(r for r in reversed(found) if workspace_of(r) == CHEAP)) <= 402
    assert offsets(found, DEAR) == list(range(500))
    assert offsets(found, CHEAP) == list(range(500, 900))


def test_what_comes_later_does_not_wait_behind_what_was_there() -> None:
    waiting = Waiting()
    waiting.add([a_record(n) for n in range(10)])
    assert offsets(worked(waiting, 3), DEAR) == [0, 1, 2]
    waiting.add([a_record(n, CHEAP) for n in range(10, 15)])
    found = worked(waiting, 6)
    assert offsets(found, CHEAP) == [10, 11, 12, 13, 14]
    assert len(waiting) == 6


def test_who_sends_one_at_a_time_is_charged_for_the_one_before() -> None:
    waiting = Waiting()
    waiting.add([a_record(0), *(a_record(n, CHEAP) for n in range(1, 2_000))])
    worked(waiting, 11)
    waiting.add([a_record(5_000)])
    found = worked(waiting, 900)
    assert DEAR not in map(workspace_of, found[:900])


def test_one_that_ended_early_keeps_its_place_and_pays() -> None:
    waiting = Waiting()
    waiting.add([a_record(0), a_record(1), a_record(2, CHEAP)])
    with closing(waiting.turns(10)) as turns:
        assert next(turns).offset == 0
        waiting.charge(1.0)
    assert [record.offset for record in waiting.ahead()] == [1, 2]
    assert [record.offset for record in worked(waiting)] == [2, 1]


def test_nobody_is_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_module, "MOST_REMEMBERED", 10)
    waiting = Waiting()
    for number in range(100):
        waiting.add([a_record(number), a_record(100 + number, uuid4())])
        worked(waiting, 1)
    assert len(waiting._spent) <= 10


def test_a_partition_is_done_up_to_its_first_unfinished_record() -> None:
    waiting = Waiting()
    first, second = TopicPartition("connector.result", 0), TopicPartition("connector.result", 1)
    records = [a_record(4), a_record(7), a_record(9), a_record(3, partition=1)]
    waiting.add(records)
    assert waiting.unfinished(first) == 3
    assert waiting.done([records[1]]) == {first: 4}
    assert waiting.done([records[0], records[3]]) == {first: 9, second: 4}
    assert waiting.done([records[2]]) == {first: 10}
    assert (waiting.unfinished(first), waiting.bytes) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(1, 5))), st.integers(1, 7))
def test_everything_has_its_turn_once_and_nothing_unfinished_is_passed(
    sent: list[tuple[int, int, int]], most: int
) -> None:
    ends = dict.fromkeys(range(3), 0)
    waiting, records = Waiting(), []
    for workspace, partition, gap in sent:
        ends[partition] += gap
        records.append(a_record(ends[partition], UUID(int=workspace), partition))
    waiting.add(records)
    left = list(records)
    while found := worked(waiting, most):
        left = [record for record in left if record not in found]
        for partition, offset in waiting.done(found).items():
            unfinished = [record.offset for record in left if record.partition == partition.partition]
            assert offset == min(unfinished, default=ends[partition.partition] + 1)
    assert left == []
