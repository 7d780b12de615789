"""From lanes through admission to the call, and on to the finisher: the scheduler of the executor.

Waiting holds nothing: an execution whose slot is still to come, or that will be repeated soon, is a timer; one that
would wait longer is parked.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar
from uuid import UUID

from connector_executor.admission.port import Admission, Admitted, StoreEmptiedError, Verdict
from connector_executor.caller import Called, Caller
from connector_executor.execution import Arrival, Execution
from connector_executor.finisher import Finisher
from connector_executor.health import HealthReporter
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Outcome, Retry
from connector_executor.parking.diversion import PARKS, Diversion
from connector_executor.parking.parker import Parker
from connector_executor.parking.port import ParkReason
from connector_executor.policies.quota import Advice
from connector_executor.policies.retry import RetryPolicy
from connector_executor.scheduling.lanes import Lanes
from connector_executor.waiting import Leaves, Waiting
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
T = TypeVar("T")

ADMIT_AT_ONCE = 256
MIN_WAIT_SECONDS = 0.02
ADMISSION_RETRY_SECONDS = 0.5
COLLECT_ABOVE = 128
"""With more calls than this under way and others waiting for their end, admission is asked for several at once."""
COLLECT_SECONDS = 0.004
LOST = "the executor that called it is gone; it may have taken effect and is not repeated"


class Dispatcher:
    """Owns every execution from `submit` until the finisher or the parker is done with it.

    `_here` are the ids of all of them; `active` holds those with a claim of ours: waiting for their slot,
    under way, or waiting for a retry.
    """

    def __init__(
        self,
        admission: Admission,
        caller: Caller,
        finisher: Finisher,
        parker: Parker,
        health: HealthReporter,
        clock: Clock,
        metrics: ExecutorMetrics,
        *,
        max_in_flight: int,
        horizon_seconds: float = 2.0,
    ) -> None:
        self._admission = admission
        self._caller = caller
        self._finisher = finisher
        self._parker = parker
        self._health = health
        self._clock = clock
        self._metrics = metrics
        self._max_in_flight = max_in_flight
        self._horizon_seconds = horizon_seconds
        self.lanes: Lanes[Execution] = Lanes()
        self.diversion = Diversion(self.lanes, parker, finisher, clock, horizon_seconds, self.forget)
        self.active: dict[str, Execution] = {}
        self.running = 0
        self.available = True
        self._leaving: Leaves | None = None
        self._due: deque[Execution] = deque()
        self._waiting = Waiting()
        self._here: set[str] = set()
        self._repeats: dict[str, list[Execution]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking = False
        self._rejoining = asyncio.Lock()
        self._pressed = False
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()

    @property
    def room(self) -> int:
        """Calls that could start here now."""
        return max(0, self._max_in_flight - self.running - len(self._due))

    def submit(self, execution: Execution) -> None:
        """Queue an execution; one whose id is here already waits for that one's outcome."""
        if self._leaves(execution):
            execution.origin.returned()
        elif execution.id in self._here:
            self._metrics.repeats.labels("waited").inc()
            self._repeats.setdefault(execution.id, []).append(execution)
            execution.origin.started(0.0)
        elif execution.plan.published.credential_stale and execution.arrival is not Arrival.PARKED:
            self._here.add(execution.id)
            self.diversion.without_credential(execution)
        else:
            self._here.add(execution.id)
            self.lanes.push(execution)
            self._wake.set()

    async def run(self) -> None:
        """Admit and start, for ever. Cancel to stop."""
        while True:
            await self._wake.wait()
            if self._pressed and self.running > COLLECT_ABOVE:
                await asyncio.sleep(COLLECT_SECONDS)
            self._wake.clear()
            await self._admit_some()

    async def drain(self, timeout_seconds: float, leaves: Leaves = lambda _execution: True) -> bool:
        """Start no more of those who leave, give back what has not started, wait for what is under way.

        True when all of it has finished; False when the time ran out first. Others go on as before.
        """
        self._leaving = leaves
        queued = self.lanes.remove(leaves)
        repeats = [e for waiting in self._repeats.values() for e in waiting if leaves(e)]
        self._repeats = {id_: kept for id_, es in self._repeats.items() if (kept := [e for e in es if not leaves(e)])}
        for execution in queued:
            self._here.discard(execution.id)
        for execution in queued + repeats:
            execution.origin.returned()
        await self._give_back(self._stop_waiting(leaves))
        try:
            async with asyncio.timeout(timeout_seconds):
                while self._asking or any(map(leaves, self.active.values())):
                    self._ended.clear()
                    await self._ended.wait()
        except TimeoutError:
            log.warning("drain.incomplete", under_way=sum(map(leaves, self.active.values())))
            return False
        return True

    def _stop_waiting(self, leaves: Leaves) -> list[Execution]:
        """Cancel timers, free the places in lanes, and give who waited."""
        timers = self._waiting.stop(leaves)
        due = [execution for execution in self._due if leaves(execution)]
        self._due = deque(execution for execution in self._due if not leaves(execution))
        for execution in [timer.execution for timer in timers if timer.laned] + due:
            self.lanes.release(execution.connector_id)
        return [timer.execution for timer in timers] + due

    def resume(self) -> None:
        self._leaving = None
        self._wake.set()

    async def renew(self) -> None:
        """Extend the leases of all that is active, and notice that the store is lost or back.

        With nothing to admit nobody else would notice, and a paused intake brings nothing to admit.
        """
        generation = self._admission.generation
        try:
            await self._admission.renew([execution.ask() for execution in self.active.values()])
            self._set_available(True)
        except StoreEmptiedError:
            await self._rejoin(generation)
        except ConnectionError as error:
            self._set_available(False, str(error))

    def forget(self, execution: Execution) -> None:
        """Its outcome is published, it is parked, or it was a repeat to drop."""
        self.active.pop(execution.id, None)
        self._here.discard(execution.id)
        for repeat in self._repeats.pop(execution.id, ()):
            self.submit(repeat)
        self._ended.set()

    async def _admit_some(self) -> None:
        room = min(ADMIT_AT_ONCE, self.room)
        taken = self.lanes.take(room) if room > 0 else []
        self._pressed = self.lanes.queued > 0
        if not taken:
            return
        self._asking = True
        try:
            self._act_on(taken, await self._ask(taken))
        finally:
            self._asking = False
            self._ended.set()

    async def _ask(self, taken: list[Execution]) -> list[Admitted]:
        """Ask until there is an answer, or until somebody leaves; while Redis is away nothing starts."""
        while self._leaving is None or not any(map(self._leaving, taken)):
            generation = self._admission.generation
            try:
                answers = await self._admission.admit([execution.ask() for execution in taken])
            except StoreEmptiedError:
                await self._rejoin(generation)
            except ConnectionError as error:
                self._set_available(False, str(error))
                await asyncio.sleep(ADMISSION_RETRY_SECONDS)
            else:
                self._set_available(True)
                return answers
        return []

    async def _rejoin(self, lost: str) -> None:
        """The store is back without its memory: what runs here is claimed again before anything else is asked."""
        async with self._rejoining:
            if self._admission.generation != lost:
                return
            found = await self._persist(self._admission.join)
            await self._persist(
                lambda: self._admission.reclaim([execution.ask() for execution in self.active.values()])
            )
            if lost and lost != found:
                self._metrics.store_losses.inc()
                log.error("store.emptied", generation=found, before=lost, reclaimed=len(self.active))

    async def _persist(self, work: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await work()
            except ConnectionError as error:
                self._set_available(False, str(error))
                await asyncio.sleep(ADMISSION_RETRY_SECONDS)

    def _act_on(self, taken: list[Execution], answers: list[Admitted]) -> None:
        if not answers:
            # Any of them may have been claimed: a lost reply looks the same.
            self._put_aside(taken)
            return
        left = [e for e, answer in zip(taken, answers, strict=True) if self._leaves(e) and answer.verdict is Verdict.GO]
        deferred = [
            (execution, answer)
            for execution, answer in zip(taken, answers, strict=True)
            if execution not in left and not self._act(execution, answer)
        ]
        for execution, answer in reversed(deferred):
            self._defer(execution, answer)
        self._put_aside(left)
        self.diversion.follow(taken, answers)
        self._wake.set()

    def _put_aside(self, executions: list[Execution]) -> None:
        leaving = [execution for execution in executions if self._leaves(execution)]
        for execution in executions:
            self.lanes.release(execution.connector_id)
            if execution not in leaving:
                self.lanes.push(execution, front=True)
        if leaving:
            self._spawn(self._give_back(leaving))

    def _act(self, execution: Execution, answer: Admitted) -> bool:
        """False when it must go back to the head of its lane."""
        verdict = answer.verdict
        if verdict is Verdict.GO:
            self.active[execution.id] = execution
            execution.watched = answer.watched
            execution.origin.started(answer.wait_seconds)
            if answer.wait_us:
                self._waiting.after(answer.wait_seconds, execution, self._confirm, laned=True)
            else:
                self._begin(execution)
        elif verdict in PARKS:
            self.lanes.release(execution.connector_id)
            self.active.pop(execution.id, None)
            self.diversion.put_off(execution, verdict, answer.wait_seconds)
        elif verdict is Verdict.BUSY:
            return False
        elif verdict is Verdict.RUNNING:
            self.lanes.release(execution.connector_id)
            execution.origin.started(0.0)
            self._waiting.after(max(answer.wait_seconds, MIN_WAIT_SECONDS), execution, self._again, laned=False)
        else:
            self._end(execution, answer)
        return True

    def _defer(self, execution: Execution, answer: Admitted) -> None:
        self.lanes.defer(execution)
        wait = max(answer.wait_seconds, MIN_WAIT_SECONDS)
        asyncio.get_running_loop().call_later(wait, self._unblock, execution.connector_id)

    def _end(self, execution: Execution, answer: Admitted) -> None:
        self.active[execution.id] = execution
        self.lanes.release(execution.connector_id)
        execution.origin.started(0.0)
        if answer.verdict is Verdict.DONE:
            self._metrics.repeats.labels("republished").inc()
            self._finisher.republish(execution, answer.result)
        elif answer.verdict is Verdict.SETTLED:
            self._metrics.repeats.labels("dropped").inc()
            self._finisher.drop(execution)
        else:
            self._finisher.finish(execution, Failure(FailureType.OUTCOME_UNKNOWN, LOST))

    def _begin(self, execution: Execution) -> None:
        if self.running >= self._max_in_flight:
            self._due.append(execution)
            return
        self.running += 1
        self._metrics.in_flight.set(self.running)
        self._spawn(self._run_one(execution))

    async def _run_one(self, execution: Execution) -> None:
        try:
            called = await self._caller.call(execution)
            if called.advice is not None:
                await self._observe(execution, called.advice)
        except Exception:
            log.exception("execution.fault", execution_id=execution.id)
            called = Called(Failure(FailureType.OUTCOME_UNKNOWN, "the executor failed on it; the fault is logged"))
        finally:
            self.running -= 1
            self._metrics.in_flight.set(self.running)
            self.lanes.release(execution.connector_id)
        self._health.note(execution, called)
        self._conclude(execution, called)
        if self._due:
            self._begin(self._due.popleft())
        self._wake.set()

    def _conclude(self, execution: Execution, called: Called) -> None:
        decision = called.decision
        if not isinstance(decision, Retry):
            self._finisher.finish(execution, decision)
            return
        delay = self._retry_delay(execution, decision)
        if not isinstance(delay, float):
            self._finisher.finish(execution, delay)
            return
        if self._leaves(execution) and execution.arrival is not Arrival.PARKED:
            self._spawn(self._give_back([execution]))
            return
        execution.attempt += 1
        if execution.arrival is Arrival.CALLER or (delay <= self._horizon_seconds and not self._leaves(execution)):
            self._waiting.after(delay, execution, self._again, laned=False)
        else:
            self.active.pop(execution.id, None)
            self._parker.park(execution, ParkReason.RETRY, ready_seconds=delay, claimed=True)

    def _retry_delay(self, execution: Execution, retry: Retry) -> float | Outcome:
        """Seconds until the next attempt, or the final outcome when there may be none.

        What the upstream asks for is a wait for a slot: only our own choice counts towards the deadline of the whole.
        """
        config = execution.plan.published.config
        policy = RetryPolicy(config.retries, config.retry_delay / 1000)
        if not policy.allows(execution.attempt):
            return retry.failure
        delay = policy.backoff_seconds(execution.attempt)
        if execution.spent_seconds + delay > execution.plan.total_seconds:
            return retry.failure
        execution.spent_seconds += delay
        return float(max(delay, retry.asked_seconds or 0.0))

    async def _observe(self, execution: Execution, advice: Advice) -> None:
        try:
            await self._admission.observe(execution.workspace_id, execution.plan.budget, advice)
        except ConnectionError as error:
            self._set_available(False, str(error))

    def _confirm(self, execution: Execution) -> None:
        """Its slot has come: is it still good? The upstream may have asked for quiet since it was reserved."""
        self.lanes.release(execution.connector_id)
        self._again(execution)

    def _again(self, execution: Execution) -> None:
        self.lanes.push(execution, front=True)
        self._wake.set()

    def _unblock(self, connector_id: UUID) -> None:
        self.lanes.unblock(connector_id)
        self._wake.set()

    def _leaves(self, execution: Execution) -> bool:
        return self._leaving is not None and self._leaving(execution)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned_ended)

    def _spawned_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("dispatcher.fault", exc_info=error)

    async def _give_back(self, executions: list[Execution]) -> None:
        for execution in executions:
            self.active.pop(execution.id, None)
            self._here.discard(execution.id)
        if executions:
            try:
                await self._admission.release([execution.ask() for execution in executions])
            except ConnectionError as error:
                self._set_available(False, str(error))
        for execution in executions:
            execution.origin.returned()
        self._ended.set()

    def _set_available(self, available: bool, why: str = "") -> None:
        if available != self.available:
            self.available = available
            self._metrics.admission_up.set(int(available))
            log.warning("admission.available" if available else "admission.lost", why=why)
