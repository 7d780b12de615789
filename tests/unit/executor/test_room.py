"""Who has to pause: memory is bounded by bytes, and no partition stands still because of another."""

from dataclasses import dataclass

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from connector_executor.execution import OVERHEAD_BYTES, Source
from connector_executor.inbound.kafka.room import Room
from connector_executor.inbound.kafka.window import Assignments

MIB = 1024 * 1024


@dataclass
class Partition:
    bytes: int = 0
    records: int = 0
    paused: bool = False


def balance(room: Room, partitions: dict[str, Partition], open_: bool = True) -> None:
    turn = room.turn(partitions, open_)
    for name in turn.pause:
        partitions[name].paused = True
    for name in turn.resume:
        partitions[name].paused = False


def paused(partitions: dict[str, Partition]) -> str:
    return "".join(name for name, held in partitions.items() if held.paused)


def test_one_partition_may_take_all_of_it() -> None:
    partitions = {"a": Partition(bytes=63 * MIB)}
    room = Room(64 * MIB, 10_000)
    balance(room, partitions)
    assert paused(partitions) == ""
    partitions["a"].bytes = 64 * MIB
    balance(room, partitions)
    assert paused(partitions) == "a"


def test_a_full_partition_leaves_the_others_their_share() -> None:
    room = Room(64 * MIB, 10_000)
    partitions = {"a": Partition(bytes=45 * MIB), "b": Partition(bytes=10 * MIB), "c": Partition()}
    balance(room, partitions)
    assert paused(partitions) == "a"
    partitions["b"].bytes = 11 * MIB
    balance(room, partitions)
    assert paused(partitions) == "ab", "borrowing is over, and its share is used"
    partitions["a"].bytes = 20 * MIB
    balance(room, partitions)
    assert paused(partitions) == "", "what was borrowed is given back"


def test_a_partition_goes_on_at_half_of_its_share_whatever_others_borrow() -> None:
    room = Room(64 * MIB, 10_000)
    partitions = {"a": Partition(bytes=100 * MIB), "b": Partition(bytes=15 * MIB)}
    balance(room, partitions)
    assert paused(partitions) == "a"
    partitions["b"].paused = True
    partitions["b"].bytes = 9 * MIB
    balance(room, partitions)
    assert paused(partitions) == "ab"
    partitions["b"].bytes = 8 * MIB
    balance(room, partitions)
    assert paused(partitions) == "a"


def test_a_record_larger_than_the_ceiling_is_taken_and_the_partition_goes_on_after_it() -> None:
    room = Room(1 * MIB, 10)
    partitions = {"a": Partition(bytes=3 * MIB, records=1)}
    balance(room, partitions)
    assert paused(partitions) == "a"
    partitions["a"] = Partition(paused=True)
    balance(room, partitions)
    assert paused(partitions) == ""


def test_records_have_a_ceiling_of_their_own() -> None:
    room = Room(64 * MIB, 10)
    partitions = {"a": Partition(records=10), "b": Partition(records=9)}
    balance(room, partitions)
    assert paused(partitions) == "a"
    partitions["a"].records = 6
    balance(room, partitions)
    assert paused(partitions) == "a"
    partitions["a"].records = 5
    balance(room, partitions)
    assert paused(partitions) == ""


def test_while_the_store_is_away_all_pause() -> None:
    room = Room(64 * MIB, 10)
    partitions = {"a": Partition(), "b": Partition()}
    balance(room, partitions, open_=False)
    assert paused(partitions) == "ab"
    balance(room, partitions)
    assert paused(partitions) == ""


POLL = 700
STEPS = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, POLL)), max_size=200)


@given(STEPS)
def test_whatever_comes_and_goes_the_ceiling_holds_and_nobody_starves(steps: list[tuple[int, bool, int]]) -> None:
    most = 10_000
    room, partitions = Room(most, 10**9), {name: Partition() for name in "abcd"}
    for number, comes, size in steps:
        held = partitions["abcd"[number]]
        if comes and not held.paused:
            held.bytes += size
        elif not comes:
            held.bytes = max(0, held.bytes - size)
        balance(room, partitions)
        assert sum(each.bytes for each in partitions.values()) <= most + POLL
        assert not any(each.paused and each.bytes <= most // 2 // 4 // 2 for each in partitions.values())


@pytest.mark.parametrize(
    ("source", "size"),
    [
        (Source(b"x" * 100), 100),
        (Source(b"x" * 100, b"key", (("name", b"value"), ("null", None))), 100 + 3 + 9 + 4),
    ],
)
def test_an_execution_weighs_its_message_and_what_is_around_it(source: Source, size: int) -> None:
    assert source.memory_bytes == size + OVERHEAD_BYTES


def test_a_record_weighs_until_it_is_finished_and_only_once() -> None:
    assignments, partition = Assignments(), TopicPartition("connector.execute", 0)
    assignments.assign({partition}, 1)
    first, second = (assignments.seen(partition, offset, 1) for offset in range(2))
    assert first is not None
    assert second is not None
    assignments.weigh(first, 300)
    assignments.weigh(second, 40)
    assert assignments.partitions[partition].bytes == 340
    second.parked()
    second.finished(b"")
    assert assignments.partitions[partition].bytes == 300, "though the watermark has not moved"
    assignments.assign({partition}, 2)
    first.finished(b"")
    assignments.weigh(first, 300)
    assert assignments.partitions[partition].bytes == 0, "an earlier epoch changes nothing"
