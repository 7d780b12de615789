"""What is submitted starts once, is repeated as its connector says, and ends; and leaves places to others."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from connector_executor.admission.port import Position
from connector_executor.caller import Decision
from connector_executor.connectors.plan import Plan
from connector_executor.execution import Arrival, Execution
from connector_executor.outcome import Failure, Outcome, Retry, Success
from connector_executor.recovery.settling import Settling
from connectors_shared.contract.execution import Lane
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.a_connector import a_plan
from tests.unit.executor.admission_suite import ready
from tests.unit.executor.scheduling.bench import (
    Bench,
    an_execution,
    outcome_of,
    settled,
)


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


async def test_a_write_that_ended_while_the_store_was_lost_is_not_called_for_its_repeat(bench: Bench) -> None:
    settling, release = Settling(bench.admission, bench.line), asyncio.Event()

    async def wait(_execution: Execution) -> Decision:
        await release.wait()
        return Success({}, 200)

    def publish(execution: Execution, outcome: Outcome) -> None:
        settling.ended(execution, Position(0, 1))
        bench.line.finished(execution, b"")
        bench.ended.outcomes.put_nowait((execution, outcome))

    bench.calls.answer = wait
    bench.ended.finish = publish  # type: ignore[method-assign]
    execution_id = uuid4()
    write, repeat = (an_execution(execution_id, method="POST") for _ in range(2))
    bench.line.submit(write)
    while not bench.calls.made:
        await asyncio.sleep(0)
    bench.store.forget_everything()
    await bench.claims.renew()
    await ready(bench.admission, lost=True)
    release.set()
    assert await bench.ended.outcomes.get() == (write, Success({}, 200))
    bench.line.submit(repeat)
    for _ in range(20):  # enough for the admitter to ask for it, if it did
        await asyncio.sleep(0)
    await settling.tell()
    assert await bench.ended.outcomes.get() == (repeat, "dropped")
    assert bench.calls.made == [write]


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
