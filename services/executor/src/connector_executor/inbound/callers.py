"""Executions whose caller waits for the answer: the same way through the executor as those from Kafka."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import Enum

from connector_executor.admission.port import Verdict
from connector_executor.connectors.credentials import AWAITED
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Arrival, Execution, Origin, Source, milliseconds
from connector_executor.inbound.lookups import Lookups
from connector_executor.outbound.outbox import Outbox
from connector_executor.parking.port import ParkReason
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connectors_shared.contract.execution import ConnectorExecute, Lane
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.shares import Shares

CATCH_UP_SECONDS = 5.0
SHORTLY_SECONDS = 10.0
"""For how long the credential of a connector may be missing before the caller is told."""
SETTLES_SECONDS = 0.1
TOO_MANY_RETRY_SECONDS = 1.0
UNREADABLE_RETRY_SECONDS = 60.0
TOKEN_RETRY_SECONDS = 5.0
GRACE_SECONDS = 0.5
"""Between the execution's deadline and the caller's: an outcome that says so can still be told."""


class Refusal(Enum):
    """Why there is no outcome for the caller."""

    LIMITED = "limited"
    UPSTREAM_FAILING = "upstream_failing"
    REPEATED = "repeated"
    PARKED = "parked"
    STOPPING = "stopping"
    UNAVAILABLE = "unavailable"
    UNKNOWN_CONNECTOR = "unknown_connector"
    UNREADABLE = "unreadable"
    TOKEN_MISSING = "token_missing"  # noqa: S105
    STILL_RUNNING = "still_running"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Refused:
    """`retry_seconds`: when asking again is worth while."""

    why: Refusal
    retry_seconds: float = 0.0


REFUSALS = {
    Verdict.LATER: Refusal.LIMITED,
    Verdict.OPEN: Refusal.UPSTREAM_FAILING,
    Verdict.UNHEALTHY: Refusal.UPSTREAM_FAILING,
    Verdict.PARKED: Refusal.PARKED,
    Verdict.RECOVERING: Refusal.UNAVAILABLE,
}


def _lacking(plan: Plan) -> Refused:
    """What the connector needs has not come."""
    if plan.hold is ParkReason.TOKEN_MISSING:
        return Refused(Refusal.TOKEN_MISSING, TOKEN_RETRY_SECONDS)
    return Refused(Refusal.UNREADABLE, UNREADABLE_RETRY_SECONDS)


class CallerOrigin(Origin):
    """Somebody waits for `answer`: the result as it was published, or why there is none."""

    arrival = Arrival.CALLER

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes | Refused] = asyncio.get_running_loop().create_future()

    def refused(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None:
        self._tell(Refused(REFUSALS.get(verdict, Refusal.LIMITED), wait_seconds))

    def returned(self) -> None:
        self._tell(Refused(Refusal.STOPPING, 1.0))

    def finished(self, message: bytes) -> None:
        self._tell(message or Refused(Refusal.REPEATED))

    def _tell(self, answer: bytes | Refused) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)


class SynchronousCalls:
    """The inlet of executions whose caller waits. A caller who stops waiting stops nothing that has begun.

    `most_waiting`: callers at once; each connector and each workspace has a share of them.
    """

    def __init__(
        self,
        table: ConnectorTable,
        lookups: Lookups,
        line: Line,
        claims: Claims,
        outbox: Outbox,
        clock: Clock,
        *,
        most_waiting: int,
    ) -> None:
        self._table = table
        self._lookups = lookups
        self._line = line
        self._claims = claims
        self._outbox = outbox
        self._clock = clock
        self._waiting = Shares(most_waiting)
        self._halted = False

    @property
    def halted(self) -> bool:
        return self._halted

    def halt(self) -> None:
        """Refuse whoever asks from now on."""
        self._halted = True

    async def close(self) -> None:
        """Everybody has been told."""

    async def execute(self, event: ConnectorExecute, wait_seconds: float) -> bytes | Refused:
        """The result's message, or why there is none."""
        if self._halted:
            return Refused(Refusal.STOPPING, 1.0)
        if not self._claims.answers(event.workspace_id) or self._outbox.full:
            return Refused(Refusal.UNAVAILABLE, 5.0)
        ends = self._clock.now() + timedelta(seconds=wait_seconds)
        if event.deadline is None or event.deadline.astimezone(UTC) > ends:
            event = event.model_copy(update={"deadline": ends})
        plan = self._table.plan(event.connector_id)
        if plan is None or not self._table.has_version(plan, event.connector_version):
            try:
                await self._lookups.catch_up(CATCH_UP_SECONDS)
            except TimeoutError:
                return Refused(Refusal.UNAVAILABLE, 5.0)
            plan = self._table.plan(event.connector_id)
        if plan is None or plan.workspace_id != event.workspace_id:
            return Refused(Refusal.UNKNOWN_CONNECTOR)
        plan = self._table.version(plan, event.connector_version)
        if plan.held is not None and plan.held not in AWAITED:
            return _lacking(plan)
        return await self._wait(event, plan, wait_seconds)

    async def _wait(self, event: ConnectorExecute, plan: Plan, wait_seconds: float) -> bytes | Refused:
        party = event.workspace_id, event.connector_id
        if self._waiting.refusal(*party, urgent=event.lane is Lane.INTERACTIVE) is not None:
            return Refused(Refusal.TOO_MANY, TOO_MANY_RETRY_SECONDS)
        origin = CallerOrigin()
        source = Source(event.to_json(), event.key(), timestamp_ms=milliseconds(self._clock.now()))
        execution = Execution(event, plan, origin, self._clock.monotonic(), source)
        execution.asked_at_ms = milliseconds(event.requested_at or self._clock.now())
        self._waiting.take(*party)
        try:
            if not await self._settles(execution, wait_seconds):
                return _lacking(execution.plan)
            self._line.submit(execution)
            left = wait_seconds - (self._clock.monotonic() - execution.received)
            async with asyncio.timeout(left + GRACE_SECONDS):
                answer = await asyncio.shield(origin.answer)
            is_given_up = isinstance(answer, Refused) and answer.why is Refusal.STOPPING and not self._halted
            return _lacking(execution.plan) if is_given_up and execution.plan.hold is not None else answer
        except TimeoutError:
            return Refused(Refusal.STILL_RUNNING)
        finally:
            self._waiting.give_back(*party)

    async def _settles(self, execution: Execution, most_seconds: float) -> bool:
        """Does it get what its connector lacks? The credential may come a moment after the connector, or before it."""
        ends = execution.received + min(SHORTLY_SECONDS, most_seconds)
        while execution.plan.held is not None:
            if self._clock.monotonic() >= ends:
                return False
            await asyncio.sleep(SETTLES_SECONDS)
            execution.plan = self._table.present(execution.plan, execution.event.connector_version)
        return True
