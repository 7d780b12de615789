"""Puts executions into the backlog, many at once; a record's offset is finished when its row is committed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial

from msgspec.structs import replace as replaced

from connector_executor.admission.port import Admitted, PartedAdmission, Queueing, Subject, Verdict
from connector_executor.connectors.plan import Plan
from connector_executor.execution import Arrival, Execution
from connector_executor.finisher import Finisher
from connector_executor.metrics import ExecutorMetrics
from connector_executor.parking.dead_lettering import DeadExecution, DeadLetterEnd, DeadLettering
from connector_executor.parking.ended import tell
from connector_executor.parking.envelope import seal
from connector_executor.parking.flow import flow_of
from connector_executor.parking.port import Parcel, ParkingStore, ParkReason
from connector_executor.parking.reasons import policy_of, refusal_of
from connector_executor.scheduling.line import Line
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import Collector
from connectors_shared.runtime.persist import is_outage, persist
from connectors_shared.runtime.supervision import together

log = get_logger(__name__)
PARK_AT_ONCE = 256
COLLECT_SECONDS = 0.005
AGAIN_SECONDS = 1.0
"""When one that found no room is tried again, while somebody else runs it."""
RELIEF_DUE_SECONDS = 0.5
STALE_DUE_SECONDS = 60.0
UNREADABLE_DUE_SECONDS = 5.0
"""Soon, because another replica may be able to read it, or has it."""
DUE_SECONDS = {
    ParkReason.CREDENTIAL_STALE: STALE_DUE_SECONDS,
    ParkReason.DEFINITION_UNREADABLE: UNREADABLE_DUE_SECONDS,
    ParkReason.CREDENTIAL_UNREADABLE: UNREADABLE_DUE_SECONDS,
    ParkReason.CREDENTIAL_MISSING: UNREADABLE_DUE_SECONDS,
    ParkReason.TOKEN_MISSING: UNREADABLE_DUE_SECONDS,
}
FULL = "The backlog of the connector is full."
NOT_YET = Admitted(Verdict.RUNNING)


@dataclass(slots=True)
class Parking:
    """One execution on its way into the backlog. `claimed`: it ran here, and holds a claim and a place.

    `set_aside`: it is on its way into the dead letters instead.
    """

    execution: Execution
    reason: ParkReason
    due_seconds: float
    ready_seconds: float
    claimed: bool
    set_aside: bool = False


class Parker:
    """Between the line and the parking store. While the store is away everything waits here, offsets with it."""

    def __init__(
        self,
        store: ParkingStore,
        admission: PartedAdmission,
        finisher: Finisher,
        dead_lettering: DeadLettering,
        line: Line,
        owner: str,
        clock: Clock,
        metrics: ExecutorMetrics,
    ) -> None:
        self._store = store
        self._admission = admission
        self._finisher = finisher
        self._dead_lettering = dead_lettering
        self._line = line
        self._owner = owner
        self._clock = clock
        self._metrics = metrics
        self._lanes = [
            Collector(partial(self._park_all, part), most=PARK_AT_ONCE, delay=lambda: COLLECT_SECONDS)
            for part in range(len(admission.parts))
        ]
        """One for each part of the store of claims."""
        self._marks: list[dict[tuple[str, str], Subject]] = [{} for _ in admission.parts]
        self.available = True
        self.on_parked: Callable[[Plan], None] = lambda _plan: None
        """Is told under which plan something was parked, once that is committed."""

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
        due_seconds = DUE_SECONDS.get(reason, due_seconds)
        if execution.id in self._line.claimed:
            # It came back into its queue, for another attempt or because its slot has come.
            claimed = True
            self._line.disclaim(execution)
        if claimed:
            execution.handed_under = ()
        self._add(Parking(execution, reason, due_seconds, ready_seconds, claimed))

    def relieve(self, executions: Sequence[Execution]) -> None:
        """Park what a queue cannot take for long; whatever comes after it queues behind it."""
        for execution in executions:
            subject = execution.plan.subject
            marks = self._marks[self._admission.part_of(subject.workspace_id)]
            marks[subject.workspace_id, subject.connector_id] = subject
            self.park(execution, ParkReason.QUEUE_FULL, due_seconds=RELIEF_DUE_SECONDS)

    async def run(self) -> None:
        """Park, for ever. Cancel to stop."""
        await together(*(queue.run() for queue in self._lanes))

    async def flush(self, timeout_seconds: float) -> None:
        """Returns when nothing is on its way any more, or the time is over; then it comes again from Kafka."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await together(*(queue.idle() for queue in self._lanes))
        except TimeoutError:
            log.warning("parking.incomplete", waiting=sum(map(len, self._lanes)))

    def _add(self, parking: Parking) -> None:
        self._lanes[self._admission.part_of(parking.execution.workspace_id)].add(parking)

    async def _park_all(self, part: int, batch: list[Parking]) -> None:
        self._settle(batch, await self._until_parked(part, batch))

    async def _until_parked(self, part: int, batch: list[Parking]) -> list[Admitted | None]:
        """For each None when it is parked, else what the store of claims knows of it."""
        try:
            answers = await persist("executions.park", lambda: self._park(part, batch), waits_for=self._is_away)
        except Exception as error:
            if len(batch) > 1:
                return [answer for parking in batch for answer in await self._until_parked(part, [parking])]
            self._set_aside(batch[0], error)
            return [None]
        self.available = True
        return answers

    def _is_away(self, error: Exception) -> bool:
        away = is_outage(error)
        self.available = self.available and not away
        return away

    async def _park(self, part: int, batch: list[Parking]) -> list[Admitted | None]:
        """In Redis first: were the row committed first, a crash between would leave a claim that nobody holds.

        Where one of several parts is away, what holds no claim there is parked nevertheless.
        """
        told = await self._tell(part, batch)
        unclaimed = batch if told else [parking for parking in batch if not parking.claimed]
        again = [parking for parking in unclaimed if parking.execution.arrival is Arrival.PARKED]
        if again:
            await self._store.repark(self._owner, [self._parcel(parking) for parking in again])
        fresh = [parking for parking in unclaimed if parking.execution.arrival is not Arrival.PARKED]
        accepted = await self._store.park([self._parcel(parking) for parking in fresh]) if fresh else []
        refused = [parking for parking, kept in zip(fresh, accepted, strict=True) if kept is False]
        known = dict(zip(map(id, refused), await self._asked(part, refused), strict=True))
        # It is the replay of what is just being dead-lettered, and is parked when that is done.
        leaving = {id(parking): NOT_YET for parking, kept in zip(fresh, accepted, strict=True) if kept is None}
        waiting = {} if told else {id(parking): NOT_YET for parking in batch if parking.claimed}
        return [(known | leaving | waiting).get(id(parking)) for parking in batch]

    async def _tell(self, part: int, batch: Sequence[Parking]) -> bool:
        """The store of claims is told. False when it is one of several parts, and away: it is told later."""
        store, marks = self._admission.parts[part], self._marks[part]
        try:
            await store.park([parking.execution.ask() for parking in batch if parking.claimed])
            if marks:
                await store.mark_backlog(list(marks.values()), True)
                marks.clear()
        except ConnectionError:
            if len(self._lanes) == 1:
                raise
            return False
        return True

    async def _asked(self, part: int, refused: Sequence[Parking]) -> list[Admitted]:
        """There is no room for them. Not all were asked for when they came here: each may have run elsewhere."""
        if not refused:
            return []
        asks = [replaced(parking.execution.ask(), queueing=Queueing.ENDS) for parking in refused]
        try:
            return await self._admission.parts[part].admit(asks)
        except ConnectionError:
            if len(self._lanes) == 1:
                raise
            return [NOT_YET] * len(refused)

    def _settle(self, batch: list[Parking], answers: list[Admitted | None]) -> None:
        dead: list[DeadExecution] = []
        for parking, answer in zip(batch, answers, strict=True):
            if parking.set_aside:
                continue
            if answer is None:
                self._metrics.parked.labels(parking.reason.value).inc()
                self._line.parked(parking.execution)
                self.on_parked(parking.execution.plan)
            else:
                dead += self._end(parking, answer)
        self._dead_lettering.start(dead)

    def _end(self, parking: Parking, answer: Admitted) -> list[DeadExecution]:
        execution, end = parking.execution, refusal_of(parking.execution.plan, FULL)
        if answer.verdict is Verdict.GO and isinstance(end, DeadLetterEnd):
            return [self._dead_execution(execution, end)]
        if not tell(self._finisher, execution, end, answer):
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._add, parking)
        return []

    def _set_aside(self, parking: Parking, error: Exception) -> None:
        """An execution that cannot be written must not keep others from being parked."""
        execution = parking.execution
        log.error("execution.unparkable", execution_id=execution.id, exc_info=error)
        parking.set_aside = True
        end = DeadLetterEnd(DeadReason.REPEATED_FAULT, f"it cannot be parked: {type(error).__name__}")
        self._dead_lettering.start([self._dead_execution(execution, end)])

    def _dead_execution(self, execution: Execution, end: DeadLetterEnd) -> DeadExecution:
        identity = (execution.workspace_id, execution.id)
        row = (execution.event.workspace_id, execution.event.execution_id)
        is_row = execution.arrival is Arrival.PARKED
        return DeadExecution(
            identity, execution.source, end, lambda: self._line.dead_lettered(execution), row if is_row else None
        )

    def _parcel(self, parking: Parking) -> Parcel:
        execution = parking.execution
        policy = policy_of(execution.plan)
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
            envelope=seal(execution, parking.reason, self._clock.now()),
            reason=parking.reason,
            attempt=execution.attempt,
            ready_in_seconds=parking.ready_seconds,
            due_in_seconds=parking.due_seconds,
            expires_in_seconds=expires,
            trouble_limit_seconds=float(policy.max_wait_seconds),
            ceiling=policy.max_parked,
            generation=self._doubt(execution),
            asked_for=execution.event.connector_id,
            flow_id=flow_of(execution.source.value),
            towards=execution.plan.towards,
        )

    def _doubt(self, execution: Execution) -> str | None:
        """A generation under which it may have run: one that is lost already, if there is one."""
        handed, remembers = execution.handed_under, self._admission.remembers
        lost = (one for one in handed if not remembers(execution.workspace_id, [one]))
        return next(lost, handed[0] if handed else None)
