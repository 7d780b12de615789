"""What a drain waits for, and what it gives back."""

import asyncio

from connector_executor.caller import Decision
from connector_executor.execution import Arrival, Execution
from connector_executor.outcome import Failure, Retry, Success
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.scheduling.bench import (
    Bench,
    Seen,
    an_execution,
    outcome_of,
    settled,
)


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


async def test_a_drain_takes_along_what_came_back_into_its_queue_for_another_attempt(bench: Bench) -> None:
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
    while bench.line.queues.waiting(again.connector_id) != (1, 1):
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
