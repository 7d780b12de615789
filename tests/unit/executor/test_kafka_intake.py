"""The Kafka inlet: what is committed before and after, rebalances, pauses, and partitions that stand."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import ANY

import httpx2
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaConnectionError
from prometheus_client import CollectorRegistry

from connector_executor.admission.memory import InMemoryAdmission, Store
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Execution
from connector_executor.inbound.http import internal_api, watermarks_router
from connector_executor.inbound.kafka import intake as intake_module
from connector_executor.inbound.kafka.commits import Commits
from connector_executor.inbound.kafka.intake import KafkaIntake
from connector_executor.inbound.kafka.progress import Progress, RecordLostError
from connector_executor.inbound.kafka.reception import Reception
from connector_executor.inbound.kafka.room import Room
from connector_executor.inbound.kafka.window import Assignments, Mark
from connector_executor.inbound.lookups import Lookups
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.outbox import Outbox
from connector_executor.scheduling.line import Leaves, Line
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.identities import Identities
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor.a_connector import CONNECTOR, a_connector
from tests.unit.executor.kafka_intake import Consumer, Membership, WrittenLetters, a_partition, a_record

WINDOW = 4
STALL_SECONDS = 100.0


class FixedClock(SystemClock):
    """Monotonic time moves when a test says so."""

    at = 0.0

    def monotonic(self) -> float:
        return self.at


@dataclass
class Bench:
    """An intake on a stand-in of Kafka; the line is real, and nobody admits what is in it.

    It is the claims, the drain and the parker of the intake, and notes in `steps` in which order it is spoken to.
    """

    admission: InMemoryAdmission
    membership: Membership = field(default_factory=Membership)
    dead: WrittenLetters = field(default_factory=WrittenLetters)
    clock: FixedClock = field(default_factory=FixedClock)
    assignments: Assignments = field(default_factory=Assignments)
    line: Line = field(default_factory=lambda: Line(ExecutorMetrics()))
    faults: list[BaseException] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    marks: dict[TopicPartition, Mark] = field(default_factory=dict)
    marks_errors: list[Exception] = field(default_factory=list)
    available: bool = True
    outbox: Outbox = field(default_factory=lambda: Outbox(1_000))
    commits: Commits = field(init=False)
    reception: Reception = field(init=False)
    progress: Progress = field(init=False)
    intake: KafkaIntake = field(init=False)

    def __post_init__(self) -> None:
        supervisor, metrics, me = Supervisor(lambda: None), ExecutorMetrics(), self
        supervisor.fault = self.faults.append  # type: ignore[method-assign]
        table = ConnectorTable(default_max_in_flight=8)
        table.apply(CONNECTOR, a_connector().to_json())
        stand_in: Any = me
        membership: Any = self.membership
        dead: Any = self.dead
        self.commits = Commits(self.assignments, membership, self.admission, self.read_marks, self.clock, metrics)
        lookups = Lookups(self.read_definitions, supervisor)
        self.reception = Reception(table, lookups, self.assignments, self.line, dead, supervisor, self.clock)
        self.progress = Progress(
            self.assignments,
            self.commits,
            self.reception,
            self.line,
            supervisor,
            self.clock,
            stall_seconds=STALL_SECONDS,
        )
        self.intake = KafkaIntake(
            membership,
            self.assignments,
            self.commits,
            self.reception,
            self.progress,
            self.line,
            stand_in,
            stand_in,
            stand_in,
            self.outbox,
            metrics,
            room=Room(64 * 1024 * 1024, WINDOW),
            drain_seconds=1.0,
        )

    @property
    def consumer(self) -> Consumer:
        consumer: Consumer = self.membership.consumer
        return consumer

    async def read_definitions(self) -> None:
        await asyncio.Event().wait()

    async def read_marks(self, _partitions: Collection[TopicPartition]) -> dict[TopicPartition, Mark]:
        if self.marks_errors:
            raise self.marks_errors.pop(0)
        self.steps.append("marks read")
        return self.marks

    async def until_empty(self, _seconds: float, leaves: Leaves) -> bool:
        self.steps.append("drained")
        self.line.dismiss(leaves)
        return True

    def resume(self) -> None:
        self.steps.append("resumed")
        self.line.keep_all()

    async def flush(self, _seconds: float) -> None:
        self.steps.append("flushed")

    async def assign(self, epoch: int = 1, *numbers: int) -> None:
        await self.intake.assigned({a_partition(number) for number in numbers or (0,)}, epoch)

    def finish(self, *offsets: int) -> None:
        for offset in offsets:
            found = self.line.find(lambda execution, offset=offset: execution.source.offset == offset)
            assert found is not None
            self.line.queues.remove(lambda one, found=found: one is found)
            self.line.finished(found, b"{}")


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.0)
    admission = InMemoryAdmission(Store(lambda: 1), "me", 1, 1)
    await admission.join()
    bench = Bench(admission)
    yield bench
    assert not bench.faults


def offset_of(bench: Bench, number: int = 0) -> int | None:
    found = bench.consumer.committed.get(a_partition(number))
    return None if found is None else int(found.offset)


async def test_queues_are_opened_when_marks_are_read_and_records_know_their_doubt(bench: Bench) -> None:
    bench.marks = {a_partition(): Mark((("another", 7),))}
    bench.marks_errors = [KafkaConnectionError(), KafkaConnectionError()]
    await bench.assign()
    assert bench.steps == ["marks read", "resumed"]
    await bench.intake.take((a_record(7), a_record(8)), 1)
    found = [bench.line.find(lambda one, at=at: one.source.offset == at) for at in (7, 8)]
    assert [one is not None and bool(one.handed_under) for one in found] == [True, False]


async def test_an_inlet_may_close_while_marks_are_read(bench: Bench) -> None:
    bench.marks = {a_partition(): Mark((("another", 7),))}
    bench.marks_errors = [KafkaConnectionError()]
    assigned = asyncio.create_task(bench.intake.assigned({a_partition()}, 1))
    await asyncio.sleep(0)
    bench.intake.halt()
    await bench.intake.close()
    await assigned
    assert bench.steps[-1] == "marks read"
    assert bench.assignments.partitions == {}


async def test_nothing_is_handed_out_before_a_mark_covers_it(bench: Bench) -> None:
    await bench.assign()
    bench.consumer.committing.clear()
    taking = asyncio.create_task(bench.intake.take((a_record(5), a_record(9)), 1))
    while not bench.consumer.commits:
        await asyncio.sleep(0)
    assert bench.line.queues.queued == 0
    bench.consumer.committing.set()
    await taking
    assert bench.line.queues.queued == 2
    mark = Mark.parse(bench.consumer.committed[a_partition()].metadata)
    assert offset_of(bench) == 5
    assert mark is not None
    assert mark.highest >= 9


async def test_a_batch_of_an_earlier_epoch_commits_and_hands_out_nothing(bench: Bench) -> None:
    """It waits for its mark when the partition is taken away, and given back with records that are not done."""
    await bench.assign(1)
    bench.consumer.error = CommitFailedError()
    stale = asyncio.create_task(bench.intake.take((a_record(500), a_record(501)), 1))
    while not bench.consumer.commits:
        await asyncio.sleep(0)
    await bench.intake.revoked({a_partition()})
    bench.consumer.error = None
    await bench.assign(2)
    await asyncio.wait_for(stale, 5)
    await bench.intake.take((a_record(10),), 2)
    await bench.commits.commit()
    assert offset_of(bench) == 10
    assert bench.line.queues.queued == 1


async def test_only_what_is_finished_is_committed(bench: Bench) -> None:
    await bench.assign()
    await bench.intake.take((a_record(1), a_record(2), a_record(3)), 1)
    bench.finish(1, 3)
    await bench.intake.tend()
    assert offset_of(bench) == 2


async def test_a_revoke_drains_then_parks_then_commits_and_forgets(bench: Bench) -> None:
    await bench.assign()
    await bench.intake.take((a_record(1), a_record(2)), 1)
    bench.finish(1)
    bench.steps.clear()
    await bench.intake.revoked({a_partition()})
    assert bench.steps == ["drained", "flushed"]
    assert offset_of(bench) == 2
    assert bench.assignments.partitions == {}


@pytest.mark.parametrize("ending", ["revoked", "closed"])
async def test_a_dead_letter_on_its_way_is_committed_before_its_partition_is_given_up(
    bench: Bench, ending: str
) -> None:
    """Otherwise whoever comes next writes it again."""
    await bench.assign()
    bench.dead.writing.clear()
    await bench.intake.take((a_record(1, b"not json"),), 1)
    ends = bench.intake.revoked({a_partition()}) if ending == "revoked" else bench.intake.close()
    ended = asyncio.create_task(ends)
    for _ in range(10):
        await asyncio.sleep(0)
    bench.dead.writing.set()
    await ended
    assert offset_of(bench) == 2


@pytest.mark.parametrize("ending", ["revoked", "closed"])
async def test_a_dead_letter_that_nobody_takes_holds_up_no_rebalance(
    bench: Bench, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "IN_HAND_SECONDS", 0.01)
    await bench.assign()
    bench.dead.writing.clear()
    await bench.intake.take((a_record(1, b"not json"),), 1)
    await (bench.intake.revoked({a_partition()}) if ending == "revoked" else bench.intake.close())
    assert offset_of(bench) == 1


async def test_a_commit_that_is_under_way_ends_with_the_assignment(bench: Bench) -> None:
    await bench.assign()
    await bench.intake.take((a_record(1),), 1)
    bench.finish(1)
    bench.consumer.committing.clear()
    commits = bench.consumer.commits
    committing = asyncio.create_task(bench.commits.commit())
    while bench.consumer.commits == commits:
        await asyncio.sleep(0)
    bench.commits.abandon()
    await asyncio.wait_for(committing, 5)
    assert offset_of(bench) == 1


async def test_a_full_window_pauses_its_partition_until_half_of_it_is_done(bench: Bench) -> None:
    await bench.assign(1, 0, 1)
    await bench.intake.take(tuple(a_record(offset) for offset in range(WINDOW)), 1)
    assert bench.consumer.paused == {a_partition(0)}
    bench.finish(0)
    bench.intake.balance()
    assert bench.consumer.paused == {a_partition(0)}
    bench.finish(1, 2)
    bench.intake.balance()
    assert bench.consumer.paused == set()


async def test_without_the_store_everything_pauses(bench: Bench) -> None:
    await bench.assign(1, 0, 1)
    bench.available = False
    await bench.intake.tend()
    assert bench.consumer.paused == {a_partition(0), a_partition(1)}
    bench.available = True
    await bench.intake.tend()
    assert bench.consumer.paused == set()


async def test_an_inlet_that_halts_begins_no_partition_any_more(bench: Bench) -> None:
    await bench.assign()
    bench.intake.halt()
    assert bench.consumer.paused == {a_partition()}
    bench.line.dismiss(lambda _execution: True)
    bench.consumer.paused.clear()
    await bench.assign(2)
    assert bench.consumer.paused == {a_partition()}
    await bench.intake.take((a_record(1),), 2)
    assert bench.line.queues.queued == 0, "all that comes is sent back"


async def test_a_partition_that_stands_is_named_although_marks_are_committed(bench: Bench) -> None:
    await bench.assign(1, 0, 1)
    await bench.intake.take((a_record(1), a_record(2)), 1)
    await bench.intake.tend()
    bench.clock.at = STALL_SECONDS + 1
    await bench.intake.take((a_record(1, partition=1),), 1)
    await bench.intake.tend()
    assert bench.progress.problem() is None, "its attempts may take that long"
    execution = bench.line.find(lambda one: one.source.offset == 1)
    assert execution is not None
    bench.clock.at = execution.plan.total_seconds + STALL_SECONDS
    bench.finish(2)
    await bench.intake.tend()
    problem = bench.progress.problem()
    assert problem is not None
    assert "partition 0 stands at offset 1" in problem
    assert execution.id in problem


async def test_a_record_that_nobody_works_on_is_a_fault(bench: Bench) -> None:
    await bench.assign()
    await bench.intake.take((a_record(1),), 1)
    await bench.intake.tend()

    def lose(execution: Execution) -> bool:
        return execution.source.offset == 1

    [lost] = bench.line.queues.remove(lose)
    bench.line.returned([lost])
    bench.clock.at = STALL_SECONDS + 1
    await bench.intake.tend()
    [fault] = bench.faults
    assert isinstance(fault, RecordLostError)
    bench.faults.clear()


async def test_finished_records_that_cannot_be_committed_are_a_problem(bench: Bench) -> None:
    await bench.assign()
    await bench.intake.take((a_record(1),), 1)
    bench.finish(1)
    bench.consumer.error = KafkaConnectionError()
    bench.clock.at = STALL_SECONDS + 1
    await bench.intake.tend()
    assert bench.progress.problem() == "offsets could not be committed for 101 s"
    bench.consumer.error = None
    await bench.intake.tend()
    assert bench.progress.problem() is None


async def test_while_too_much_waits_for_kafka_all_partitions_pause(bench: Bench) -> None:
    await bench.assign(1, 0, 1)
    bench.outbox.add(1_000)
    bench.intake.balance()
    assert bench.consumer.paused == {a_partition(0), a_partition(1)}
    bench.outbox.remove(600)
    bench.intake.balance()
    assert bench.consumer.paused == set()


async def test_the_internal_api_names_the_execution_that_holds_a_watermark(bench: Bench) -> None:
    token = "an-internal-token-of-the-tests-0123456789"
    app = internal_api(
        Identities.parse(f"operator:{token}"), [watermarks_router(bench.progress.watermarks)], CollectorRegistry()
    )
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://executor")

    async def partitions() -> list[dict[str, Any]]:
        answer = await client.get("/internal/watermarks", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["partitions"])

    assert await partitions() == []
    await bench.assign(1, 0, 1)
    await bench.intake.take((a_record(5), a_record(6), a_record(7)), 1)
    assert await partitions() == [
        {"partition": 0, "watermark": 5, "unfinished": 3, "seconds": 0.0, "holder": ANY},
        {"partition": 1, "watermark": None, "unfinished": 0, "seconds": 0.0, "holder": None},
    ]
    bench.clock.at += 60
    bench.finish(5, 7)
    [first, _] = await partitions()
    holder = bench.line.find(lambda execution: execution.source.offset == 6)
    assert holder is not None
    assert (first["watermark"], first["unfinished"]) == (6, 2)
    assert first["holder"] == {
        "executionId": holder.id,
        "workspaceId": holder.workspace_id,
        "connectorId": str(holder.event.connector_id),
        "attempt": 1,
        "admitted": False,
    }
    bench.finish(6)
    [first, _] = await partitions()
    assert (first["watermark"], first["unfinished"], first["holder"]) == (8, 0, None)
    await client.aclose()
