"""Puts executions into the backlog, many at once; a record's offset is finished when its row is committed."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from connector_executor.admission.port import Admission, Subject
from connector_executor.execution import Arrival, Execution, subject_of
from connector_executor.finisher import Finisher
from connector_executor.lifecycle import Supervisor
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.dead import DeadLetters
from connector_executor.outcome import Failure
from connector_executor.parking.envelope import seal
from connector_executor.parking.port import Parcel, ParkingStore, ParkReason
from connector_executor.scheduling.line import Line
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.contract.policy import FullBacklogPolicy, ParkingPolicy
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
PARK_AT_ONCE = 256
COLLECT_SECONDS = 0.005
RETRY_SECONDS = 0.5
RELIEF_DUE_SECONDS = 0.5
STALE_DUE_SECONDS = 60.0
DEFAULT_POLICY = ParkingPolicy()


@dataclass(frozen=True, slots=True)
class Parking:
    """One execution on its way into the backlog. `claimed`: it ran here, and holds a claim and a place."""

    execution: Execution
    reason: ParkReason
    due_seconds: float
    ready_seconds: float
    claimed: bool


class Parker:
    """Between the line and the parking store. While the store is away everything waits here, offsets with it."""

    def __init__(
        self,
        store: ParkingStore,
        admission: Admission,
        finisher: Finisher,
        dead: DeadLetters,
        line: Line,
        supervisor: Supervisor,
        owner: str,
        clock: Clock,
        metrics: ExecutorMetrics,
    ) -> None:
        self._store = store
        self._admission = admission
        self._finisher = finisher
        self._dead = dead
        self._line = line
        self._supervisor = supervisor
        self._owner = owner
        self._clock = clock
        self._metrics = metrics
        self._queue: deque[Parking] = deque()
        self._marks: dict[tuple[str, str], Subject] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.available = True

    def park(
        self,
        execution: Execution,
        reason: ParkReason,
        *,
        due_seconds: float = 0.0,
        ready_seconds: float = 0.0,
        claimed: bool = False,
    ) -> None:
        """Returns at once; the line is told when it is safe."""
        if reason is ParkReason.CREDENTIAL_STALE:
            due_seconds = STALE_DUE_SECONDS
        self._queue.append(Parking(execution, reason, due_seconds, ready_seconds, claimed))
        self._idle.clear()
        self._wake.set()

    def relieve(self, executions: Sequence[Execution]) -> None:
        """Park what a lane cannot take for long; whatever comes after it queues behind it."""
        for execution in executions:
            subject = subject_of(execution.plan)
            self._marks[subject.workspace_id, subject.connector_id] = subject
            self.park(execution, ParkReason.LANE_FULL, due_seconds=RELIEF_DUE_SECONDS)

    async def run(self) -> None:
        """Park, for ever. Cancel to stop."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(COLLECT_SECONDS)
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(PARK_AT_ONCE, len(self._queue)))]
                self._settle(batch, await self._until_parked(batch))
            self._idle.set()

    async def flush(self, timeout_seconds: float) -> None:
        """Returns when nothing is on its way any more, or the time is over; then it comes again from Kafka."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("parking.incomplete", waiting=len(self._queue))

    async def _until_parked(self, batch: list[Parking]) -> list[bool]:
        while True:
            try:
                accepted = await self._park(batch)
            except ConnectionError as error:
                if self.available:
                    log.warning("parking.unreachable", waiting=len(self._queue) + len(batch), why=str(error))
                self.available = False
                await asyncio.sleep(RETRY_SECONDS)
            else:
                if not self.available:
                    log.warning("parking.reachable")
                self.available = True
                return accepted

    async def _park(self, batch: list[Parking]) -> list[bool]:
        """In Redis first: were the row committed first, a crash between would leave a claim that nobody holds."""
        await self._admission.park([parking.execution.ask() for parking in batch if parking.claimed])
        if self._marks:
            await self._admission.mark_backlog(list(self._marks.values()), True)
            self._marks.clear()
        again = [parking for parking in batch if parking.execution.arrival is Arrival.PARKED]
        if again:
            await self._store.repark(self._owner, [self._parcel(parking) for parking in again])
        fresh = [parking for parking in batch if parking.execution.arrival is not Arrival.PARKED]
        answers = iter(await self._store.park([self._parcel(parking) for parking in fresh]) if fresh else [])
        return [parking.execution.arrival is Arrival.PARKED or next(answers) for parking in batch]

    def _settle(self, batch: list[Parking], accepted: list[bool]) -> None:
        for parking, parked in zip(batch, accepted, strict=True):
            execution = parking.execution
            if parked:
                self._metrics.parked.labels(parking.reason.value).inc()
                self._line.parked(execution)
            else:
                self.end_refused(execution, "the backlog of the connector is full")

    def end_refused(self, execution: Execution, why: str) -> None:
        """An execution that may not be (any longer) in the backlog, by the policy of its connector."""
        policy = execution.plan.published.config.parking or DEFAULT_POLICY
        if policy.when_full is FullBacklogPolicy.DEAD_LETTER:
            self._bury(execution, why)
        else:
            self._finisher.finish(execution, Failure(FailureType.BACKLOG_FULL, why, retryable=True))

    def _bury(self, execution: Execution, why: str) -> None:
        async def bury() -> None:
            await self._dead.bury(execution.source, DeadReason.BACKLOG_FULL, why)
            self._line.finished(execution, b"")

        self._supervisor.start(bury())

    def _parcel(self, parking: Parking) -> Parcel:
        execution = parking.execution
        policy = execution.plan.published.config.parking or DEFAULT_POLICY
        expires = float(policy.max_age_seconds)
        if execution.deadline is not None:
            left = (execution.deadline.astimezone(UTC) - self._clock.now()).total_seconds()
            expires = max(0.0, min(expires, left))
        return Parcel(
            workspace_id=execution.event.workspace_id,
            execution_id=execution.event.execution_id,
            connector_id=execution.connector_id,
            budget=execution.plan.budget.key,
            lane=execution.priority,
            message=execution.source.value,
            envelope=seal(execution),
            reason=parking.reason,
            attempt=execution.attempt,
            ready_in_seconds=parking.ready_seconds,
            due_in_seconds=parking.due_seconds,
            expires_in_seconds=expires,
            ceiling=policy.max_parked,
        )
