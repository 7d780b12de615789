"""From the queues through admission: who may start, and what becomes of those who may not."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from connector_executor.admission.parts import by_part
from connector_executor.admission.port import Admitted, Position, Verdict
from connector_executor.execution import Arrival, Execution
from connector_executor.finisher import Finisher
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.outbox import Outbox
from connector_executor.outcome import LOST, Failure
from connector_executor.parking.diversion import Diversion
from connector_executor.parking.port import ParkReason
from connector_executor.parking.reasons import PARKS
from connector_executor.scheduling.claims import Claims, Part
from connector_executor.scheduling.line import Leaves, Line
from connector_executor.scheduling.places import Places
from connector_executor.scheduling.renewal import Renewal
from connector_executor.scheduling.runner import Runner
from connector_executor.scheduling.waiting import Waiting
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.supervision import cancel

ADMIT_AT_ONCE = 256
RECOVERY_SECONDS = 5.0
"""When a caller may ask again while the store's memory is being refilled."""
WAITS_IN_QUEUE = frozenset({Verdict.BUSY, Verdict.RECOVERING})
MIN_WAIT_SECONDS = 0.02
COLLECT_ABOVE = 128
"""With more calls than this under way and others waiting for their end, admission is asked for several at once."""
COLLECT_SECONDS = 0.008
LATE_SECONDS = 0.1
"""As long as the parts of a batch wait for each other. One that answers later is not asked anything else until then."""
SETTLES_SECONDS = 0.1
"""When a caller asks again whose connector and credential do not go together yet."""
WAITS = frozenset({Verdict.GO, Verdict.BUSY, Verdict.RECOVERING, Verdict.RUNNING})
"""After one of these it is still here, in its queue or on a timer, unless it has to leave."""


