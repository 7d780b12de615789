"""The scheduling over the in-memory admission: what starts, what waits, and what a drain gives back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.port import Admitted, Ask, Position, Subject, Tally, Verdict
from connector_executor.caller import Called, Decision
from connector_executor.connectors.plan import Plan, compile_plan
from connector_executor.execution import Arrival, Execution, Origin, Source
from connector_executor.lifecycle import Supervisor
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Outcome, Retry, Success
from connector_executor.parking.diversion import Diversion
from connector_executor.parking.port import ParkReason
from connector_executor.scheduling.admitter import Admitter
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.drain import Drain
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connector_executor.scheduling.runner import Runner
from connector_executor.scheduling.waiting import Waiting
from connectors_shared.contract.execution import ConnectorExecute, Lane
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.clock import SystemClock
from tests.unit.executor.a_connector import a_connector, a_plan
from tests.unit.executor.admission_suite import ready

Answer = Callable[[Execution], Awaitable[Decision]]
SECOND = 1_000_000


class Seen(Origin):
    """Remembers what it was told, and arrived as it is told to."""

    def __init__(self, arrival: Arrival = Arrival.RECORD) -> None:
        self.arrival = arrival
        self.told: list[str] = []

    def refused(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None:
        self.told.append(verdict.value)

    def returned(self) -> None:
        self.told.append("returned")


class FixedClock(SystemClock):
    """Monotonic time moves when a test says so."""

    at = 0.0

    def monotonic(self) -> float:
        return self.at


@dataclass
class Calls:
    """Stands for the stages of a call; `answer` decides."""

    answer: Answer
    made: list[Execution] = field(default_factory=list)

    async def call(self, execution: Execution) -> Called:
        self.made.append(execution)
        return Called(await self.answer(execution), lives=True)


@dataclass
class Parked:
    """Stands for the parker: what is parked is safe at once."""

    line: Line
    parked: asyncio.Queue[tuple[Execution, ParkReason, float]] = field(default_factory=asyncio.Queue)

    def park(
        self,
        execution: Execution,
        reason: ParkReason,
        *,
        due_seconds: float = 0.0,
        ready_seconds: float = 0.0,
        claimed: bool = False,
    ) -> None:
        self.parked.put_nowait((execution, reason, ready_seconds or due_seconds))
        self.line.parked(execution)

    def relieve(self, executions: Sequence[Execution]) -> None:
        for execution in executions:
            self.park(execution, ParkReason.LANE_FULL)


class Untold:
    """Stands for the health reporter."""

    def note(self, execution: Execution, called: Called) -> None:
        return


class Ended:
    """Stands for the finisher: the outcome is safe at once."""

    def __init__(self, store: Store, line: Line) -> None:
        self.store = store
        self.line = line
        self.outcomes: asyncio.Queue[tuple[Execution, Outcome | str]] = asyncio.Queue()

    def finish(self, execution: Execution, outcome: Outcome) -> None:
        self._end(execution, outcome)

    def republish(self, execution: Execution, message: bytes) -> None:
        self._end(execution, "republished")

    def drop(self, execution: Execution) -> None:
        self._end(execution, "dropped")

    def recall(self, execution: Execution, position: Position) -> None:
        self._end(execution, f"recalled from {position.offset}")

    def _end(self, execution: Execution, outcome: Outcome | str) -> None:
        self.outcomes.put_nowait((execution, outcome))
        key = (execution.workspace_id, execution.id)
        self.store.claims.pop(key, None)
        self.store.markers[key] = Position(0, 1)
        self.line.finished(execution, b"")


class Flaky(InMemoryAdmission):
    """Loses its connection while `away` is set; `asked` is set by every question."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, "me", 2 * SECOND, 30 * SECOND)
        self.away = False
        self.asked = asyncio.Event()
        self.answering = asyncio.Event()
        self.answering.set()

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        self.asked.set()
        if self.away:
            raise ConnectionError("away")
        answers = await super().admit(asks)
        await self.answering.wait()
        return answers


@dataclass
class Bench:
    line: Line
    claims: Claims
    drain: Drain
    diversion: Diversion
    admission: Flaky
    store: Store
    calls: Calls
    ended: Ended
    parker: Parked
    clock: FixedClock


