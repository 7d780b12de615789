"""What may not start now is parked or told, and takes along what queues behind it."""

import asyncio

from connector_executor.admission.port import Subject, Tally
from connector_executor.caller import Decision
from connector_executor.execution import Arrival, Execution
from connector_executor.outcome import Failure, Retry, Success
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.a_connector import a_plan
from tests.unit.executor.a_credential import a_credential, an_authorized_plan
from tests.unit.executor.scheduling.bench import (
    Bench,
    Seen,
    an_execution,
    outcome_of,
    parked_of,
    settled,
)

ONE_A_MINUTE = {"rateLimit": {"maxRequestsPerMinute": 1}}


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


async def test_an_open_breaker_parks_without_calling(bench: Bench) -> None:
    plan = a_plan()
    subject = Subject(str(plan.published.workspace_id), plan.connector_key, plan.breaker)
    await bench.admission.report([(subject, Tally(failing=50, failed=50))])
    bench.line.submit(an_execution(plan=plan))
    _, reason, seconds = await parked_of(bench)
    assert (reason, seconds) == (ParkReason.BREAKER_OPEN, 4.0)
    assert not bench.calls.made


async def test_a_connector_whose_credential_is_stale_parks_everything(bench: Bench) -> None:
    bench.line.submit(an_execution(plan=an_authorized_plan(a_credential(status="stale"))))
    _, reason, _ = await parked_of(bench)
    assert reason is ParkReason.CREDENTIAL_STALE
    assert not bench.calls.made


async def test_a_queue_that_does_not_move_is_relieved_of_what_queues_in_it(bench: Bench) -> None:
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
    assert [(await parked_of(bench))[1] for _ in range(3)] == [ParkReason.QUEUE_FULL] * 3
    release.set()
    assert await outcome_of(bench) == Success({}, 200)
