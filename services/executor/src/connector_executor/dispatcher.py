"""From lanes through admission to the call, and on to the finisher: the scheduler of the executor.

Waiting holds nothing: an execution whose slot is still to come, or that will be repeated, is a timer.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from uuid import UUID

from connector_executor.admission.port import Admission, Admitted, Verdict
from connector_executor.caller import Caller, Decision
from connector_executor.execution import Execution
from connector_executor.finisher import Finisher
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Outcome, Retry
from connector_executor.policies.retry import RetryPolicy
from connector_executor.scheduling.lanes import Lanes
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)

ADMIT_AT_ONCE = 256
MIN_WAIT_SECONDS = 0.02
ADMISSION_RETRY_SECONDS = 0.5


@dataclass(slots=True)
class Timer:
    """An execution that waits; `laned` when it keeps its place in its lane meanwhile."""

    handle: asyncio.TimerHandle
    execution: Execution
    laned: bool


class Dispatcher:
    """Owns every execution from `submit` until the finisher has it.

    `_here` are the ids of all of them; `active` holds those with a claim of ours: waiting for their slot,
    under way, or waiting for a retry.
    """

    def __init__(
        self,
        admission: Admission,
        caller: Caller,
        finisher: Finisher,
        clock: Clock,
        metrics: ExecutorMetrics,
        *,
        max_in_flight: int,
    ) -> None:
        self._admission = admission
        self._caller = caller
        self._finisher = finisher
        self._clock = clock
        self._metrics = metrics
        self._max_in_flight = max_in_flight
        self.lanes: Lanes[Execution] = Lanes()
        self.active: dict[str, Execution] = {}
        self.running = 0
        self.halted = False
        self.available = True
        self._due: deque[Execution] = deque()
        self._timers: dict[str, Timer] = {}
        self._here: set[str] = set()
        self._repeats: dict[str, list[Execution]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking = False
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def submit(self, execution: Execution) -> None:
        """Queue an execution; one whose id is here already waits for that one's outcome."""
        if execution.id in self._here:
            self._metrics.repeats.labels("waited").inc()
            self._repeats.setdefault(execution.id, []).append(execution)
            return
        self._here.add(execution.id)
        self.lanes.push(execution)
        self._wake.set()

    async def run(self) -> None:
        """Admit and start, for ever. Cancel to stop."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not self.halted:
                await self._admit_some()

    async def drain(self, timeout_seconds: float) -> bool:
        """Start nothing more, give back what has not started, and wait for what is under way.

        True when everything under way has finished; False when the time ran out first.
        """
        self.halted = True
        for execution in self.lanes.clear():
            self._here.discard(execution.id)
        self._repeats.clear()
        await self._give_back(self._stop_waiting())
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_seconds)
        except TimeoutError:
            log.warning("drain.incomplete", under_way=len(self.active))
            return False
        return True

    def _stop_waiting(self) -> list[Execution]:
        """Cancel every timer, free the places in lanes, and return who waited."""
        timers, self._timers = list(self._timers.values()), {}
        due, self._due = list(self._due), deque()
        for timer in timers:
            timer.handle.cancel()
        for execution in [timer.execution for timer in timers if timer.laned] + due:
            self.lanes.release(execution.connector_id)
        return [timer.execution for timer in timers] + due

    def resume(self) -> None:
        self.halted = False
        self._wake.set()

    async def renew(self) -> None:
        """Extend the leases of all that is active, and notice that the store is lost or back.

        With nothing to admit nobody else would notice, and a paused intake brings nothing to admit.
        """
        try:
            if self.active:
                await self._admission.renew([execution.ask() for execution in self.active.values()])
            elif not self.available:
                await self._admission.check()
        except ConnectionError as error:
            self._set_available(False, str(error))
        else:
            self._set_available(True)

    def forget(self, execution: Execution) -> None:
        """The finisher has published the outcome, or dropped a repeat."""
        self.active.pop(execution.id, None)
        self._here.discard(execution.id)
        for repeat in self._repeats.pop(execution.id, ()):
            self.submit(repeat)
        self._note_idle()

    async def _admit_some(self) -> None:
        room = min(ADMIT_AT_ONCE, self._max_in_flight - self.running - len(self._due))
        taken = self.lanes.take(room) if room > 0 else []
        if not taken:
            return
        self._asking = True
        self._idle.clear()
        try:
            answers = await self._ask(taken)
            if self.halted:
                await self._put_aside_after_halt(taken, answers)
            else:
                self._act_on(taken, answers)
        finally:
            self._asking = False
            self._note_idle()

    def _act_on(self, taken: list[Execution], answers: list[Admitted]) -> None:
        deferred = [
            (execution, answer)
            for execution, answer in zip(taken, answers, strict=True)
            if not self._act(execution, answer)
        ]
        for execution, answer in reversed(deferred):
            self._defer(execution, answer)
        self._wake.set()

    async def _ask(self, taken: list[Execution]) -> list[Admitted]:
        """Ask until there is an answer, or until we stop; while Redis is away nothing starts and nothing is lost."""
        while not self.halted:
            try:
                answers = await self._admission.admit([execution.ask() for execution in taken])
            except ConnectionError as error:
                self._set_available(False, str(error))
                await asyncio.sleep(ADMISSION_RETRY_SECONDS)
            else:
                self._set_available(True)
                return answers
        return []

    def _act(self, execution: Execution, answer: Admitted) -> bool:
        """False when it must go back to the head of its lane."""
        verdict = answer.verdict
        if verdict in (Verdict.LATER, Verdict.BUSY):
            return False
        if verdict is Verdict.GO:
            self.active[execution.id] = execution
            self._idle.clear()
            if answer.wait_us:
                self._after(answer.wait_seconds, execution, self._begin, laned=True)
            else:
                self._begin(execution)
        elif verdict is Verdict.RUNNING:
            self._metrics.repeats.labels("waited").inc()
            self.lanes.release(execution.connector_id)
            self._after(max(answer.wait_seconds, MIN_WAIT_SECONDS), execution, self._again, laned=False)
        else:
            self._end(execution, answer)
        return True

    def _defer(self, execution: Execution, answer: Admitted) -> None:
        self.lanes.defer(execution)
        wait = max(answer.wait_seconds, MIN_WAIT_SECONDS)
        asyncio.get_running_loop().call_later(wait, self._unblock, execution.connector_id)

    def _end(self, execution: Execution, answer: Admitted) -> None:
        self.active[execution.id] = execution
        self._idle.clear()
        self.lanes.release(execution.connector_id)
        if answer.verdict is Verdict.DONE:
            self._metrics.repeats.labels("republished").inc()
            self._finisher.republish(execution, answer.result)
        elif answer.verdict is Verdict.SETTLED:
            self._metrics.repeats.labels("dropped").inc()
            self._finisher.drop(execution)
        else:
            message = "the executor that called it is gone; it may have taken effect and is not repeated"
            self._finisher.finish(execution, Failure(FailureType.OUTCOME_UNKNOWN, message))

    def _begin(self, execution: Execution) -> None:
        if self.running >= self._max_in_flight:
            self._due.append(execution)
            return
        self.running += 1
        self._metrics.in_flight.set(self.running)
        self._spawn(self._run_one(execution))

    async def _run_one(self, execution: Execution) -> None:
        try:
            decision = await self._caller.call(execution)
            if isinstance(decision, Retry) and decision.hold_seconds > 0:
                await self._hold(execution, decision.hold_seconds)
        except Exception:
            log.exception("execution.fault", execution_id=execution.id)
            decision = Failure(FailureType.OUTCOME_UNKNOWN, "the executor failed on it; the fault is logged")
        finally:
            self.running -= 1
            self._metrics.in_flight.set(self.running)
            self.lanes.release(execution.connector_id)
        self._conclude(execution, decision)
        if self._due and not self.halted:
            self._begin(self._due.popleft())
        self._wake.set()

    def _conclude(self, execution: Execution, decision: Decision) -> None:
        if not isinstance(decision, Retry):
            self._finisher.finish(execution, decision)
            return
        delay = self._retry_delay(execution, decision)
        if isinstance(delay, float) and self.halted:
            self._spawn(self._give_back([execution]))
        elif isinstance(delay, float):
            execution.attempt += 1
            self._after(delay, execution, self._again, laned=False)
        else:
            self._finisher.finish(execution, delay)

    def _retry_delay(self, execution: Execution, retry: Retry) -> float | Outcome:
        """Seconds until the next attempt, or the final outcome when there may be none."""
        config = execution.plan.published.config
        policy = RetryPolicy(config.retries, config.retry_delay / 1000)
        if not policy.allows(execution.attempt):
            return retry.failure
        delay = policy.backoff_seconds(execution.attempt)
        if retry.delay_seconds is not None:
            delay = max(delay, retry.delay_seconds)
        begun = execution.first_call if execution.first_call is not None else execution.received
        if self._clock.monotonic() + delay - begun > execution.plan.total_seconds:
            return retry.failure
        return float(delay)

    async def _hold(self, execution: Execution, seconds: float) -> None:
        try:
            await self._admission.hold(execution.workspace_id, execution.plan.budget.key, seconds)
        except ConnectionError as error:
            self._set_available(False, str(error))

    def _again(self, execution: Execution) -> None:
        self.lanes.push(execution, front=True)
        self._wake.set()

    def _unblock(self, connector_id: UUID) -> None:
        self.lanes.unblock(connector_id)
        self._wake.set()

    def _after(self, seconds: float, execution: Execution, then: Callable[[Execution], None], *, laned: bool) -> None:
        def fire() -> None:
            del self._timers[execution.id]
            then(execution)

        timer = asyncio.get_running_loop().call_later(seconds, fire)
        self._timers[execution.id] = Timer(timer, execution, laned)

    async def _put_aside_after_halt(self, taken: list[Execution], answers: list[Admitted]) -> None:
        """Without answers any of them may have been claimed: a lost reply looks the same."""
        going = [e for e, answer in zip(taken, answers, strict=False) if answer.verdict is Verdict.GO]
        for execution in taken:
            self._here.discard(execution.id)
            self.lanes.release(execution.connector_id)
        await self._give_back(going if answers else taken)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("dispatcher.fault", exc_info=error)

    async def _give_back(self, executions: list[Execution]) -> None:
        for execution in executions:
            self.active.pop(execution.id, None)
            self._here.discard(execution.id)
        self._note_idle()
        if executions:
            try:
                await self._admission.release([execution.ask() for execution in executions])
            except ConnectionError as error:
                self._set_available(False, str(error))

    def _note_idle(self) -> None:
        if not self.active and not self._asking:
            self._idle.set()

    def _set_available(self, available: bool, why: str = "") -> None:
        if available != self.available:
            self.available = available
            self._metrics.admission_up.set(int(available))
            log.warning("admission.available" if available else "admission.lost", why=why)