async def succeed(_execution: Execution) -> Decision:
    return Success({}, 200)


@pytest.fixture
def most_calls() -> int:
    return 4


@pytest.fixture
async def bench(most_calls: int) -> AsyncIterator[Bench]:
    store, metrics, line = Store(lambda: 1_000 * SECOND), ExecutorMetrics(), Line(ExecutorMetrics())
    admission, calls, ended, clock = Flaky(store), Calls(succeed), Ended(store, line), FixedClock()
    await admission.join()
    await ready(admission)
    faults: list[str] = []
    parked, supervisor = Parked(line), Supervisor(lambda: faults.append("a task has failed"))
    caller: Any = calls
    finisher: Any = ended
    parker: Any = parked
    untold: Any = Untold()
    claims, places, waiting = Claims(admission, line, supervisor, metrics), Places(most_calls, metrics), Waiting(line)
    diversion = Diversion(line, parker, finisher, clock, 2.0)
    runner = Runner(
        line, claims, places, waiting, caller, finisher, parker, untold, supervisor, clock, horizon_seconds=2.0
    )
    admitter = Admitter(line, claims, places, waiting, runner, diversion, finisher, metrics)
    drain = Drain(line, claims, waiting, admitter)
    supervisor.start(admitter.run())
    yield Bench(line, claims, drain, diversion, admission, store, calls, ended, parked, clock)
    await supervisor.close()
    assert not faults


def an_execution(
    execution_id: UUID | None = None,
    *,
    arrival: Arrival = Arrival.RECORD,
    lane: Lane = Lane.NORMAL,
    plan: Plan | None = None,
    **config: Any,
) -> Execution:
    plan = plan or a_plan(**config)
    event = ConnectorExecute(
        execution_id=execution_id or uuid4(),
        workspace_id=plan.published.workspace_id,
        connector_id=plan.connector_id,
        lane=lane,
    )
    return Execution(event, plan, Seen(arrival), 0.0, Source(event.to_json()))


ONE_A_MINUTE = {"rateLimit": {"maxRequestsPerMinute": 1}}


async def outcome_of(bench: Bench) -> Outcome | str:
    _, outcome = await asyncio.wait_for(bench.ended.outcomes.get(), 5)
    return outcome


async def test_a_submitted_execution_is_called_and_ends(bench: Bench) -> None:
    bench.line.submit(an_execution())
    assert await outcome_of(bench) == Success({}, 200)
    assert not bench.line.claimed


async def test_the_same_id_twice_is_called_once(bench: Bench) -> None:
    execution_id = uuid4()
    bench.line.submit(an_execution(execution_id))
    bench.line.submit(an_execution(execution_id))
    assert await outcome_of(bench) == Success({}, 200)
    assert await outcome_of(bench) == "dropped"
    assert len(bench.calls.made) == 1


async def test_a_retry_is_another_attempt_and_the_last_failure_is_the_outcome(bench: Bench) -> None:
    failure = Failure(FailureType.HTTP_ERROR, "the API answered 500", 500, retryable=True)

    async def fail(_execution: Execution) -> Decision:
        return Retry(failure)

    bench.calls.answer = fail
    bench.line.submit(an_execution(retries=2, retryDelay=1))
    assert await outcome_of(bench) == failure
    assert len(bench.calls.made) == 3


async def test_a_fault_of_ours_is_an_outcome_and_not_another_call(bench: Bench) -> None:
    async def break_down(_execution: Execution) -> Decision:
        raise RuntimeError("a bug")

    bench.calls.answer = break_down
    bench.line.submit(an_execution(retries=5))
    outcome = await outcome_of(bench)
    assert isinstance(outcome, Failure)
    assert outcome.type is FailureType.OUTCOME_UNKNOWN
    assert len(bench.calls.made) == 1


async def test_nothing_starts_while_the_store_is_away(bench: Bench) -> None:
    bench.admission.away = True
    bench.line.submit(an_execution())
    await asyncio.wait_for(bench.admission.asked.wait(), 5)
    assert not bench.calls.made
    assert not bench.claims.available
    bench.admission.away = False
    assert await outcome_of(bench) == Success({}, 200)
    assert bench.claims.available