class Admitter:
    """Takes the next ones from all queues, asks for all of them in one call, and does what the answers say."""

    def __init__(
        self,
        line: Line,
        claims: Claims,
        places: Places,
        waiting: Waiting,
        runner: Runner,
        diversion: Diversion,
        finisher: Finisher,
        outbox: Outbox,
        metrics: ExecutorMetrics,
        renewal: Renewal,
    ) -> None:
        self._line = line
        self._claims = claims
        self._places = places
        self._waiting = waiting
        self._runner = runner
        self._diversion = diversion
        self._finisher = finisher
        self._outbox = outbox
        self._metrics = metrics
        self._renewal = renewal
        self._pressed = False
        self._asked: dict[int, Sequence[Execution]] = {}
        """By the part of the store that is asked."""
        self._failing: set[Execution] = set()
        """Of those, the ones that are not to be called."""
        self._asking: dict[int, asyncio.Task[None]] = {}
        self._stopped: defaultdict[int, set[UUID]] = defaultdict(set)
        """Connectors of parts that are late or away: their queues stand still."""

    async def run(self) -> None:
        """Admit and start, for ever. Cancel to stop."""
        try:
            while True:
                await self._line.notified()
                if self._pressed and self._places.taken > COLLECT_ABOVE:
                    await asyncio.sleep(COLLECT_SECONDS)
                if self._outbox.full:
                    await self._outbox.roomy()
                self._line.reset_notice()
                await self._admit_some()
        finally:
            await cancel(self._asking.values())

    def asks_for(self, wanted: Leaves) -> bool:
        """Whether the answer for one of those is still to come."""
        return any(any(map(wanted, asked)) for asked in self._asked.values())

    async def _admit_some(self) -> None:
        parts = self._claims.parts
        if len(parts) > 1:
            self._go_on()
        taken = self._take()
        if not taken:
            return
        if len(parts) == 1:
            await self._ask(parts[0], taken)
            return
        asking = []
        for number, some in by_part(self._claims, taken, lambda execution: execution.workspace_id):
            if parts[number].available and number not in self._asking:
                self._asking[number] = asyncio.create_task(self._ask(parts[number], some))
                asking.append(self._asking[number])
            else:
                self._stop(parts[number], some)
        if asking:  # those that are late from before are not waited for again
            await asyncio.wait(asking, timeout=LATE_SECONDS)
            self._collect()
        else:  # there may be very many queues of parts that do not answer
            await asyncio.sleep(0)

    async def _ask(self, part: Part, taken: Sequence[Execution]) -> None:
        self._asked[part.number] = taken
        try:
            self._act_on(taken, await self._claims.ask(taken, self._failing, part))
        finally:
            del self._asked[part.number]
            self._failing.difference_update(taken)
            self._places.settle(taken)
            self._line.settle()

    def _collect(self) -> None:
        """Who has answered may be asked again."""
        for number in [number for number, asking in self._asking.items() if asking.done()]:
            self._asking.pop(number).result()

    def _go_on(self) -> None:
        """Parts that were late have answered, and those that were away do so again: their queues move."""
        self._collect()
        for number in list(self._stopped):
            if self._claims.parts[number].available and number not in self._asking:
                for connector_id in self._stopped.pop(number):
                    self._line.queues.unblock(connector_id)

    def _stop(self, part: Part, executions: Sequence[Execution]) -> None:
        """They wait in their queues until the part answers; what is to become of them is seen when they come again."""
        self._failing.difference_update(executions)
        for execution in reversed(executions):
            self._line.queues.defer(execution)
            self._stopped[part.number].add(execution.connector_id)
        self._places.settle(executions)
        self._line.notify()

    def _take(self) -> list[Execution]:
        queues = self._line.queues
        room = min(ADMIT_AT_ONCE, self._places.free)
        taken = queues.take(room, self._places) if room > 0 else []
        self._pressed = queues.queued > 0
        taken = self._renewed(taken)
        held = {execution for execution in taken if _is_held(execution)}
        if not held:
            return taken
        failing = {execution for execution in held if self._may_run_elsewhere(execution)}
        self._failing |= failing
        held -= failing
        for execution in taken:
            if execution in held:
                self._hold(execution)
        self._places.settle(held)
        self._line.notify()
        return [execution for execution in taken if execution not in held]

    def _renewed(self, taken: list[Execution]) -> list[Execution]:
        """Each with its present plan; those whose claim is of another budget ask again when that is released."""
        claimed = self._line.claimed
        moved = [e for e in taken if not self._renewal.renew(e, claimed=e.id in claimed)]
        if not moved:
            return taken
        for execution in moved:
            self._line.queues.release(execution.connector_id)
            self._claims.begin_anew(execution)
        self._places.settle(moved)
        return [execution for execution in taken if execution not in moved]

    def _may_run_elsewhere(self, execution: Execution) -> bool:
        """Its caller is to be told of the stale credential, and may ask here for what another executor has begun."""
        return (
            execution.arrival is Arrival.CALLER
            and execution.id not in self._line.claimed
            and execution.plan.hold is ParkReason.CREDENTIAL_STALE
        )

    def _hold(self, execution: Execution) -> None:
        self._line.queues.release(execution.connector_id)
        if self._diversion.waits_shortly(execution):
            self._waiting.to_ask_again(execution, SETTLES_SECONDS)
            return
        stale, claimed = execution.plan.hold is ParkReason.CREDENTIAL_STALE, execution.id in self._line.claimed
        if execution.arrival is Arrival.CALLER and claimed and not stale:
            self._claims.give_back([execution])
        else:
            self._diversion.hold(execution)

    def _act_on(self, taken: Sequence[Execution], answers: list[Admitted]) -> None:
        if not answers:
            # Any of them may have been claimed: a lost reply looks the same.
            self._put_aside(taken)
            return
        leaves = self._line.leaves
        left = [e for e, answer in zip(taken, answers, strict=True) if leaves(e) and answer.verdict in WAITS]
        deferred = [
            (execution, answer)
            for execution, answer in zip(taken, answers, strict=True)
            if execution not in left and not self._act(execution, answer)
        ]
        for execution, answer in reversed(deferred):
            self._defer(execution, answer)
        self._put_aside(left)
        self._diversion.follow(taken, answers)
        self._line.notify()

    def _put_aside(self, executions: Sequence[Execution]) -> None:
        leaving = [execution for execution in executions if self._line.leaves(execution)]
        for execution in reversed(executions):
            self._line.queues.release(execution.connector_id)
            if execution not in leaving:
                self._line.again(execution)
        if leaving:
            self._claims.give_back(leaving)

    def _act(self, execution: Execution, answer: Admitted) -> bool:
        """False when it must go back to the head of its queue."""
        verdict = answer.verdict
        if verdict is Verdict.GO:
            self._go(execution, answer)
        elif verdict in PARKS:
            self._line.queues.release(execution.connector_id)
            self._line.disclaim(execution)
            self._diversion.put_off(execution, verdict, answer.wait_seconds)
        elif verdict is Verdict.RECOVERING and execution.arrival is Arrival.CALLER:
            self._line.queues.release(execution.connector_id)
            self._line.refused(execution, verdict, RECOVERY_SECONDS)
        elif verdict in WAITS_IN_QUEUE:
            return False
        elif verdict is Verdict.RUNNING:
            self._line.queues.release(execution.connector_id)
            execution.origin.started(0.0)
            self._waiting.to_ask_again(execution, max(answer.wait_seconds, MIN_WAIT_SECONDS))
        else:
            self._end(execution, answer)
        return True

    def _go(self, execution: Execution, answer: Admitted) -> None:
        if execution in self._failing:
            self._line.queues.release(execution.connector_id)
            self._diversion.fail(execution)
            return
        self._line.claim(execution)
        execution.watched = answer.watched
        execution.origin.started(answer.wait_seconds)
        if answer.wait_us:
            self._waiting.for_slot(execution, answer.wait_seconds)
        else:
            self._runner.begin(execution)

    def _defer(self, execution: Execution, answer: Admitted) -> None:
        self._line.queues.defer(execution)
        wait = max(answer.wait_seconds, MIN_WAIT_SECONDS)
        asyncio.get_running_loop().call_later(wait, self._line.unblock, execution.connector_id)

    def _end(self, execution: Execution, answer: Admitted) -> None:
        self._line.claim(execution)
        self._line.queues.release(execution.connector_id)
        execution.origin.started(0.0)
        if answer.verdict is Verdict.DONE:
            self._metrics.repeats.inc("republished")
            self._finisher.republish(execution, answer.result)
        elif answer.verdict is Verdict.SETTLED:
            self._settled(execution, answer.position)
        else:
            self._finisher.finish(execution, Failure(FailureType.OUTCOME_UNKNOWN, LOST))

    def _settled(self, execution: Execution, position: Position | None) -> None:
        """A record is dropped, its result is out; a caller is given it again, as it was."""
        if execution.arrival is Arrival.CALLER and position is not None:
            self._metrics.repeats.inc("recalled")
            self._finisher.recall(execution, position)
        else:
            self._metrics.repeats.inc("dropped")
            self._finisher.drop(execution)


def _is_held(execution: Execution) -> bool:
    """A stale credential is tried nevertheless by what comes out of the backlog: somebody thought it is good again."""
    hold = execution.plan.hold
    if hold is not ParkReason.CREDENTIAL_STALE:
        return hold is not None
    return execution.arrival is not Arrival.PARKED or execution.plan.lacks_token
