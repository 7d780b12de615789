"""What follows a call: an outcome, another attempt soon or much later, or a caller who is told to come again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector_executor.admission.memory import InMemoryAdmission, Store
from connector_executor.caller import Called, Decision
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Arrival, Attempted, Execution
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Outcome, Retry, Success
from connector_executor.parking.port import ParkReason
from connector_executor.policies.quota import Advice
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connector_executor.scheduling.renewal import Renewal
from connector_executor.scheduling.runner import Runner
from connector_executor.scheduling.waiting import Waiting
from connector_executor.tokens.refreshes import Refreshes
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor.a_connector import CONNECTOR
from tests.unit.executor.a_credential import CREDENTIAL, a_table
from tests.unit.executor.executions import an_execution, told
from tests.unit.executor.test_refreshes import a_token

SECOND = 1_000_000
HORIZON_SECONDS = 2.0
FAILED = Failure(FailureType.HTTP_ERROR, "the API answered 503", 503, retryable=True)


class Unlimited(InMemoryAdmission):
    """`observe` fails when it is told to."""

    fault: Exception | None = None

    async def observe(self, *args: Any) -> None:
        if self.fault is not None:
            raise self.fault


@dataclass
class Bench:
    """The runner, and what it did with each execution. `answer` is what calls come to."""

    line: Line
    admission: Unlimited
    waiting: Waiting
    places: Places
    supervisor: Supervisor
    runner: Runner = field(init=False)
    answer: Decision | Exception = field(default_factory=lambda: Success({}, 200))
    advice: Advice | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    parked: list[tuple[ParkReason, float, bool]] = field(default_factory=list)

    async def call(self, _execution: Execution) -> Called:
        if isinstance(self.answer, Exception):
            raise self.answer
        return Called(self.answer, self.advice)

    def finish(self, _execution: Execution, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def park(self, _execution: Execution, reason: ParkReason, *, ready_seconds: float, claimed: bool) -> None:
        self.parked.append((reason, ready_seconds, claimed))

    def note(self, _execution: Execution, _called: Called) -> None:
        return

    async def run(self, execution: Execution) -> Execution:
        """As the admitter does; returns when the call and what follows at once is done."""
        self.line.submit(execution)
        self.line.queues.take(1)
        await self.admission.admit([execution.ask()])
        self.line.claim(execution)
        execution.asked_at = asyncio.get_running_loop().time()
        self.runner.begin(execution)
        while self.supervisor.busy:
            await asyncio.sleep(0)
        return execution


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    faults: list[str] = []
    metrics, supervisor = ExecutorMetrics(), Supervisor(lambda: faults.append("a task has failed"))
    line, places = Line(metrics), Places(4, metrics)
    admission, waiting = Unlimited(Store(lambda: SECOND), "me", 2 * SECOND, 30 * SECOND), Waiting(line)
    await admission.join()
    bench = Bench(line, admission, waiting, places, supervisor)
    stand_in: Any = bench
    claims = Claims(admission, line, supervisor, metrics)
    bench.runner = Runner(
        line,
        claims,
        places,
        waiting,
        stand_in,
        stand_in,
        stand_in,
        stand_in,
        supervisor,
        SystemClock(),
        Renewal(ConnectorTable()),
        Refreshes(None, supervisor),
        horizon_seconds=HORIZON_SECONDS,
    )
    yield bench
    waiting.stop(lambda _execution: True)
    assert not faults


async def test_an_outcome_ends_it_and_frees_its_places(bench: Bench) -> None:
    execution = await bench.run(an_execution())
    assert bench.outcomes == [Success({}, 200)]
    assert bench.places.taken == 0
    assert bench.line.queues.waiting(execution.connector_id) == (0, 0)


async def test_a_soon_retry_waits_here_with_its_claim(bench: Bench) -> None:
    bench.answer = Retry(FAILED, asked_seconds=1.0)
    execution = await bench.run(an_execution(retries=1))
    assert len(bench.waiting) == 1
    assert execution.attempt == 2
    assert execution.id in bench.line.claimed


async def test_a_late_retry_is_parked_with_its_claim(bench: Bench) -> None:
    bench.answer = Retry(FAILED, asked_seconds=60.0)
    execution = await bench.run(an_execution(retries=1))
    assert bench.parked == [(ParkReason.RETRY, 60.0, True)]
    assert execution.attempt == 2
    assert not bench.line.claimed


async def test_the_last_failure_is_the_outcome(bench: Bench) -> None:
    bench.answer = Retry(FAILED)
    await bench.run(an_execution(retries=0))
    assert bench.outcomes == [FAILED]


async def test_who_has_to_leave_takes_no_other_attempt_here(bench: Bench) -> None:
    bench.line.dismiss(lambda execution: execution.arrival is Arrival.RECORD)
    bench.answer = Retry(FAILED)
    execution = an_execution(retries=1)
    bench.line.queues.push(execution)
    bench.line.queues.take(1)
    bench.runner.begin(execution)
    while bench.supervisor.busy:
        await asyncio.sleep(0)
    assert told(execution) == ["returned"]
    assert not bench.waiting


async def test_a_caller_is_told_at_once_that_the_upstream_wants_quiet(bench: Bench) -> None:
    bench.answer = Retry(FAILED, asked_seconds=60.0)
    execution = await bench.run(an_execution(arrival=Arrival.CALLER, retries=3))
    assert told(execution) == ["refused later 60"]
    assert not bench.waiting
    assert (execution.workspace_id, execution.id) not in bench.admission._store.claims


async def test_a_caller_waits_for_our_own_backoff_only_until_its_deadline(bench: Bench) -> None:
    bench.answer = Retry(FAILED, asked_seconds=1.5)
    deadline = SystemClock().now() + timedelta(seconds=1)
    await bench.run(an_execution(arrival=Arrival.CALLER, deadline=deadline, retries=3, retryDelay=0))
    assert bench.outcomes == [FAILED]
    patient = await bench.run(an_execution(arrival=Arrival.CALLER, retries=3, retryDelay=0))
    assert patient.attempt == 2
    assert len(bench.waiting) == 1


async def test_a_fault_of_ours_is_an_unknown_outcome(bench: Bench) -> None:
    bench.answer = RuntimeError("a bug")
    await bench.run(an_execution(retries=3))
    [outcome] = bench.outcomes
    assert isinstance(outcome, Failure)
    assert outcome.type is FailureType.OUTCOME_UNKNOWN


async def test_advice_that_cannot_be_noted_changes_nothing_of_the_answer(bench: Bench) -> None:
    bench.advice, bench.admission.fault = Advice("Retry-After"), OverflowError("a limit of 1e300")
    await bench.run(an_execution())
    assert bench.outcomes == [Success({}, 200)]


class Registry:
    """Never answers."""

    async def refresh(self, *_asked: Any) -> Any:
        await asyncio.Event().wait()


def refused(bench: Bench, *, retries: int = 0) -> Execution:
    """One that is authorized by a token of the registry's, which the API refuses."""
    table = a_table(None, retries=retries)
    table.apply_credential(CREDENTIAL, a_token(1))
    plan = table.plan(CONNECTOR)
    assert plan is not None
    execution = an_execution()
    execution.plan, execution.authorized_by = plan, 1
    failure = Failure(FailureType.HTTP_ERROR, "The API answered 401.", 401)
    bench.answer = Retry(failure, renews=True)
    return execution


