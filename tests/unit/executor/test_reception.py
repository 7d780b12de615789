"""Records become executions or dead letters; nothing is lost, and one bad record ends nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from connector_executor.connectors.table import MESSAGE_TIMES, PLAN_BYTES, ConnectorTable
from connector_executor.execution import Execution
from connector_executor.inbound.kafka import reception as reception_module
from connector_executor.inbound.kafka.reception import Reception
from connector_executor.inbound.kafka.window import Assignments
from connector_executor.inbound.lookups import Lookups
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor.a_connector import CONNECTOR, a_connector
from tests.unit.executor.kafka_intake import WrittenLetters, a_partition, a_record

EPOCH = 1


@dataclass
class Bench:
    """The reception of one partition. What it submits is in `submitted`; `read` waits for `published`."""

    table: ConnectorTable = field(default_factory=lambda: ConnectorTable(default_max_in_flight=8))
    assignments: Assignments = field(default_factory=Assignments)
    dead: WrittenLetters = field(default_factory=WrittenLetters)
    faults: list[str] = field(default_factory=list)
    submitted: list[Execution] = field(default_factory=list)
    published: asyncio.Event = field(default_factory=asyncio.Event)
    readings: int = 0
    error: Exception | None = None
    reception: Reception = field(init=False)
    supervisor: Supervisor = field(init=False)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(lambda: self.faults.append("a task has failed"))
        self.assignments.assign({a_partition()}, EPOCH)
        stand_in: Any = self
        dead: Any = self.dead
        self.reception = Reception(
            self.table,
            Lookups(self.read, self.supervisor),
            self.assignments,
            stand_in,
            dead,
            self.supervisor,
            SystemClock(),
        )

    def submit(self, execution: Execution) -> None:
        if self.error is not None:
            raise self.error
        self.submitted.append(execution)

    async def read(self) -> None:
        self.readings += 1
        await self.published.wait()

    def publish(self) -> None:
        self.table.apply(CONNECTOR, a_connector().to_json())

    @property
    def offsets(self) -> list[int]:
        return [execution.source.offset for execution in self.submitted]

    @property
    def unfinished(self) -> int:
        return len(self.assignments.partitions[a_partition()].window)

    async def idle(self) -> None:
        while self.supervisor.busy:
            await asyncio.sleep(0)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    await bench.supervisor.close()
    assert not bench.faults


async def test_a_plan_that_is_made_for_a_record_counts_as_a_part_of_it(bench: Bench) -> None:
    body = "x" * 10_000
    definition = a_connector(method="POST", body=body).to_json()
    bench.table.apply(CONNECTOR, definition)
    held = bench.assignments.partitions[a_partition()]

    bench.reception.take(a_record(0), EPOCH)
    with_plan = held.bytes
    bench.reception.take(a_record(1), EPOCH)
    without = held.bytes - with_plan

    assert with_plan - without == PLAN_BYTES + MESSAGE_TIMES * len(definition)
    for execution in bench.submitted:
        execution.origin.finished(b"")
    assert held.bytes == 0


async def test_a_record_of_a_known_connector_is_in_the_line_at_once(bench: Bench) -> None:
    bench.publish()
    bench.reception.take(a_record(7), EPOCH)
    assert bench.offsets == [7]
    assert bench.unfinished == 1
    assert not bench.reception.in_hand


async def test_a_record_of_an_earlier_epoch_is_dropped_before_its_window(bench: Bench) -> None:
    bench.publish()
    bench.reception.take(a_record(7), EPOCH - 1)
    assert bench.offsets == []
    assert bench.unfinished == 0


async def test_unknown_connectors_are_looked_up_together(bench: Bench) -> None:
    for offset in range(50):
        bench.reception.take(a_record(offset), EPOCH)
    assert len(bench.reception.in_hand) == 50
    bench.publish()
    bench.published.set()
    await bench.idle()
    assert sorted(bench.offsets) == list(range(50))
    assert bench.readings == 1
    assert not bench.reception.in_hand


async def test_a_version_that_may_not_have_come_yet_is_looked_up_and_then_does_not_exist(bench: Bench) -> None:
    bench.publish()
    bench.reception.take(a_record(1, connector_version=2), EPOCH)
    bench.reception.take(a_record(2, connector_version=1), EPOCH)
    assert bench.offsets == [2]
    bench.published.set()
    await bench.idle()
    assert (bench.offsets, bench.readings) == ([2, 1], 1)
    fault = bench.submitted[1].plan.fault
    assert fault is not None
    assert fault.type is FailureType.VERSION_UNAVAILABLE


async def test_what_stays_unknown_after_a_look_up_goes_on_to_a_result_that_says_so(bench: Bench) -> None:
    bench.publish()
    nowhere, stranger = uuid4(), uuid4()
    bench.reception.take(a_record(1, connector_id=nowhere), EPOCH)
    bench.reception.take(a_record(2, workspace_id=stranger), EPOCH)
    assert (bench.offsets, len(bench.reception.in_hand)) == ([], 2)
    bench.published.set()
    await bench.idle()
    first, second = sorted(bench.submitted, key=lambda execution: execution.source.offset)
    for execution in (first, second):
        assert execution.plan.fault is not None
        assert execution.plan.fault.type is FailureType.UNKNOWN_CONNECTOR
    assert (first.event.connector_id, second.event.connector_id) == (nowhere, CONNECTOR)
    assert (second.event.workspace_id, second.workspace_id) == (stranger, str(stranger))
    assert second.connector_id != CONNECTOR, "it takes no turn of the connector that another workspace owns"
    assert bench.dead.written == []
    assert bench.unfinished == 2


async def test_a_fault_of_ours_after_a_look_up_is_set_aside_too(bench: Bench) -> None:
    bench.published.set()
    bench.error = RuntimeError("a bug")
    bench.reception.take(a_record(1, connector_id=uuid4()), EPOCH)
    await bench.idle()
    assert bench.dead.written == [(1, DeadReason.REPEATED_FAULT)]
    assert (bench.unfinished, bench.reception.in_hand) == (0, {})


async def test_a_connector_that_cannot_be_compiled_is_no_reason_for_a_dead_letter(bench: Bench) -> None:
    broken = a_connector(body="[" * 5_000, bodyType="json", method="POST")
    bench.table.apply(CONNECTOR, broken.to_json())
    bench.reception.take(a_record(1), EPOCH)
    [execution] = bench.submitted
    assert execution.plan.fault is not None
    assert (bench.readings, bench.dead.written) == (0, [])


async def test_what_was_looked_up_for_an_assignment_that_is_over_is_left_to_the_next_owner(bench: Bench) -> None:
    bench.reception.take(a_record(1), EPOCH)
    bench.reception.take(a_record(2, connector_id=uuid4()), EPOCH)
    bench.assignments.assign({a_partition()}, EPOCH + 1)
    bench.publish()
    bench.published.set()
    await bench.idle()
    assert bench.offsets == []
    assert bench.dead.written == []


async def test_poison_and_faults_of_ours_are_set_aside_and_the_next_record_goes_on(bench: Bench) -> None:
    bench.publish()
    bench.reception.take(a_record(1, b"not json"), EPOCH)
    bench.error = RuntimeError("a bug")
    bench.reception.take(a_record(2), EPOCH)
    bench.error = None
    bench.reception.take(a_record(3), EPOCH)
    await bench.idle()
    assert bench.dead.written == [(1, DeadReason.NOT_JSON), (2, DeadReason.REPEATED_FAULT)]
    assert bench.offsets == [3]


async def test_it_is_crowded_from_its_ceiling_down_to_half_of_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception_module, "MOST_IN_HAND", 4)
    bench.dead.writing.clear()
    seen: list[bool] = []
    for offset in range(4):
        seen.append(bench.reception.crowded)
        bench.reception.take(a_record(offset, b"not json"), EPOCH)
    assert seen == [False] * 4
    assert bench.reception.crowded
    bench.reception.in_hand.popitem()
    assert bench.reception.crowded
    bench.dead.writing.set()
    await bench.idle()
    assert not bench.reception.crowded
