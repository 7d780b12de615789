"""The member of the group: polls go on while records are mapped, and nothing of an assignment outlives it."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from connectors_shared.runtime.supervision import Supervisor
from field_mapper.inbound import kafka as kafka_module
from field_mapper.inbound import work as work_module
from field_mapper.inbound.kafka import ResultConsumer
from field_mapper.metrics import MapperMetrics
from field_mapper.retries import Retries, StoppedError
from field_mapper.settings import MapperSettings

from .conftest import StoppedClock
from .twin import FakeRecord

FIRST, SECOND = TopicPartition("connector.result", 0), TopicPartition("connector.result", 1)
MOST = 10
DEADLINE_SECONDS = 5


def records(*offsets: int, partition: int = 0, workspace: int = 1) -> tuple[Any, ...]:
    value = f'{{"workspaceId": "{UUID(int=workspace)}"}}'.encode()
    return tuple(FakeRecord(value, offset, partition=partition) for offset in offsets)


@dataclass
class Mapped:
    """Stands for the processor: maps so many at a time, when it is let."""

    retries: Retries
    at_once: int = MOST
    offsets: list[int] = field(default_factory=list)
    let: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    async def process(
        self, records: Iterable[Any], _ahead: Callable[[], Iterable[Any]], _charge: Callable[[float], None]
    ) -> list[Any] | None:
        taken = list(islice(records, self.at_once))
        self.begun.set()
        if self.error is not None:
            raise self.error
        try:
            await self.retries.until_done("batch", self._when_let)
        except StoppedError:
            return None
        self.offsets += [record.offset for record in taken]
        return taken

    async def _when_let(self) -> None:
        await self.let.wait()


@dataclass
class Subscribed:
    """Stands for the subscription and its consumer."""

    ours: set[TopicPartition] = field(default_factory=lambda: {FIRST, SECOND})
    committed: dict[TopicPartition, int] = field(default_factory=dict)
    paused: set[TopicPartition] = field(default_factory=set)
    commits: list[dict[TopicPartition, int]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    refuse: bool = False

    @property
    def consumer(self) -> "Subscribed":
        return self

    def assignment(self) -> set[TopicPartition]:
        return self.ours

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused |= set(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        self.paused -= set(partitions)

    def highwater(self, _partition: TopicPartition) -> int:
        return 100

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.commits.append(offsets)
        self.changed.set()
        if self.refuse:
            raise CommitFailedError
        self.committed |= offsets

    async def stop(self) -> None:
        return


class Recording(Supervisor):
    """Keeps the faults that would end the process."""

    def __init__(self, faults: list[BaseException]) -> None:
        super().__init__(lambda: None)
        self._faults = faults

    def fault(self, error: BaseException) -> None:
        self._faults.append(error)


@dataclass
class Bench:
    consumer: ResultConsumer
    mapped: Mapped
    kafka: Subscribed
    faults: list[BaseException]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not holds():
                await asyncio.sleep(0)


@pytest.fixture
async def bench(retries: Retries, metrics: MapperMetrics) -> Bench:
    settings = MapperSettings(
        kafka_bootstrap_servers="localhost:1",
        database_url="postgresql://localhost/x",
        jwt_secret="a secret of the tests, thirty-two bytes",
        batch_max_records=MOST,
    )
    faults: list[BaseException] = []
    mapped: Any = Mapped(retries)
    consumer = ResultConsumer(settings, mapped, retries, StoppedClock(), metrics, Recording(faults))
    kafka: Any = Subscribed()
    consumer._subscription = kafka
    return Bench(consumer, mapped, kafka, faults)


async def test_what_is_mapped_is_committed_slice_by_slice(bench: Bench) -> None:
    bench.mapped.at_once = 2
    bench.mapped.let.set()
    await bench.consumer.assigned({FIRST}, 1)
    await bench.consumer.take(records(1, 2, 3, 4, 5), 1)
    await bench.until(lambda: len(bench.kafka.commits) == 3)
    assert [commit[FIRST] for commit in bench.kafka.commits] == [3, 5, 6]
    await bench.consumer.stop()


async def test_what_comes_soon_after_a_slice_is_gathered_until_half_of_one_is_there(bench: Bench) -> None:
    bench.consumer._gather_seconds = 3600
    bench.mapped.let.set()
    await bench.consumer.assigned({FIRST}, 1)
    await bench.consumer.take(records(1), 1)
    await bench.until(lambda: len(bench.kafka.commits) == 1)
    for offset in range(2, 2 + MOST // 2):
        await bench.consumer.take(records(offset), 1)
    await bench.until(lambda: len(bench.kafka.commits) == 2)
    await bench.consumer.take(records(100), 1)
    await bench.consumer.stop()
    assert [commit[FIRST] for commit in bench.kafka.commits] == [2, 2 + MOST // 2]


async def test_a_poll_does_not_wait_for_mapping_and_a_full_partition_is_paused(bench: Bench) -> None:
    await bench.consumer.assigned({FIRST, SECOND}, 1)
    await bench.consumer.take(records(*range(MOST)), 1)
    await bench.consumer.take(records(0, partition=1), 1)
    assert bench.kafka.paused == {FIRST}
    bench.mapped.let.set()
    await bench.until(lambda: bench.kafka.paused == set())
    await bench.until(lambda: bench.kafka.committed == {FIRST: MOST, SECOND: 1})
    await bench.consumer.stop()


async def test_what_waits_is_bounded_in_bytes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_module, "MOST_BYTES", 100)
    await bench.consumer.assigned({FIRST, SECOND}, 1)
    await bench.consumer.take(records(1, 2), 1)
    assert bench.kafka.paused == {FIRST, SECOND}
    bench.mapped.let.set()
    await bench.until(lambda: bench.kafka.paused == set())
    await bench.consumer.stop()


async def test_a_rebalance_waits_for_the_slice_under_way_and_drops_the_rest(bench: Bench) -> None:
    bench.mapped.at_once = 2
    await bench.consumer.assigned({FIRST}, 1)
    await bench.consumer.take(records(1, 2, 3, 4), 1)
    await asyncio.wait_for(bench.mapped.begun.wait(), DEADLINE_SECONDS)
    leaving = asyncio.create_task(bench.consumer.revoked({FIRST}))
    await asyncio.sleep(0)
    assert not leaving.done()
    bench.mapped.let.set()
    await asyncio.wait_for(leaving, DEADLINE_SECONDS)
    assert (bench.mapped.offsets, bench.kafka.committed) == ([1, 2], {FIRST: 3})
    await bench.consumer.stop()


async def test_a_poll_of_an_earlier_assignment_is_neither_mapped_nor_committed(bench: Bench) -> None:
    bench.mapped.let.set()
    await bench.consumer.assigned({FIRST}, 1)
    await bench.consumer.revoked({FIRST})
    await bench.consumer.take(records(1), 1)
    await bench.consumer.assigned({FIRST}, 2)
    await bench.consumer.take(records(1), 1)
    await bench.consumer.take(records(8), 2)
    await bench.until(lambda: bench.kafka.committed == {FIRST: 9})
    assert bench.mapped.offsets == [8]
    await bench.consumer.stop()


async def test_a_slice_that_outlasts_its_assignment_commits_nothing_and_the_next_one_waits_for_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_module, "DRAIN_SECONDS", 0.001)
    await bench.consumer.assigned({FIRST}, 1)
    await bench.consumer.take(records(1), 1)
    await asyncio.wait_for(bench.mapped.begun.wait(), DEADLINE_SECONDS)
    await bench.consumer.revoked({FIRST})
    await bench.consumer.assigned({FIRST}, 2)
    await bench.consumer.take(records(1), 2)
    assert bench.mapped.offsets == []
    bench.mapped.let.set()
    await bench.until(lambda: bench.mapped.offsets == [1, 1])
    await bench.until(lambda: bench.kafka.committed == {FIRST: 2})
    assert bench.kafka.commits == [{FIRST: 2}]
    await bench.consumer.stop()


async def test_what_is_repeated_in_a_slice_that_outlasts_its_assignment_is_abandoned(retries: Retries) -> None:
    tries = 0
    tried = asyncio.Event()

    async def fail() -> None:
        nonlocal tries
        tries += 1
        tried.set()
        raise ConnectionError

    repeating = asyncio.create_task(retries.until_done("batch", fail))
    await asyncio.wait_for(tried.wait(), DEADLINE_SECONDS)
    retries.abandon()
    with pytest.raises(StoppedError):
        await asyncio.wait_for(repeating, DEADLINE_SECONDS)

    async def succeed() -> int:
        return 1

    assert await retries.until_done("batch", succeed) == 1


async def test_a_step_that_begins_after_its_slice_was_abandoned_is_abandoned_too(retries: Retries) -> None:
    begun, let = asyncio.Event(), asyncio.Event()
    tries = 0

    async def publish() -> None:
        nonlocal tries
        tries += 1
        if tries > 3:
            pytest.fail("the slice goes on")
        raise ConnectionError

    async def slow_transaction_then_publish() -> None:
        begun.set()
        await let.wait()
        await retries.until_done("publish", publish)

    with_steps = asyncio.create_task(retries.until_done("batch", slow_transaction_then_publish))
    await asyncio.wait_for(begun.wait(), DEADLINE_SECONDS)
    retries.abandon()
    let.set()
    with pytest.raises(StoppedError):
        await asyncio.wait_for(with_steps, DEADLINE_SECONDS)
    assert tries == 0


async def test_a_commit_that_is_refused_is_not_repeated_for_ever(bench: Bench) -> None:
    bench.kafka.refuse = True
    bench.mapped.let.set()
    await bench.consumer.assigned({FIRST}, 1)
    await bench.consumer.take(records(1), 1)
    await bench.until(lambda: bench.mapped.offsets == [1])
    await bench.consumer.stop()
    assert bench.kafka.committed == {}
    assert bench.faults == []


async def test_a_fault_of_ours_ends_the_process(bench: Bench) -> None:
    bench.mapped.error = RuntimeError("a bug")
    await bench.consumer.assigned({FIRST}, 1)
    await bench.consumer.take(records(1), 1)
    await bench.until(lambda: bool(bench.faults))
    assert bench.faults == [bench.mapped.error]
    await bench.consumer.stop()


async def test_who_stops_takes_nothing_more(bench: Bench) -> None:
    await bench.consumer.assigned({FIRST}, 1)
    await bench.consumer.take(records(1), 1)
    await asyncio.wait_for(bench.mapped.begun.wait(), DEADLINE_SECONDS)
    stopping = asyncio.create_task(bench.consumer.stop())
    await asyncio.sleep(0)
    bench.mapped.let.set()
    await asyncio.wait_for(stopping, DEADLINE_SECONDS)
    await bench.consumer.assigned({FIRST}, 2)
    await bench.consumer.take(records(2), 2)
    assert bench.mapped.offsets == [1]