async def test_a_drain_waits_for_what_is_under_way(bench: Bench) -> None:
    release = asyncio.Event()

    async def wait(_execution: Execution) -> Decision:
        await release.wait()
        return Success({}, 200)

    bench.calls.answer = wait
    bench.line.submit(an_execution())
    await asyncio.wait_for(bench.admission.asked.wait(), 5)
    draining = asyncio.create_task(bench.drain.until_empty(5))
    release.set()
    assert await draining
    assert await outcome_of(bench) == Success({}, 200)


async def test_a_drain_gives_back_what_was_just_being_admitted(bench: Bench) -> None:
    bench.admission.answering.clear()
    bench.line.submit(an_execution())
    await asyncio.wait_for(bench.admission.asked.wait(), 5)
    draining = asyncio.create_task(bench.drain.until_empty(5))
    bench.admission.answering.set()
    assert await draining
    assert not bench.store.claims
    assert not bench.calls.made


async def test_a_drain_that_takes_too_long_says_so(bench: Bench) -> None:
    async def hang(_execution: Execution) -> Decision:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    bench.calls.answer = hang
    started = an_execution()
    bench.line.submit(started)
    while not bench.calls.made:
        await asyncio.sleep(0)
    assert not await bench.drain.until_empty(0.01)


async def parked_of(bench: Bench) -> tuple[Execution, ParkReason, float]:
    return await asyncio.wait_for(bench.parker.parked.get(), 5)


async def test_what_would_wait_beyond_the_horizon_is_parked_and_what_follows_queues_behind_it(bench: Bench) -> None:
    plan = a_plan(**ONE_A_MINUTE)
    first, second, third = (an_execution(plan=plan) for _ in range(3))
    for execution in (first, second, third):
        bench.line.submit(execution)
    assert await outcome_of(bench) == Success({}, 200)
    parked = {execution.id: reason for execution, reason, _ in [await parked_of(bench), await parked_of(bench)]}
    assert parked == {second.id: ParkReason.RATE_LIMITED, third.id: ParkReason.BEHIND_OTHERS}
    assert [execution.id for execution in bench.calls.made] == [first.id]


async def test_a_caller_that_would_wait_too_long_is_told_instead(bench: Bench) -> None:
    plan = a_plan(**ONE_A_MINUTE)
    waiting = an_execution(plan=plan, arrival=Arrival.CALLER)
    bench.line.submit(an_execution(plan=plan))
    assert await outcome_of(bench) == Success({}, 200)
    bench.line.submit(waiting)
    await settled(bench)
    assert isinstance(waiting.origin, Seen)
    assert waiting.origin.told == ["later"]
    assert (waiting.workspace_id, waiting.id) not in bench.store.claims


async def settled(bench: Bench) -> None:
    """Another connector's execution has gone the whole way, so what was submitted before it has been decided."""
    bench.line.submit(an_execution(plan=compile_plan(a_connector(connector_id=uuid4()))))
    await outcome_of(bench)


async def test_what_comes_out_of_the_backlog_goes_back_there_when_refused(bench: Bench) -> None:
    plan = a_plan(**ONE_A_MINUTE)
    bench.line.submit(an_execution(plan=plan))
    await outcome_of(bench)
    drained = an_execution(plan=plan, arrival=Arrival.PARKED)
    bench.line.submit(drained)
    await settled(bench)
    assert isinstance(drained.origin, Seen)
    assert drained.origin.told == ["later"]


async def test_a_retry_beyond_the_horizon_is_parked_with_its_next_attempt(bench: Bench) -> None:
    failure = Failure(FailureType.HTTP_ERROR, "the API answered 503", 503, retryable=True)

    async def refuse(_execution: Execution) -> Decision:
        return Retry(failure, asked_seconds=3600.0)

    bench.calls.answer = refuse
    bench.line.submit(an_execution(retries=1))
    execution, reason, seconds = await parked_of(bench)
    assert (reason, seconds, execution.attempt) == (ParkReason.ASKED_TO_WAIT, 3600.0, 2)
    assert not bench.line.claimed