def attempted(status: int) -> Attempted:
    return Attempted(started=datetime(2026, 1, 1, tzinfo=UTC), duration=1, status=status, outcome="http_error")


async def test_a_call_with_a_refused_token_is_repeated_once_however_few_retries_there_are(bench: Bench) -> None:
    bench.runner._refreshes = Refreshes(Registry(), Supervisor(lambda: None))
    execution = refused(bench)
    execution.attempts = [attempted(401)]
    await bench.run(execution)
    assert (bench.outcomes, len(bench.waiting), execution.attempt) == ([], 1, 2)
    assert execution.plan.hold is ParkReason.TOKEN_MISSING


async def test_one_that_is_refused_with_the_next_token_as_well_has_failed(bench: Bench) -> None:
    bench.runner._refreshes = Refreshes(Registry(), Supervisor(lambda: None))
    execution = refused(bench)
    execution.attempts = [attempted(401), attempted(401)]
    await bench.run(execution)
    [outcome] = bench.outcomes
    assert isinstance(outcome, Failure)
    assert (outcome.http_status, outcome.retryable) == (401, False)


async def test_what_nobody_renews_is_a_failure(bench: Bench) -> None:
    await bench.run(refused(bench))
    assert [outcome.http_status for outcome in bench.outcomes if isinstance(outcome, Failure)] == [401]
