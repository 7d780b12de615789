"""The scheduling over the in-memory admission, between stand-ins for what is around it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.port import Admitted, Ask, PartedAdmission, Position, Verdict
from connector_executor.caller import Called, Decision
from connector_executor.connectors.plan import compile_plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Arrival, Execution, Origin
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.outbox import Outbox
from connector_executor.outcome import Outcome, Success
from connector_executor.parking.diversion import Diversion
from connector_executor.parking.port import ParkReason
from connector_executor.scheduling.admitter import Admitter
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.drain import Drain
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connector_executor.scheduling.renewal import Renewal
from connector_executor.scheduling.runner import Runner
from connector_executor.scheduling.waiting import Waiting
from connector_executor.tokens.refreshes import Refreshes
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor import executions
from tests.unit.executor.a_connector import a_connector
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
            self.park(execution, ParkReason.QUEUE_FULL)


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
    """Loses its connection while `away` is set, and its answers while `lost` is; `asked` is set by every question."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, "me", 2 * SECOND, 30 * SECOND)
        self.away = self.lost = False
        self.asked = asyncio.Event()
        self.answering = asyncio.Event()
        self.answering.set()

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        self.asked.set()
        if self.away:
            raise ConnectionError("away")
        answers = await super().admit(asks)
        await self.answering.wait()
        if self.lost:
            raise ConnectionError("away")
        return answers

    async def release(self, asks: Sequence[Ask]) -> None:
        if self.away or self.lost:
            raise ConnectionError("away")
        await super().release(asks)


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
    table: ConnectorTable


async def succeed(_execution: Execution) -> Decision:
    return Success({}, 200)


@asynccontextmanager
async def opened(most_calls: int) -> AsyncIterator[Bench]:
    """A running admitter; what it is given is called, at most so many at once."""
    admission = Flaky(Store(lambda: 1_000 * SECOND))
    await admission.join()
    await ready(admission)
    async with opened_over(admission, admission, most_calls=most_calls) as bench:
        yield bench


@asynccontextmanager
async def opened_over(admission: PartedAdmission, first: Flaky, *, most_calls: int) -> AsyncIterator[Bench]:
    """The same over a store that may have several parts; `first` is the first of them."""
    store, metrics, line = first._store, ExecutorMetrics(), Line(ExecutorMetrics())
    calls, ended, clock = Calls(succeed), Ended(store, line), FixedClock()
    faults: list[str] = []
    parked, supervisor = Parked(line), Supervisor(lambda: faults.append("a task has failed"))
    caller: Any = calls
    finisher: Any = ended
    parker: Any = parked
    untold: Any = Untold()
    claims, places, waiting = Claims(admission, line, supervisor, metrics), Places(most_calls, metrics), Waiting(line)
    diversion = Diversion(line, parker, finisher, clock, 2.0)
    table = ConnectorTable(monotonic=clock.monotonic)
    renewal = Renewal(table)
    runner = Runner(
        line,
        claims,
        places,
        waiting,
        caller,
        finisher,
        parker,
        untold,
        supervisor,
        clock,
        renewal,
        Refreshes(None, supervisor),
        horizon_seconds=2.0,
    )
    admitter = Admitter(line, claims, places, waiting, runner, diversion, finisher, Outbox(1_000), metrics, renewal)
    drain = Drain(line, claims, waiting, admitter)
    supervisor.start(admitter.run())
    yield Bench(line, claims, drain, diversion, first, store, calls, ended, parked, clock, table)
    await supervisor.close()
    assert not faults


def an_execution(execution_id: UUID | None = None, *, arrival: Arrival = Arrival.RECORD, **wanted: Any) -> Execution:
    return executions.an_execution(execution_id, origin=Seen(arrival), **wanted)


async def outcome_of(bench: Bench) -> Outcome | str:
    _, outcome = await asyncio.wait_for(bench.ended.outcomes.get(), 5)
    return outcome


async def parked_of(bench: Bench) -> tuple[Execution, ParkReason, float]:
    return await asyncio.wait_for(bench.parker.parked.get(), 5)


async def settled(bench: Bench) -> None:
    """Another connector's execution has gone the whole way, so what was submitted before it has been decided."""
    bench.line.submit(an_execution(plan=compile_plan(a_connector(connector_id=uuid4()))))
    await outcome_of(bench)