async def test_waits_that_the_upstream_asked_for_do_not_count_towards_the_total(bench: Bench) -> None:
    failure = Failure(FailureType.HTTP_ERROR, "the API answered 429", 429, retryable=True)

    async def refuse(_execution: Execution) -> Decision:
        return Retry(failure, asked_seconds=0.01)

    bench.calls.answer = refuse
    bench.line.submit(an_execution(retries=2, retryDelay=0, totalTimeout=100))
    assert await outcome_of(bench) == failure
    assert len(bench.calls.made) == 3


async def test_our_own_waits_end_at_the_total(bench: Bench) -> None:
    failure = Failure(FailureType.HTTP_ERROR, "the API answered 500", 500, retryable=True)

    async def fail(execution: Execution) -> Decision:
        execution.spent_seconds += 0.2
        return Retry(failure)

    bench.calls.answer = fail
    bench.line.submit(an_execution(retries=20, retryDelay=0, totalTimeout=500))
    assert await outcome_of(bench) == failure
    assert len(bench.calls.made) == 3


async def test_an_open_breaker_parks_without_calling(bench: Bench) -> None:
    plan = a_plan()
    subject = Subject(str(plan.published.workspace_id), plan.connector_key, plan.breaker)
    await bench.admission.report([(subject, Tally(failing=50, failed=50))])
    bench.line.submit(an_execution(plan=plan))
    _, reason, seconds = await parked_of(bench)
    assert (reason, seconds) == (ParkReason.BREAKER_OPEN, 4.0)
    assert not bench.calls.made


async def test_a_connector_whose_credential_is_stale_parks_everything(bench: Bench) -> None:
    published = a_connector().model_copy(update={"credential_stale": True})
    bench.line.submit(an_execution(plan=compile_plan(published)))
    _, reason, _ = await parked_of(bench)
    assert reason is ParkReason.CREDENTIAL_STALE
    assert not bench.calls.made


async def test_a_lane_that_does_not_move_is_relieved_of_what_queues_in_it(bench: Bench) -> None:
    release = asyncio.Event()

    async def hang(_execution: Execution) -> Decision:
        await release.wait()
        return Success({}, 200)

    bench.calls.answer = hang
    for _ in range(4):
        bench.line.submit(an_execution(maxInFlight=1))
    while not bench.calls.made:
        await asyncio.sleep(0)
    bench.clock.at = 1.0
    await bench.diversion.relieve()
    assert bench.parker.parked.empty()
    for bench.clock.at in (60.0, 61.0, 62.0, 63.0):
        await bench.diversion.relieve()
    assert [(await parked_of(bench))[1] for _ in range(3)] == [ParkReason.LANE_FULL] * 3
    release.set()
    assert await outcome_of(bench) == Success({}, 200)


async def test_a_rebalance_takes_records_away_and_leaves_others_running(bench: Bench) -> None:
    release = asyncio.Event()

    async def wait(_execution: Execution) -> Decision:
        await release.wait()
        return Success({}, 200)

    bench.calls.answer = wait
    drained = an_execution(arrival=Arrival.PARKED, maxInFlight=1)
    queued = an_execution(maxInFlight=1)
    bench.line.submit(drained)
    while not bench.calls.made:
        await asyncio.sleep(0)
    bench.line.submit(queued)
    assert await bench.drain.until_empty(5, lambda execution: execution.arrival is Arrival.RECORD)
    late = an_execution()
    bench.line.submit(late)
    bench.drain.resume()
    release.set()
    assert (await bench.ended.outcomes.get())[0] is drained
    await settled(bench)
    for execution in (queued, late):
        assert isinstance(execution.origin, Seen)
        assert execution.origin.told == ["returned"]
    assert drained in bench.calls.made
    assert queued not in bench.calls.made


async def test_a_store_without_its_memory_is_joined_again_and_what_runs_is_claimed(bench: Bench) -> None:
    release = asyncio.Event()

    async def wait(_execution: Execution) -> Decision:
        await release.wait()
        return Success({}, 200)

    bench.calls.answer = wait
    running = an_execution()
    bench.line.submit(running)
    while not bench.calls.made:
        await asyncio.sleep(0)
    before = bench.admission.generation
    bench.store.forget_everything()
    await bench.claims.renew()
    assert bench.admission.generation != before
    assert bench.store.claims[running.workspace_id, running.id].owner == "me"
    release.set()
    assert await outcome_of(bench) == Success({}, 200)


