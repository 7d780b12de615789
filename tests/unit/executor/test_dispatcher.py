"""The dispatcher over the in-memory admission: what starts, what waits, and what a drain gives back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_executor.admission.memory import InMemoryAdmission, Store
from connector_executor.admission.port import Admitted, Ask
from connector_executor.caller import Decision
from connector_executor.dispatcher import Dispatcher
from connector_executor.execution import Execution
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Outcome, Retry, Success
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.clock import SystemClock
from tests.unit.executor.a_connector import a_plan

Answer = Callable[[Execution], Awaitable[Decision]]
SECOND = 1_000_000


class Nowhere:
    """An origin nobody waits at."""

    def finished(self) -> None:
        return


@dataclass
class Calls:
    """Stands for the stages of a call; `answer` decides."""

    answer: Answer
    made: list[Execution] = field(default_factory=list)

    async def call(self, execution: Execution) -> Decision:
        self.made.append(execution)
        return await self.answer(execution)


class Ended:
    """Stands for the finisher: the outcome is safe at once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.outcomes: asyncio.Queue[tuple[Execution, Outcome | str]] = asyncio.Queue()
        self.on_done: Callable[[Execution], None] = lambda _execution: None

    def finish(self, execution: Execution, outcome: Outcome) -> None:
        self._end(execution, outcome)

    def republish(self, execution: Execution, message: bytes) -> None:
        self._end(execution, "republished")

    def drop(self, execution: Execution) -> None:
        self._end(execution, "dropped")

    def _end(self, execution: Execution, outcome: Outcome | str) -> None:
        self.outcomes.put_nowait((execution, outcome))
        self.store.claims[execution.workspace_id, execution.id].settled = True
        self.on_done(execution)


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
    dispatcher: Dispatcher
    admission: Flaky
    store: Store
    calls: Calls
    ended: Ended


async def succeed(_execution: Execution) -> Decision:
    return Success({}, 200)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    store = Store(lambda: 1_000 * SECOND)
    admission, calls, ended, metrics = Flaky(store), Calls(succeed), Ended(store), ExecutorMetrics()
    caller: Any = calls
    finisher: Any = ended
    dispatcher = Dispatcher(admission, caller, finisher, SystemClock(), metrics, max_in_flight=4)
    ended.on_done = dispatcher.forget
    running = asyncio.create_task(dispatcher.run())
    yield Bench(dispatcher, admission, store, calls, ended)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def an_execution(execution_id: UUID | None = None, **config: Any) -> Execution:
    plan = a_plan(**config)
    event = ConnectorExecute(
        execution_id=execution_id or uuid4(),
        workspace_id=plan.published.workspace_id,
        connector_id=plan.connector_id,
    )
    return Execution(event, plan, Nowhere(), SystemClock().monotonic())


async def outcome_of(bench: Bench) -> Outcome | str:
    _, outcome = await asyncio.wait_for(bench.ended.outcomes.get(), 5)
    return outcome


async def test_a_submitted_execution_is_called_and_ends(bench: Bench) -> None:
    bench.dispatcher.submit(an_execution())
    assert await outcome_of(bench) == Success({}, 200)
    assert not bench.dispatcher.active


async def test_the_same_id_twice_is_called_once(bench: Bench) -> None:
    execution_id = uuid4()
    bench.dispatcher.submit(an_execution(execution_id))
    bench.dispatcher.submit(an_execution(execution_id))
    assert await outcome_of(bench) == Success({}, 200)
    assert await outcome_of(bench) == "dropped"
    assert len(bench.calls.made) == 1


async def test_a_retry_is_another_attempt_and_the_last_failure_is_the_outcome(bench: Bench) -> None:
    failure = Failure(FailureType.HTTP_ERROR, "the API answered 500", 500, retryable=True)

    async def fail(_execution: Execution) -> Decision:
        return Retry(failure)

    bench.calls.answer = fail
    bench.dispatcher.submit(an_execution(retries=2, retryDelay=1))
    assert await outcome_of(bench) == failure
    assert len(bench.calls.made) == 3


async def test_a_fault_of_ours_is_an_outcome_and_not_another_call(bench: Bench) -> None:
    async def break_down(_execution: Execution) -> Decision:
        raise RuntimeError("a bug")

    bench.calls.answer = break_down
    bench.dispatcher.submit(an_execution(retries=5))
    outcome = await outcome_of(bench)
    assert isinstance(outcome, Failure)
    assert outcome.type is FailureType.OUTCOME_UNKNOWN
    assert len(bench.calls.made) == 1


async def test_nothing_starts_while_the_store_is_away(bench: Bench) -> None:
    bench.admission.away = True
    bench.dispatcher.submit(an_execution())
    await asyncio.wait_for(bench.admission.asked.wait(), 5)
    assert not bench.calls.made
    assert not bench.dispatcher.available
    bench.admission.away = False
    assert await outcome_of(bench) == Success({}, 200)
    assert bench.dispatcher.available


async def test_a_drain_waits_for_what_is_under_way(bench: Bench) -> None:
    release = asyncio.Event()

    async def wait(_execution: Execution) -> Decision:
        await release.wait()
        return Success({}, 200)

    bench.calls.answer = wait
    bench.dispatcher.submit(an_execution())
    await asyncio.wait_for(bench.admission.asked.wait(), 5)
    draining = asyncio.create_task(bench.dispatcher.drain(5))
    release.set()
    assert await draining
    assert await outcome_of(bench) == Success({}, 200)


async def test_a_drain_gives_back_what_was_just_being_admitted(bench: Bench) -> None:
    bench.admission.answering.clear()
    bench.dispatcher.submit(an_execution())
    await asyncio.wait_for(bench.admission.asked.wait(), 5)
    draining = asyncio.create_task(bench.dispatcher.drain(5))
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
    bench.dispatcher.submit(started)
    while not bench.calls.made:
        await asyncio.sleep(0)
    assert not await bench.dispatcher.drain(0.01)
