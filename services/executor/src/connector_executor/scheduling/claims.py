"""What this process has claimed in the store, and whether the store answers.

Only here the scheduling waits for the store: while it is away nothing starts, and nothing is lost.
"""

import asyncio
from collections.abc import Callable, Container, Iterable, Sequence

from msgspec.structs import replace as replaced

from connector_executor.admission.parts import by_part
from connector_executor.admission.port import (
    Admission,
    Admitted,
    Ask,
    Claimed,
    Ended,
    Memory,
    PartedAdmission,
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
from connectors_shared.runtime.supervision import Supervisor, together

log = get_logger(__name__)
LONGEST_PAUSE_SECONDS = 0.5
"""Short: an execution that has to leave waits for it."""

LOOK_SECONDS = 1.5
"""As long as a look at one of several parts is waited for: the others have to be looked at in time."""


SILENT_SECONDS = 1.0
"""Whoever has not answered for so long is said not to, before its call is given up."""


class Part:
    """One part of the store. `available`: whether its last call was answered; else `why` says how it failed.

    `silent_since`, in seconds of the loop: when the first call was made of those that have got no answer.
    `unanswered`: who asked there last when it did not answer, and is not claimed. A claim of theirs may be there, and
    is released before anything else is asked.
    """

    def __init__(self, number: int, admission: Admission) -> None:
        self.number = number
        self.admission = admission
        self.available = True
        self.why = ""
        self.silent_since: float | None = None
        self.ready = True
        self.unanswered: dict[str, Ask] = {}
        self.rejoining = asyncio.Lock()
        self.renewing = asyncio.Lock()


class Claims:
    """The line's side of the admission, part by part: one that is away, or has lost its memory, concerns no other."""

    def __init__(
        self,
        admission: PartedAdmission,
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
        self.parts = tuple(Part(number, part) for number, part in enumerate(admission.parts))
        self.releasing = 0
        for part in self.parts:
            metrics.part_up.labels(str(part.number)).set(1)

    @property
    def available(self) -> bool:
        """Whether anything can be admitted at all."""
        return any(part.available for part in self.parts)

    def answers(self, workspace_id: object) -> bool:
        """Whether the part that has the workspace does."""
        return self.parts[self.part_of(str(workspace_id))].available

    def part_of(self, workspace_id: str) -> int:
        """The number of the part that has the workspace."""
        return self._admission.part_of(workspace_id)

    @property
    def away(self) -> list[int]:
        """The numbers of the parts that do not answer."""
        return [part.number for part in self.parts if not part.available]

    def problem(self) -> str | None:
        """Why nothing can be admitted, as far as is known: all parts are looked at over and over (`Recovery.watch`)."""
        now = asyncio.get_running_loop().time()
        silent = [0.0 if part.silent_since is None else now - part.silent_since for part in self.parts]
        if self.available and min(silent) < SILENT_SECONDS:
            return None
        why = next((f": {part.why}" for part in self.parts if not part.available and part.why), "")
        return f"Redis has not answered for {min(silent):.0f} s, and nothing is admitted until it does{why}"

    async def ask(
        self, taken: Sequence[Execution], failing: Container[Execution] = (), part: Part | None = None
    ) -> list[Admitted]:
        """All of one part. `failing`: see `Queueing.FAILS`.

        Where the store is one part it is asked until there is an answer, or until one of them has to leave: then there
        is none. Of several, one that is away has none; what else is here goes on.
        """
        part = part or self.parts[0]
        loop, failures = asyncio.get_running_loop(), 0
        while not any(map(self._line.leaves, taken)):
            generation, now = part.admission.generation, loop.time()
            for execution in taken:
                execution.asked_at = now
            asks = [_ask(execution, failing) for execution in taken]
            try:
                answers = await part.admission.admit(asks)
            except StoreEmptiedError:
                await self._rejoin(part, generation)
            except ConnectionError as error:
                self._set_available(part, False, str(error))
                if len(self.parts) > 1:
                    claimed = self._line.claimed
                    part.unanswered |= {ask.execution_id: ask for ask in asks if ask.execution_id not in claimed}
                    return []
                failures += 1
                await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, pause_seconds(failures)))
            else:
                self._set_available(part, True)
                return answers
        return []

    async def renew(self) -> None:
        """Extend the leases of all that is claimed, and notice that the store is lost or back.

        With nothing to admit nobody else would notice, and a paused intake brings nothing to admit.
        """
        asked = [part for part in self.parts if part.available or len(self.parts) == 1]
        await together(*(self._renew(part) for part in asked))

    async def _renew(self, part: Part) -> None:
        """One at a time: when it is available again, nothing is on its way any more that releases what is asked for."""
        async with part.renewing:
            await self._renew_now(part)

    async def _renew_now(self, part: Part) -> None:
        generation = part.admission.generation
        try:
            await self._release_unanswered(part)
            missing = await part.admission.renew(self._held(part))
            await part.admission.reclaim(missing, self._still_held)
            # Who was asked for in vain meanwhile: from now on he may be asked for again, and be under way.
            await self._release_unanswered(part)
            self._set_available(part, True)
        except StoreEmptiedError:
            await self._rejoin(part, generation)
        except ConnectionError as error:
            self._set_available(part, False, str(error))

    async def _release_unanswered(self, part: Part) -> None:
        asked = dict(part.unanswered)
        if asked:
            await part.admission.release(list(asked.values()))
        for execution_id in asked:
            del part.unanswered[execution_id]

    async def look(self, part: Part) -> Memory | None:
        """What the part knows; None when it is away, or has just been joined anew."""
        was_available, generation = part.available, part.admission.generation
        if part.silent_since is None:
            part.silent_since = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(LOOK_SECONDS if len(self.parts) > 1 else None):
                memory = await part.admission.look()
        except TimeoutError:
            self._set_available(part, False, f"no answer within {LOOK_SECONDS} s")
            return None
        except StoreEmptiedError:
            part.silent_since = None
            await self._rejoin(part, generation)
            return None
        except ConnectionError as error:
            self._set_available(part, False, str(error))
            return None
        part.silent_since = None
        if not was_available:
            await self._renew(part)
        part.ready = memory.ready
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
            self._set_available(self.parts[self.part_of(execution.workspace_id)], False, str(error))

    def _release(self, executions: Sequence[Execution], then: Callable[[], None]) -> "asyncio.Task[None]":
        """Claims that cannot be released now end with their lease."""
        for execution in executions:
            self._line.disclaim(execution)

        async def release() -> None:
            try:
                chosen = by_part(self._admission, executions, lambda execution: execution.workspace_id)
                await together(*(self._release_in(self.parts[number], some) for number, some in chosen))
            finally:
                self.releasing -= 1
            then()
            self._line.settle()

        self.releasing += 1
        return self._supervisor.start(release())

    async def _release_in(self, part: Part, executions: Sequence[Execution]) -> None:
        try:
            await part.admission.release([execution.ask() for execution in executions])
        except ConnectionError as error:
            self._set_available(part, False, str(error))

    async def _rejoin(self, part: Part, lost: str) -> None:
        """It is back without its memory: what is here is told before anything else is asked. Of several parts, one that
        goes away meanwhile is looked at again later.
        """
        async with part.rejoining:
            if len(self.parts) == 1:
                await persist("store.join", lambda: self._join(part, lost), waits_for=self._is_away)
                return
            try:
                await self._join(part, lost)
            except ConnectionError as error:
                self._set_available(part, False, str(error))

    async def _join(self, part: Part, lost: str) -> None:
        while part.admission.generation == lost:
            claimed = self._held(part)
            ended = [one for one in self._ended_here() if self._is_in(part, one.workspace_id)]
            found = await part.admission.join(claimed, ended, self._still_held)
            if found == lost:
                return
            part.ready = False
            if lost:
                self._metrics.store_losses.inc()
                log.error("store.emptied", part=part.number, generation=found, before=lost, reclaimed=len(claimed))

    def _is_away(self, error: Exception) -> bool:
        away = is_outage(error)
        if away:
            self._set_available(self.parts[0], False, str(error))
        return away

    def _held(self, part: Part) -> list[Claimed]:
        claimed = self._line.claimed.values()
        return [Claimed(one.ask(), one.called) for one in claimed if self._is_in(part, one.workspace_id)]

    def _is_in(self, part: Part, workspace_id: str) -> bool:
        return self._admission.part_of(workspace_id) == part.number

    def _still_held(self, one: Claimed) -> Claimed | None:
        execution = self._line.claimed.get(one.ask.execution_id)
        return None if execution is None else Claimed(execution.ask(), execution.called)

    def _set_available(self, part: Part, available: bool, why: str = "") -> None:
        part.why = why
        if available:
            part.silent_since = None
        elif part.silent_since is None:
            part.silent_since = asyncio.get_running_loop().time()
        if available != part.available:
            part.available = available
            self._metrics.admission_up.set(int(self.available))
            self._metrics.part_up.labels(str(part.number)).set(int(available))
            log.warning("admission.available" if available else "admission.lost", part=part.number, why=why)
            self._line.notify()


def _ask(execution: Execution, failing: Container[Execution]) -> Ask:
    ask = execution.ask()
    return replaced(ask, queueing=Queueing.FAILS) if execution in failing else ask
