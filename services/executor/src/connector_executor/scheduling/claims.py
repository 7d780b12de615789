"""What this process has claimed in the store, and whether the store answers.

Only here the scheduling waits for the store: while it is away nothing starts, and nothing is lost.
"""

import asyncio
from collections.abc import Callable, Container, Iterable, Sequence

from msgspec.structs import replace as replaced

from connector_executor.admission.port import (
    Admission,
    Admitted,
    Ask,
    Claimed,
    Ended,
    Memory,
    Queueing,
    StoreEmptiedError,
    Verdict,
)
from connector_executor.execution import Execution
from connector_executor.metrics import ExecutorMetrics
from connector_executor.policies.quota import Advice
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.observations import Observations
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.persist import is_outage, pause_seconds, persist
from connectors_shared.runtime.supervision import Supervisor

log = get_logger(__name__)
LONGEST_PAUSE_SECONDS = 0.5
"""Short: an execution that has to leave waits for it."""


class Claims:
    """The line's side of the admission. `available`: whether the last call of the store was answered."""

    def __init__(
        self,
        admission: Admission,
        line: Line,
        supervisor: Supervisor,
        metrics: ExecutorMetrics,
        ended_here: Callable[[], Iterable[Ended]] = tuple,
    ) -> None:
        """`ended_here`: what has ended and may be delivered again, or has not been told to the store yet."""
        self._admission = admission
        self._line = line
        self._supervisor = supervisor
        self._metrics = metrics
        self._observations = Observations(admission)
        self._ended_here = ended_here
        self._rejoining = asyncio.Lock()
        self.available = True
        self.releasing = 0

    async def ask(self, taken: Sequence[Execution], failing: Container[Execution] = ()) -> list[Admitted]:
        """Ask until there is an answer, or until one of them has to leave: then there is none. `failing`: see
        `Queueing.FAILS`.
        """
        loop, failures = asyncio.get_running_loop(), 0
        while not any(map(self._line.leaves, taken)):
            generation, now = self._admission.generation, loop.time()
            for execution in taken:
                execution.asked_at = now
            try:
                answers = await self._admission.admit([_ask(execution, failing) for execution in taken])
            except StoreEmptiedError:
                await self._rejoin(generation)
            except ConnectionError as error:
                self._set_available(False, str(error))
                failures += 1
                await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, pause_seconds(failures)))
            else:
                self._set_available(True)
                return answers
        return []

    async def renew(self) -> None:
        """Extend the leases of all that is claimed, and notice that the store is lost or back.

        With nothing to admit nobody else would notice, and a paused intake brings nothing to admit.
        """
        generation = self._admission.generation
        try:
            missing = await self._admission.renew(self._held())
            await self._admission.reclaim(missing, self._still_held)
            self._set_available(True)
        except StoreEmptiedError:
            await self._rejoin(generation)
        except ConnectionError as error:
            self._set_available(False, str(error))

    async def look(self) -> Memory | None:
        """What the store knows; None when it is away, or has just been joined anew."""
        was_available, generation = self.available, self._admission.generation
        try:
            memory = await self._admission.look()
        except StoreEmptiedError:
            await self._rejoin(generation)
            return None
        except ConnectionError as error:
            self._set_available(False, str(error))
            return None
        if not was_available:
            await self.renew()
        return memory

    def give_back(self, executions: Sequence[Execution]) -> "asyncio.Task[None]":
        """They have not started, or may start elsewhere: release their claims, then let them go."""
        return self._release(executions, lambda: self._line.returned(executions))

    def refuse(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> "asyncio.Task[None]":
        """It has been called, may be called again only later, and whoever asked does not wait that long."""
        return self._release([execution], lambda: self._line.refused(execution, verdict, wait_seconds))

    def begin_anew(self, execution: Execution) -> "asyncio.Task[None]":
        """Its budget is another one now: what it has of the one before is released, then it asks again."""

        def then() -> None:
            if self._line.leaves(execution):
                self._line.returned([execution])
            else:
                self._line.again(execution)

        return self._release([execution], then)

    async def observe(self, execution: Execution, advice: Advice) -> None:
        """What the upstream said about its limit; lost while the store is away, and said again by the next answer."""
        try:
            await self._observations.tell(execution.workspace_id, execution.plan.budget, advice)
        except ConnectionError as error:
            self._set_available(False, str(error))

    def _release(self, executions: Sequence[Execution], then: Callable[[], None]) -> "asyncio.Task[None]":
        """Claims that cannot be released now end with their lease."""
        for execution in executions:
            self._line.disclaim(execution)

        async def release() -> None:
            try:
                if executions:
                    await self._admission.release([execution.ask() for execution in executions])
            except ConnectionError as error:
                self._set_available(False, str(error))
            finally:
                self.releasing -= 1
            then()
            self._line.settle()

        self.releasing += 1
        return self._supervisor.start(release())

    async def _rejoin(self, lost: str) -> None:
        """The store is back without its memory: what is here is told before anything else is asked."""
        async with self._rejoining:
            await persist("store.join", lambda: self._join(lost), waits_for=self._is_away)

    async def _join(self, lost: str) -> None:
        while self._admission.generation == lost:
            claimed = self._held()
            found = await self._admission.join(claimed, list(self._ended_here()), self._still_held)
            if found == lost:
                return
            if lost:
                self._metrics.store_losses.inc()
                log.error("store.emptied", generation=found, before=lost, reclaimed=len(claimed))

    def _is_away(self, error: Exception) -> bool:
        away = is_outage(error)
        if away:
            self._set_available(False, str(error))
        return away

    def _held(self) -> list[Claimed]:
        return [Claimed(execution.ask(), execution.called) for execution in self._line.claimed.values()]

    def _still_held(self, one: Claimed) -> Claimed | None:
        execution = self._line.claimed.get(one.ask.execution_id)
        return None if execution is None else Claimed(execution.ask(), execution.called)

    def _set_available(self, available: bool, why: str = "") -> None:
        if available != self.available:
            self.available = available
            self._metrics.admission_up.set(int(available))
            log.warning("admission.available" if available else "admission.lost", why=why)


def _ask(execution: Execution, failing: Container[Execution]) -> Ask:
    ask = execution.ask()
    return replaced(ask, queueing=Queueing.FAILS) if execution in failing else ask