async def test_a_doubted_write_is_not_repeated_and_a_doubted_read_is(bench: Bench) -> None:
    write, read = an_execution(method="POST"), an_execution(method="GET")
    write.handed_under = read.handed_under = ("an earlier generation",)
    bench.line.submit(write)
    bench.line.submit(read)
    outcomes = dict([await bench.ended.outcomes.get(), await bench.ended.outcomes.get()])
    found = outcomes[write]
    assert isinstance(found, Failure)
    assert found.type is FailureType.OUTCOME_UNKNOWN
    assert outcomes[read] == Success({}, 200)


async def test_a_drain_takes_along_what_came_back_into_its_lane_for_another_attempt(bench: Bench) -> None:
    hanging, release = asyncio.Event(), asyncio.Event()

    async def fail_or_hang(execution: Execution) -> Decision:
        if execution.arrival is Arrival.RECORD:
            return Retry(Failure(FailureType.HTTP_ERROR, "the API answered 500", 500, retryable=True))
        hanging.set()
        await release.wait()
        return Success({}, 200)

    bench.calls.answer = fail_or_hang
    again = an_execution(maxInFlight=1, retries=1, retryDelay=1)
    stays = an_execution(arrival=Arrival.PARKED, maxInFlight=1, retries=1, retryDelay=1)
    bench.line.submit(again)
    bench.line.submit(stays)
    await asyncio.wait_for(hanging.wait(), 5)
    while bench.line.lanes.waiting(again.connector_id) != (1, 1):
        await asyncio.sleep(0)
    assert await bench.drain.until_empty(5, lambda execution: execution.arrival is Arrival.RECORD)
    assert isinstance(again.origin, Seen)
    assert again.origin.told == ["returned"]
    assert (again.workspace_id, again.id) not in bench.store.claims
    release.set()
    assert (await bench.ended.outcomes.get())[0] is stays


async def test_a_drain_does_not_wait_for_the_answers_of_those_who_stay(bench: Bench) -> None:
    bench.admission.answering.clear()
    stays = an_execution(arrival=Arrival.PARKED)
    bench.line.submit(stays)
    await asyncio.wait_for(bench.admission.asked.wait(), 5)
    assert await bench.drain.until_empty(0.01, lambda execution: execution.arrival is Arrival.RECORD)
    bench.admission.answering.set()
    assert await outcome_of(bench) == Success({}, 200)


def a_plan_of(workspace: int, connector: int) -> Plan:
    return a_plan(workspace_id=UUID(int=workspace), connector_id=UUID(int=connector), maxInFlight=64)


async def until_called(bench: Bench, executions: Sequence[Execution]) -> None:
    """Turns of the loop, not seconds: whoever finds a place is called after a few of them."""
    for _ in range(1_000):
        if set(executions) <= set(bench.calls.made):
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{len(set(executions) - set(bench.calls.made))} of {len(executions)} found no place")


@pytest.mark.parametrize("most_calls", [512])
async def test_connectors_that_hang_leave_places_to_another_workspace_and_to_who_waits(bench: Bench) -> None:
    async def hang_or_answer(execution: Execution) -> Decision:
        if execution.workspace_id == str(UUID(int=3)):
            await asyncio.Event().wait()
        return Success({}, 200)

    bench.calls.answer = hang_or_answer
    greedy = [a_plan_of(3, 100 + number) for number in range(8)]
    hanging = [an_execution(plan=plan) for plan in greedy for _ in range(100)]
    for execution in hanging:
        bench.line.submit(execution)
    async with asyncio.timeout(10):
        while len(bench.calls.made) < 400:
            await asyncio.sleep(0)
    await settled(bench)
    assert len(bench.calls.made) < 480

    healthy = [an_execution(plan=a_plan_of(2, 200 + number % 2)) for number in range(40)]
    interactive = [an_execution(plan=greedy[0], lane=Lane.INTERACTIVE, arrival=Arrival.CALLER)]
    for execution in [*healthy, *interactive]:
        bench.line.submit(execution)
    await until_called(bench, [*healthy, *interactive])
