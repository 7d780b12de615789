"""What each answer of the admission makes of an execution."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from connector_executor.admission.memory import InMemoryAdmission, Store
from connector_executor.admission.port import Admitted, Ask, Queueing, Verdict
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.standin import unreadable_plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Arrival, Execution
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.outbox import Outbox
from connector_executor.outcome import Outcome
from connector_executor.parking.diversion import Diversion
from connector_executor.parking.port import ParkReason
from connector_executor.scheduling.admitter import Admitter
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connector_executor.scheduling.renewal import Renewal
from connector_executor.scheduling.waiting import Waiting
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.a_credential import a_credential, an_authorized_plan
from tests.unit.executor.executions import an_execution, told

SECOND = 1_000_000


class Scripted(InMemoryAdmission):
    """Answers as it is told; `answering` holds the answer back. Releases are remembered."""

    def __init__(self) -> None:
        super().__init__(Store(lambda: SECOND), "me", 2 * SECOND, 30 * SECOND)
        self.answer = Admitted(Verdict.GO)
        self.asked: list[str] = []
        self.queueing: list[Queueing] = []
        self.released: list[str] = []
        self.answering = asyncio.Event()
        self.answering.set()

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        self.asked += [ask.execution_id for ask in asks]
        self.queueing += [ask.queueing for ask in asks]
        await self.answering.wait()
        return [self.answer for _ in asks]

    async def release(self, asks: Sequence[Ask]) -> None:
        self.released += [ask.execution_id for ask in asks]


@dataclass
class Bench:
    """The admitter, and what it handed on."""

    line: Line
    admission: Scripted
    waiting: Waiting
    supervisor: Supervisor
    outbox: Outbox = field(default_factory=lambda: Outbox(1_000))
    admitter: Admitter = field(init=False)
    done: list[tuple[str, Any]] = field(default_factory=list)

    def begin(self, execution: Execution) -> None:
        self.done.append(("called", execution))

    def park(self, execution: Execution, reason: ParkReason, **_when: Any) -> None:
        self.done.append((f"parked {reason.value}", execution))

    def finish(self, execution: Execution, outcome: Outcome) -> None:
        self.done.append((getattr(outcome, "type", FailureType.HTTP_ERROR).value, execution))

    def republish(self, execution: Execution, message: bytes) -> None:
        self.done.append((f"republished {message.decode()}", execution))

    def drop(self, execution: Execution) -> None:
        self.done.append(("dropped", execution))

    async def decide(self, execution: Execution) -> None:
        """Submit it, and let the answer be acted upon."""
        asked = len(self.admission.asked)
        self.line.submit(execution)
        while len(self.admission.asked) == asked or self.admitter.asks_for(lambda _one: True):
            await asyncio.sleep(0)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    faults: list[str] = []
    metrics, supervisor = ExecutorMetrics(), Supervisor(lambda: faults.append("a task has failed"))
    line, admission = Line(metrics), Scripted()
    bench = Bench(line, admission, Waiting(line), supervisor)
    stand_in: Any = bench
    claims, places = Claims(admission, line, supervisor, metrics), Places(4, metrics)
    renewal = Renewal(ConnectorTable())
    diversion = Diversion(line, stand_in, stand_in, SystemClock(), 2.0)
    bench.admitter = Admitter(
        line, claims, places, bench.waiting, stand_in, diversion, stand_in, bench.outbox, metrics, renewal
    )
    supervisor.start(bench.admitter.run())
    yield bench
    bench.waiting.stop(lambda _execution: True)
    await supervisor.close()
    assert not faults


@pytest.mark.parametrize(
    ("answer", "becomes"),
    [
        (Admitted(Verdict.GO), "called"),
        (Admitted(Verdict.LATER, SECOND), "parked rate_limited"),
        (Admitted(Verdict.BEHIND), "parked behind_others"),
        (Admitted(Verdict.OPEN, SECOND), "parked breaker_open"),
        (Admitted(Verdict.UNHEALTHY, SECOND), "parked unhealthy"),
        (Admitted(Verdict.DONE, result=b"{}"), "republished {}"),
        (Admitted(Verdict.SETTLED), "dropped"),
        (Admitted(Verdict.UNKNOWN), "outcome_unknown"),
    ],
)
async def test_an_answer_decides(bench: Bench, answer: Admitted, becomes: str) -> None:
    bench.admission.answer = answer
    execution = an_execution()
    await bench.decide(execution)
    assert bench.done == [(becomes, execution)]


async def test_a_slot_to_come_is_waited_for_with_claim_and_place(bench: Bench) -> None:
    bench.admission.answer = Admitted(Verdict.GO, 60 * SECOND)
    execution = an_execution()
    await bench.decide(execution)
    assert len(bench.waiting) == 1
    assert execution.id in bench.line.claimed
    assert bench.line.queues.waiting(execution.connector_id) == (0, 1)


async def test_what_somebody_else_runs_is_asked_for_again_and_holds_no_place(bench: Bench) -> None:
    bench.admission.answer = Admitted(Verdict.RUNNING, 60 * SECOND)
    execution = an_execution()
    await bench.decide(execution)
    assert len(bench.waiting) == 1
    assert not bench.line.claimed
    assert bench.line.queues.waiting(execution.connector_id) == (0, 0)


async def test_a_busy_budget_keeps_it_at_the_head_of_its_lane(bench: Bench) -> None:
    bench.admission.answer = Admitted(Verdict.BUSY, 60 * SECOND)
    execution = an_execution()
    await bench.decide(execution)
    assert bench.line.queues.waiting(execution.connector_id) == (1, 0)
    assert bench.done == []


@pytest.mark.parametrize("verdict", [Verdict.GO, Verdict.BUSY, Verdict.RUNNING])
async def test_whoever_has_to_leave_while_it_is_asked_for_waits_for_nothing_more(
    bench: Bench, verdict: Verdict
) -> None:
    bench.admission.answer = Admitted(verdict, SECOND)
    bench.admission.answering.clear()
    execution = an_execution()
    bench.line.submit(execution)
    while not bench.admission.asked:
        await asyncio.sleep(0)
    bench.line.dismiss(lambda one: one.arrival is Arrival.RECORD)
    bench.admission.answering.set()
    while not told(execution):
        await asyncio.sleep(0)
    assert told(execution) == ["returned"]
    assert bench.admission.released == [execution.id]
    assert (len(bench.waiting), len(bench.line.queues)) == (0, 0)


def a_stale_plan() -> Plan:
    return an_authorized_plan(a_credential(status="stale"))


async def test_a_record_of_a_stale_credential_is_parked_unasked(bench: Bench) -> None:
    record = an_execution(plan=a_stale_plan())
    bench.line.submit(record)
    while not bench.done:
        await asyncio.sleep(0)
    assert bench.done == [("parked credential_stale", record)]
    assert bench.admission.asked == []


@pytest.mark.parametrize(
    ("answer", "becomes"),
    [
        (Admitted(Verdict.GO), ["credential_unusable"]),
        (Admitted(Verdict.DONE, result=b"{}"), ["republished {}"]),
        (Admitted(Verdict.SETTLED), ["dropped"]),
        (Admitted(Verdict.UNKNOWN), ["outcome_unknown"]),
        (Admitted(Verdict.RUNNING, 60 * SECOND), []),
        (Admitted(Verdict.PARKED), []),
    ],
)
async def test_a_caller_is_told_of_a_stale_credential_when_nobody_has_run_it(
    bench: Bench, answer: Admitted, becomes: list[str]
) -> None:
    bench.admission.answer = answer
    caller = an_execution(plan=a_stale_plan(), arrival=Arrival.CALLER)
    await bench.decide(caller)
    assert bench.done == [(each, caller) for each in becomes]
    assert bench.admission.queueing == [Queueing.FAILS]
    assert bench.line.queues.waiting(caller.connector_id) == (0, 0)


async def test_a_caller_whose_call_has_failed_here_is_told_of_a_stale_credential_at_once(bench: Bench) -> None:
    caller = an_execution(plan=a_stale_plan(), arrival=Arrival.CALLER)
    bench.line.claim(caller)
    bench.line.submit(caller)
    while not bench.done:
        await asyncio.sleep(0)
    assert bench.done == [("credential_unusable", caller)]
    assert bench.admission.asked == []


@pytest.mark.parametrize("claimed", [True, False])
async def test_a_caller_who_comes_again_for_what_cannot_be_read_yet_finds_no_claim(bench: Bench, claimed: bool) -> None:
    execution = an_execution(plan=unreadable_plan(CONNECTOR, WORKSPACE, "why"), arrival=Arrival.CALLER)
    if claimed:
        bench.line.claim(execution)
    bench.line.submit(execution)
    while not told(execution):
        await asyncio.sleep(0)
    assert told(execution) == ["returned"]
    assert bench.admission.released == ([execution.id] if claimed else [])


async def test_a_row_that_has_been_tried_here_is_parked_again_when_it_is_held(bench: Bench) -> None:
    execution = an_execution(plan=unreadable_plan(CONNECTOR, WORKSPACE, "why"), arrival=Arrival.PARKED)
    bench.line.claim(execution)
    bench.line.submit(execution)
    while not bench.done:
        await asyncio.sleep(0)
    assert bench.done == [("parked definition_unreadable", execution)]


async def test_what_a_newer_definition_asks_for_is_parked_unasked(bench: Bench) -> None:
    execution = an_execution(plan=unreadable_plan(CONNECTOR, WORKSPACE, "why"))
    bench.line.submit(execution)
    while not bench.done:
        await asyncio.sleep(0)
    assert bench.done == [("parked definition_unreadable", execution)]
    assert bench.admission.asked == []


async def test_a_caller_is_told_what_a_record_is_parked_for(bench: Bench) -> None:
    bench.admission.answer = Admitted(Verdict.LATER, 9 * SECOND)
    caller = an_execution(arrival=Arrival.CALLER)
    await bench.decide(caller)
    assert told(caller) == ["refused later 9"]


async def test_nothing_is_asked_for_while_too_much_waits_for_kafka(bench: Bench) -> None:
    bench.outbox.add(1_000)
    execution = an_execution()
    bench.line.submit(execution)
    for _ in range(10):
        await asyncio.sleep(0)
    assert bench.admission.asked == []
    bench.outbox.remove(600)
    while not bench.done:
        await asyncio.sleep(0)
    assert bench.done == [("called", execution)]
