"""What is told about upstreams: failures at once, successes only where something fails."""

from typing import Any

import pytest

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.port import BreakerPolicy, HealthChange, Verdict
from connector_executor.caller import Called
from connector_executor.execution import Arrival, Execution, Origin, Source
from connector_executor.health import HealthReporter
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Retry, Success
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.a_connector import a_plan

SECOND = 1_000_000
OK = Called(Success({}, 200), lives=True)
BROKEN = Called(Retry(Failure(FailureType.HTTP_ERROR, "the API answered 500", 500, retryable=True)), lives=False)
LIMITED = Called(Retry(Failure(FailureType.HTTP_ERROR, "the API answered 429", 429, retryable=True)), lives=True)
UNREACHED = Called(Failure(FailureType.INVALID_INPUT, "name is required"))


class Came(Origin):
    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival


class Bench:
    def __init__(self) -> None:
        self.now_us = 1_000 * SECOND
        policy = BreakerPolicy(min_calls=4, failure_rate=0.5, unhealthy_seconds=10.0, unhealthy_failures=2)
        self.admission = InMemoryAdmission(Store(lambda: self.now_us), "me", 2 * SECOND, 30 * SECOND, breakers=policy)
        self.changes: list[HealthChange] = []
        self.reporter = HealthReporter(self.admission, ExecutorMetrics(), self.changes.append)

    def note(self, called: Called, times: int = 1, *, watched: bool = True) -> None:
        for _ in range(times):
            execution = an_execution()
            execution.watched = watched
            self.reporter.note(execution, called)

    async def breaker(self) -> str:
        await self.reporter.report()
        return (await self.admission.limits(an_execution().plan.subject)).breaker


def an_execution(arrival: Arrival = Arrival.RECORD) -> Execution:
    plan, origin = a_plan(), Came(arrival)
    fields: dict[str, Any] = {"execution_id": plan.connector_id, "workspace_id": plan.published.workspace_id}
    return Execution(ConnectorExecute(connector_id=plan.connector_id, **fields), plan, origin, 0.0, Source(b""))


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_enough_failures_open_the_breaker(bench: Bench) -> None:
    bench.note(BROKEN, 4)
    assert await bench.breaker() == "open"


async def test_successes_before_the_first_failure_count(bench: Bench) -> None:
    bench.note(OK, 50, watched=False)
    bench.note(BROKEN, 4)
    assert await bench.breaker() == "closed"


async def test_successes_alone_are_not_told(bench: Bench) -> None:
    bench.note(OK, 50, watched=False)
    await bench.reporter.report()
    assert (await bench.admission.limits(an_execution().plan.subject)).breaker_calls == 0


async def test_what_was_not_called_and_what_was_limited_is_no_failure(bench: Bench) -> None:
    bench.note(UNREACHED, 50)
    bench.note(LIMITED, 50)
    assert await bench.breaker() == "closed"


async def test_a_connector_that_only_fails_for_long_is_announced_once_and_so_is_its_recovery(bench: Bench) -> None:
    bench.note(Called(Failure(FailureType.HTTP_ERROR, "the API answered 401", 401), lives=True))
    await bench.reporter.report()
    bench.now_us += 11 * SECOND
    for _ in range(2):
        bench.note(Called(Failure(FailureType.HTTP_ERROR, "the API answered 401", 401), lives=True))
        await bench.reporter.report()
    bench.note(OK)
    await bench.reporter.report()
    assert [(change.healthy, change.failing_seconds) for change in bench.changes] == [(False, 11.0), (True, 11.0)]


async def test_a_probe_that_made_no_call_is_told_so_that_another_may_try(bench: Bench) -> None:
    await bench.admission.join()
    bench.note(BROKEN, 4)
    assert await bench.breaker() == "open"
    bench.now_us += 6 * SECOND
    probe, other = an_execution(Arrival.CALLER), an_execution(Arrival.CALLER)
    probe.id, other.id = "probe", "other"
    assert [a.verdict for a in await bench.admission.admit([probe.ask(), other.ask()])] == [Verdict.GO, Verdict.OPEN]
    bench.reporter.note(probe, UNREACHED)
    await bench.reporter.report()
    assert (await bench.admission.admit([other.ask()]))[0].verdict is Verdict.GO


async def test_what_made_no_call_is_told_of_only_where_something_fails(bench: Bench) -> None:
    bench.note(UNREACHED, 3, watched=False)
    await bench.reporter.report()
    assert bench.admission._store.breakers == {}
