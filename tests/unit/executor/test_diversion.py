"""Who is parked instead of run, why, and who goes along."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from connector_executor.admission.port import Admitted, Verdict
from connector_executor.connectors.standin import unreadable_plan
from connector_executor.execution import Arrival, Execution
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Outcome
from connector_executor.parking.diversion import Diversion
from connector_executor.parking.port import ParkReason
from connector_executor.scheduling.line import Line
from connectors_shared.contract.execution import Lane
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.parking_scene import Came, SceneClock, an_execution

HORIZON_SECONDS = 2.0


@dataclass
class Taken:
    """Stands for parker and finisher."""

    parked: list[tuple[Execution, ParkReason, float]] = field(default_factory=list)
    relieved: list[Execution] = field(default_factory=list)
    ended: list[tuple[Execution, Outcome]] = field(default_factory=list)

    def park(self, execution: Execution, reason: ParkReason, *, due_seconds: float = 0.0) -> None:
        self.parked.append((execution, reason, due_seconds))

    def relieve(self, executions: list[Execution]) -> None:
        self.relieved += executions

    def finish(self, execution: Execution, outcome: Outcome) -> None:
        self.ended.append((execution, outcome))


class Told(Came):
    """Somebody who waits, or a row."""

    def __init__(self, arrival: Arrival) -> None:
        super().__init__()
        self.arrival = arrival

    def refused(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None:
        self.told.append(verdict.value)


class Crossing:
    def __init__(self) -> None:
        self.clock, self.line, self.taken = SceneClock(), Line(ExecutorMetrics()), Taken()
        taken: Any = self.taken
        self.diversion = Diversion(self.line, taken, taken, self.clock, HORIZON_SECONDS)


@pytest.fixture
def crossing() -> Crossing:
    return Crossing()


def an_arrival(arrival: Arrival = Arrival.RECORD, lane: Lane = Lane.NORMAL, **config: Any) -> Execution:
    execution = an_execution(**config)
    execution.origin = Told(arrival)
    execution.event = msgspec.structs.replace(execution.event, lane=lane)
    return execution


@pytest.mark.parametrize(
    ("verdict", "wait_seconds", "reason"),
    [
        (Verdict.LATER, 5.0, ParkReason.RATE_LIMITED),
        (Verdict.BEHIND, 5.0, ParkReason.BEHIND_OTHERS),
        (Verdict.PARKED, 0.0, ParkReason.BEHIND_OTHERS),
        (Verdict.OPEN, 5.0, ParkReason.BREAKER_OPEN),
        (Verdict.UNHEALTHY, 3600.0, ParkReason.UNHEALTHY),
        (Verdict.HELD, 30.0, ParkReason.RATE_LIMITED),
        (Verdict.HELD, 3600.0, ParkReason.ASKED_TO_WAIT),
    ],
)
def test_a_record_is_parked_with_the_reason(
    crossing: Crossing, verdict: Verdict, wait_seconds: float, reason: ParkReason
) -> None:
    execution = an_arrival()
    crossing.diversion.put_off(execution, verdict, wait_seconds)
    assert crossing.taken.parked == [(execution, reason, max(0.0, wait_seconds - HORIZON_SECONDS / 2))]


def test_who_was_asked_for_is_in_doubt_no_more(crossing: Crossing) -> None:
    execution = an_arrival()
    execution.handed_under = ("lost",)
    crossing.diversion.put_off(execution, Verdict.LATER, 5.0)
    assert execution.handed_under == ()


@pytest.mark.parametrize("arrival", [Arrival.CALLER, Arrival.PARKED])
def test_whoever_is_no_record_is_told(crossing: Crossing, arrival: Arrival) -> None:
    execution = an_arrival(arrival)
    crossing.diversion.put_off(execution, Verdict.LATER, 5.0)
    assert isinstance(execution.origin, Told)
    assert (execution.origin.told, crossing.taken.parked) == (["later"], [])


def test_an_unhealthy_connector_may_refuse(crossing: Crossing) -> None:
    execution = an_arrival(parking={"whenUnhealthy": "refuse"})
    crossing.diversion.put_off(execution, Verdict.UNHEALTHY, 3600.0)
    [(_, outcome)] = crossing.taken.ended
    assert isinstance(outcome, Failure)
    assert outcome.type is FailureType.CONNECTOR_UNHEALTHY


@pytest.mark.parametrize("arrival", list(Arrival))
def test_nobody_but_a_record_waits_for_a_person(crossing: Crossing, arrival: Arrival) -> None:
    crossing.diversion.hold(an_arrival(arrival))
    parked = [reason for _, reason, _ in crossing.taken.parked]
    ended = [outcome.type for _, outcome in crossing.taken.ended if isinstance(outcome, Failure)]
    if arrival is Arrival.RECORD:
        assert (parked, ended) == ([ParkReason.CREDENTIAL_STALE], [])
    else:
        assert (parked, ended) == ([], [FailureType.CREDENTIAL_UNUSABLE])


@pytest.mark.parametrize("arrival", list(Arrival))
def test_nobody_is_told_an_outcome_because_the_definition_cannot_be_read(crossing: Crossing, arrival: Arrival) -> None:
    execution = an_arrival(arrival)
    execution.plan = unreadable_plan(CONNECTOR, WORKSPACE, "why")
    crossing.diversion.hold(execution)
    assert isinstance(execution.origin, Told)
    assert crossing.taken.ended == []
    if arrival is Arrival.RECORD:
        assert [reason for _, reason, _ in crossing.taken.parked] == [ParkReason.DEFINITION_UNREADABLE]
    else:
        assert (execution.origin.told, crossing.taken.parked) == (["returned"], [])


@pytest.mark.parametrize("verdict", [Verdict.LATER, Verdict.HELD, Verdict.BEHIND, Verdict.OPEN])
def test_what_queues_behind_a_parked_one_goes_along_unless_it_may_overtake(
    crossing: Crossing, verdict: Verdict
) -> None:
    first, behind = an_arrival(), an_arrival()
    interactive, again, caller = an_arrival(lane=Lane.INTERACTIVE), an_arrival(), an_arrival(Arrival.CALLER)
    again.attempt = 2
    for execution in (behind, interactive, again, caller):
        crossing.line.submit(execution)
    crossing.diversion.follow([first], [Admitted(verdict, 5_000_000)])
    assert crossing.taken.parked == [(behind, ParkReason.BEHIND_OTHERS, 4.0)]
    assert crossing.line.queues.queued == 3


@pytest.mark.parametrize("verdict", [Verdict.GO, Verdict.BUSY, Verdict.RUNNING, Verdict.PARKED])
def test_nothing_follows_what_is_not_put_off(crossing: Crossing, verdict: Verdict) -> None:
    crossing.line.submit(an_arrival())
    crossing.diversion.follow([an_arrival()], [Admitted(verdict, 5_000_000)])
    assert crossing.taken.parked == []


async def test_a_queue_that_stands_is_relieved_of_its_records(crossing: Crossing) -> None:
    record, caller = an_arrival(maxInFlight=1), an_arrival(Arrival.CALLER, maxInFlight=1)
    for execution in (an_arrival(maxInFlight=1), record, caller):
        crossing.line.submit(execution)
    crossing.line.queues.take(1)
    for _ in range(8):
        crossing.clock.seconds += 0.5
        await crossing.diversion.relieve()
    assert crossing.taken.relieved == [record]
    assert crossing.line.queues.queued == 1
