"""Which executions are parked instead of run, and how those end that cannot be parked."""

from collections.abc import Sequence

from connector_executor.admission.port import Admitted, Verdict
from connector_executor.connectors.credentials import AWAITED
from connector_executor.execution import Arrival, Execution
from connector_executor.finisher import Finisher
from connector_executor.outcome import Failure
from connector_executor.parking.parker import Parker
from connector_executor.parking.port import ParkReason
from connector_executor.parking.reasons import park_reason
from connector_executor.scheduling.line import Line
from connectors_shared.contract.execution import Lane
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.policy import UnhealthyPolicy
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
MOST_QUEUE_WAIT_SECONDS = 10.0
SHORTLY_SECONDS = 10.0
QUEUES = frozenset({Verdict.LATER, Verdict.HELD, Verdict.BEHIND, Verdict.OPEN})
"""After one of these, what queues behind the execution would be told the same."""
UNHEALTHY = "The connector has only failed for a long time; it is tried from time to time."
STALE = "The credential has to be renewed by a person; connect it again."


class Diversion:
    """Between the line and the parker."""

    def __init__(
        self,
        line: Line,
        parker: Parker,
        finisher: Finisher,
        clock: Clock,
        horizon_seconds: float,
    ) -> None:
        self._line = line
        self._parker = parker
        self._finisher = finisher
        self._clock = clock
        self._horizon_seconds = horizon_seconds
        self._relieved_at = clock.monotonic()

    def hold(self, execution: Execution) -> None:
        """Something that it needs is stale, or cannot be read (yet). A caller cannot wait for a person."""
        reason = execution.plan.hold or ParkReason.CREDENTIAL_STALE
        tried_here = execution.arrival is Arrival.PARKED and execution.id in self._line.claimed
        if execution.arrival is Arrival.RECORD or tried_here:
            self._parker.park(execution, reason)
        elif reason is not ParkReason.CREDENTIAL_STALE or _came_from_the_backlog_in_vain(execution):
            self._line.returned([execution])
        else:
            self.fail(execution)

    def waits_shortly(self, execution: Execution) -> bool:
        """Is it a caller, and what the connector lacks about to come?"""
        return (
            execution.arrival is Arrival.CALLER
            and execution.plan.hold in AWAITED
            and self._clock.monotonic() - execution.received < SHORTLY_SECONDS
            and not self._line.leaves(execution)
        )

    def fail(self, execution: Execution) -> None:
        """Its credential is stale, its caller cannot wait, and nobody else runs it."""
        self._finisher.finish(execution, Failure(FailureType.CREDENTIAL_UNUSABLE, STALE))

    def put_off(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None:
        """It may not start now: a record is parked, whatever else came is told. The answer leaves no doubt."""
        execution.handed_under = ()
        policy = execution.plan.config.parking
        if verdict is Verdict.UNHEALTHY and policy and policy.when_unhealthy is UnhealthyPolicy.REFUSE:
            execution.origin.started(0.0)
            self._finisher.finish(execution, Failure(FailureType.CONNECTOR_UNHEALTHY, UNHEALTHY, retryable=True))
        elif execution.arrival is Arrival.RECORD:
            reason = park_reason(verdict, wait_seconds, execution.plan)
            self._parker.park(execution, reason, due_seconds=self._due(wait_seconds))
        else:
            self._line.refused(execution, verdict, wait_seconds)

    def follow(self, taken: Sequence[Execution], answers: Sequence[Admitted]) -> None:
        """What queues behind executions that were parked goes with them, unasked."""
        backed_up = {
            execution.connector_id: answer.wait_seconds
            for execution, answer in zip(taken, answers, strict=True)
            if answer.verdict in QUEUES and execution.arrival is Arrival.RECORD
        }
        for connector_id, wait_seconds in backed_up.items():
            for execution in self._line.queues.remove(_may_not_overtake, connector_id):
                self._parker.park(execution, ParkReason.BEHIND_OTHERS, due_seconds=self._due(wait_seconds))

    async def relieve(self) -> None:
        """Park what waits in queues that do not move: it must not hold the offsets of others."""
        now = self._clock.monotonic()
        seconds, self._relieved_at = max(now - self._relieved_at, 1e-3), now
        for congestion in self._line.queues.congested(now, seconds, self._horizon_seconds, MOST_QUEUE_WAIT_SECONDS):
            connector_id = congestion.connector_id
            parked = self._line.queues.remove(lambda execution: execution.arrival is Arrival.RECORD, connector_id)
            if parked:
                log.warning(
                    "queue.relieved",
                    connector_id=str(connector_id),
                    parked=len(parked),
                    wait_seconds=congestion.wait_seconds and round(congestion.wait_seconds, 1),
                )
                self._parker.relieve(parked)

    def _due(self, wait_seconds: float) -> float:
        return max(0.0, wait_seconds - self._horizon_seconds / 2)


def _may_not_overtake(execution: Execution) -> bool:
    """It has not been called yet, and its queue may wait."""
    return (
        execution.arrival is Arrival.RECORD and execution.event.lane is not Lane.INTERACTIVE and execution.attempt == 1
    )


def _came_from_the_backlog_in_vain(execution: Execution) -> bool:
    """A stale credential is tried by what comes out of the backlog, but not without a token."""
    return execution.arrival is Arrival.PARKED and execution.plan.lacks_token
