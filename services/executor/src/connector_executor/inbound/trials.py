"""The inlet of trials: the same way through the executor as executions whose caller waits, seen through.

A trial runs by the definition that comes with it, saved or not, and its result is published to nobody. Who stops
waiting ends the call.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from connector_executor.connectors.credentials import AWAITED, LiveCredential, judge
from connector_executor.connectors.plan import Plan, UncompilableError, compile_plan
from connector_executor.connectors.standin import uncalled_plan
from connector_executor.connectors.table import FOREIGN, ConnectorTable
from connector_executor.execution import Execution, Source, milliseconds
from connector_executor.inbound.callers import (
    GRACE_SECONDS,
    SETTLES_SECONDS,
    SHORTLY_SECONDS,
    CallerOrigin,
    Refusal,
    Refused,
)
from connector_executor.outbound.outbox import Outbox
from connector_executor.outcome import Failure, Retry
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.waiting import Waiting
from connector_executor.trials.report import trial_report
from connector_executor.trials.trace import Trace
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.execution import ConnectorExecute, Lane, Trigger
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.trial import TrialOrder, TrialReport
from connectors_shared.egress.grants import Grants
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.under_way import UnderWay

log = get_logger(__name__)
MOST_AT_ONCE: Final = 5
"""Trials of one workspace in this process."""
RETRY_SECONDS: Final = 2.0
LEAST_SECONDS: Final = 1.0
"""For the call, after a token has been waited for."""
ENDS_SECONDS: Final = 5.0
"""By then a trial whose call was cancelled has an outcome, unless a store is away."""
KNOWN_SECONDS: Final = 2.0
"""By then what the registry has published has come, unless Kafka is away."""
UNSAVED: Final = (
    "The credential has no access token as it is here: one is obtained when it is saved and, where a person has to"
    " grant it, connected. Save and connect it first, then test."
)
TOO_LATE: Final = Failure(FailureType.DEADLINE_EXCEEDED, "The call had not ended when the time of the test was over.")


class TrialOrigin(CallerOrigin):
    """And notes when there is a slot."""

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self._trace = trace

    def started(self, wait_seconds: float) -> None:
        self._trace.admitted()


class Trials:
    """`most_bytes`: of a result. `stopping`: nothing is begun any more."""

    def __init__(
        self,
        table: ConnectorTable,
        grants: Grants,
        line: Line,
        claims: Claims,
        waiting: Waiting,
        outbox: Outbox,
        clock: Clock,
        stopping: Callable[[], bool],
        *,
        max_in_flight: int,
        most_bytes: int,
        most_at_once: int = MOST_AT_ONCE,
    ) -> None:
        self._table = table
        self._grants = grants
        self._line = line
        self._claims = claims
        self._waiting = waiting
        self._outbox = outbox
        self._clock = clock
        self._stopping = stopping
        self._max_in_flight = max_in_flight
        self._most_bytes = most_bytes
        self._most_at_once = most_at_once
        self._running = UnderWay()

    async def run(self, order: TrialOrder) -> TrialReport | Refused:
        """What came of it, or why it was not tried. Whoever cancels this ends the call too."""
        workspace_id = order.connector.workspace_id
        refused = self._refusal(workspace_id)
        if refused is not None:
            return refused
        with self._running.one(workspace_id):
            began = self._clock.monotonic()
            await self._settle(order)
            left = max(order.wait_seconds - (self._clock.monotonic() - began), LEAST_SECONDS)
            order = order.model_copy(update={"wait_seconds": min(left, order.wait_seconds)})
            plan = self._plan(order)
            return plan if isinstance(plan, Refused) else await self._run(order, plan)

    def _refusal(self, workspace_id: UUID) -> Refused | None:
        if self._stopping():
            return Refused(Refusal.STOPPING, 1.0)
        if not self._claims.answers(workspace_id) or self._outbox.full:
            return Refused(Refusal.UNAVAILABLE, 5.0)
        if self._running.of(workspace_id) >= self._most_at_once:
            return Refused(Refusal.TOO_MANY, RETRY_SECONDS)
        return None

    async def _settle(self, order: TrialOrder) -> None:
        """What was granted is known a moment after, and a token is obtained a moment after its credential was saved."""
        await self._until(lambda: all(map(self._grants.knows, order.grants)), min(KNOWN_SECONDS, order.wait_seconds))
        await self._until(lambda: not self._awaits(order), min(SHORTLY_SECONDS, order.wait_seconds))

    async def _until(self, is_so: Callable[[], bool], most_seconds: float) -> None:
        ends = self._clock.monotonic() + most_seconds
        while not is_so():
            if self._clock.monotonic() >= ends:
                return
            await asyncio.sleep(SETTLES_SECONDS)

    def _awaits(self, order: TrialOrder) -> bool:
        return any(each.hold in AWAITED for each in self._credentials(order) if each is not None)

    def _plan(self, order: TrialOrder) -> Plan | Refused:
        """One that is switched off is tried as if it were on: that is what people want to know before."""
        published = order.connector.model_copy(update={"enabled": True})
        auth, holder = self._credentials(order)
        for each in (auth, holder):
            if each is not None and each.hold in AWAITED and self._is_unsaved(order, each.id):
                each.become(None, None, UNSAVED)
            if each is not None and each.published is None:
                return uncalled_plan(published, Failure(FailureType.CREDENTIAL_UNUSABLE, each.why))
        try:
            return compile_plan(published, self._max_in_flight, auth=auth, secrets=holder)
        except UncompilableError as error:
            log.warning("trial.uncompilable", connector_id=str(published.connector_id), why=str(error))
            return Refused(Refusal.UNREADABLE, 60.0)

    def _is_unsaved(self, order: TrialOrder, credential_id: UUID) -> bool:
        """A change that is not published, though a moment was given to it: nobody obtains a token for it."""
        known = self._table.credentials.revision(credential_id)
        return any(each.credential_id == credential_id and each.revision > known for each in order.credentials)

    def _credentials(self, order: TrialOrder) -> tuple[LiveCredential | None, LiveCredential | None]:
        """What authorizes its call, and what has its secret values; they may be one."""
        connector = order.connector
        given = {each.credential_id: each for each in order.credentials if each.workspace_id == connector.workspace_id}
        auth, holder = (self._live(given, each) for each in (connector.credential_id, connector.secrets_id))
        return auth, auth if auth is not None and holder is not None and holder.id == auth.id else holder

    def _live(self, given: dict[UUID, PublishedCredential], credential_id: UUID | None) -> LiveCredential | None:
        """The one that is published, which may be newer than what was sent; else what was sent."""
        if credential_id is None:
            return None
        sent, known = given.get(credential_id), self._table.credentials.live(credential_id)
        found = LiveCredential(credential_id)
        if sent is None:
            found.become(None, None, FOREIGN.message)
        elif known.published is not None and known.published.revision >= sent.revision:
            return known
        else:
            judge(found, sent.to_json())
        if found.hold in AWAITED and not self._table.credentials.has(credential_id):
            found.become(None, None, UNSAVED)
        return found

    async def _run(self, order: TrialOrder, plan: Plan) -> TrialReport | Refused:
        trace = Trace()
        execution = self._execution(order, plan, trace)
        origin = execution.origin
        assert isinstance(origin, TrialOrigin)
        self._line.submit(execution)
        try:
            async with asyncio.timeout(order.wait_seconds + GRACE_SECONDS):
                answer: bytes | Refused | Failure = await asyncio.shield(origin.answer)
        except TimeoutError:
            self._cancel(execution, trace)
            answer = await self._end_of(origin)
        except asyncio.CancelledError:
            self._cancel(execution, trace)
            raise
        if isinstance(answer, Refused):
            failure = _last_failure(trace)
            if failure is None:
                return answer
            answer = failure
        return await asyncio.to_thread(trial_report, execution, trace, answer, self._most_bytes)

    def _execution(self, order: TrialOrder, plan: Plan, trace: Trace) -> Execution:
        now = self._clock.now()
        event = ConnectorExecute(
            execution_id=order.execution_id,
            workspace_id=order.connector.workspace_id,
            connector_id=order.connector.connector_id,
            inputs=order.inputs,
            context=order.context,
            deadline=now + timedelta(seconds=order.wait_seconds),
            lane=Lane.INTERACTIVE,
            trigger=Trigger.TEST,
            requested_at=now,
        )
        source = Source(event.to_json(), event.key(), timestamp_ms=milliseconds(now))
        execution = Execution(event, plan, TrialOrigin(trace), self._clock.monotonic(), source)
        execution.asked_at_ms = milliseconds(now)
        execution.trace = trace
        return execution

    def _cancel(self, execution: Execution, trace: Trace) -> None:
        """Wherever it is: a call that is under way ends, and none begins."""
        trace.cancel()

        def is_it(one: Execution) -> bool:
            return one is execution

        queued = self._line.queues.remove(is_it, execution.connector_id)
        if [*self._waiting.stop(is_it), *queued]:
            self._claims.give_back([execution])

    async def _end_of(self, origin: TrialOrigin) -> bytes | Refused | Failure:
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDS_SECONDS):
                answer = await asyncio.shield(origin.answer)
                return TOO_LATE if isinstance(answer, Refused) else answer
        return TOO_LATE


def _last_failure(trace: Trace) -> Failure | None:
    """What a trial that was refused another attempt has come to; None when there was none before."""
    decision = trace.attempts[-1].decision if trace.attempts else None
    return decision.failure if isinstance(decision, Retry) else None
