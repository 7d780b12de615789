"""Runs the calls, and decides what follows each: an outcome, another attempt soon, or one much later."""

import asyncio
from datetime import UTC, timedelta

from connector_executor.admission.port import Verdict
from connector_executor.caller import Called, Caller
from connector_executor.execution import Arrival, Execution
from connector_executor.finisher import Finisher
from connector_executor.health import HealthReporter
from connector_executor.outcome import Failure, Outcome, Retry
from connector_executor.parking.parker import Parker
from connector_executor.parking.port import ParkReason
from connector_executor.parking.reasons import is_long
from connector_executor.policies.quota import Advice
from connector_executor.policies.retry import RetryPolicy
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connector_executor.scheduling.renewal import Renewal
from connector_executor.scheduling.waiting import Waiting
from connector_executor.tokens.refreshes import Refreshes
from connector_executor.trials.trace import CANCELLED
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.policy import StatusMeaning
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.supervision import Supervisor

log = get_logger(__name__)
FAULT = "The executor failed on it; it may have taken effect and is not repeated."
ADMITTED_SECONDS = 0.15
"""An admission within a rate limit is used by then, or asked for again: the answer may have been long under way, or
this process suspended, and other calls admitted meanwhile. With the jitter that the store allows it makes 250 ms."""
MOST_LAPSES = 3
"""A store that is always slower than that must not keep anybody waiting for ever."""


class Runner:
    """One task per call under way. A retry within the horizon is a timer, one beyond it is parked."""

    def __init__(
        self,
        line: Line,
        claims: Claims,
        places: Places,
        waiting: Waiting,
        caller: Caller,
        finisher: Finisher,
        parker: Parker,
        health: HealthReporter,
        supervisor: Supervisor,
        clock: Clock,
        renewal: Renewal,
        refreshes: Refreshes,
        *,
        horizon_seconds: float,
    ) -> None:
        self._line = line
        self._claims = claims
        self._places = places
        self._waiting = waiting
        self._caller = caller
        self._finisher = finisher
        self._parker = parker
        self._health = health
        self._supervisor = supervisor
        self._clock = clock
        self._renewal = renewal
        self._refreshes = refreshes
        self._horizon_seconds = horizon_seconds

    def begin(self, execution: Execution) -> None:
        """Call it now; there is a place."""
        self._places.take(execution)
        execution.called = True
        self._supervisor.start(self._run(execution))

    async def _run(self, execution: Execution) -> None:
        if has_lapsed(execution) or self._renewal.is_outdated(execution):
            self._places.give_back(execution)
            self._line.queues.release(execution.connector_id)
            if self._line.leaves(execution):
                self._claims.give_back([execution])
            else:
                self._line.again(execution)
            return
        try:
            called = await self._called(execution)
            if called.advice is not None:
                await self._observe(execution, called.advice)
        finally:
            self._places.give_back(execution)
            self._line.queues.release(execution.connector_id)
        self._health.note(execution, called)
        self._conclude(execution, called)
        self._line.notify()

    async def _called(self, execution: Execution) -> Called:
        try:
            if execution.trace is not None:
                return await execution.trace.watched(self._caller.call(execution), Called(CANCELLED))
            return await self._caller.call(execution)
        except Exception:
            log.exception("execution.fault", execution_id=execution.id)
            return Called(Failure(FailureType.OUTCOME_UNKNOWN, FAULT))

    async def _observe(self, execution: Execution, advice: Advice) -> None:
        """What the answer says about a limit, however strange, changes nothing of what it is."""
        try:
            await self._claims.observe(execution, advice)
        except Exception:
            log.exception("advice.fault", execution_id=execution.id)

    def _conclude(self, execution: Execution, called: Called) -> None:
        decision = called.decision
        if isinstance(decision, Retry) and decision.renews and not self._is_renewed(execution):
            decision = decision.failure
        if not isinstance(decision, Retry):
            self._finisher.finish(execution, decision)
            return
        delay = _retry_delay(execution, decision)
        if not isinstance(delay, float):
            self._finisher.finish(execution, delay)
        elif self._line.leaves(execution) and execution.arrival is not Arrival.PARKED:
            self._claims.give_back([execution])
        elif execution.arrival is Arrival.CALLER:
            self._repeat_for_caller(execution, decision, delay)
        else:
            self._repeat(execution, decision, delay)

    def _is_renewed(self, execution: Execution) -> bool:
        """Once for each execution: one that is refused with the next token as well is refused for another reason."""
        auth = execution.plan.auth
        if auth is None or execution.trace is not None or _times_refused(execution) > 1:
            return False
        return self._refreshes.ask(auth, execution.plan.workspace_id, execution.authorized_by)

    def _repeat(self, execution: Execution, retry: Retry, delay: float) -> None:
        """Soon enough here, else out of the backlog."""
        execution.attempt += 1
        execution.lapses = 0
        if delay <= self._horizon_seconds and not self._line.leaves(execution):
            self._waiting.to_ask_again(execution, delay)
        else:
            self._line.disclaim(execution)
            asked = retry.asked_seconds or 0.0
            reason = ParkReason.ASKED_TO_WAIT if is_long(asked, execution.plan) else ParkReason.RETRY
            self._parker.park(execution, reason, ready_seconds=delay, claimed=True)

    def _repeat_for_caller(self, execution: Execution, retry: Retry, delay: float) -> None:
        """While the caller waits; who would wait for the upstream's sake is told at once when to come again."""
        asks_for_long = delay > self._horizon_seconds and (retry.asked_seconds or 0.0) >= delay
        if asks_for_long and execution.trace is None:
            self._claims.refuse(execution, Verdict.LATER, delay)
        elif execution.trace is not None and (asks_for_long or execution.trace.cancelled):
            execution.trace.asked_seconds = delay if asks_for_long else None
            self._finisher.finish(execution, retry.failure)
        elif self._too_late(execution, delay):
            self._finisher.finish(execution, retry.failure)
        else:
            execution.attempt += 1
            execution.lapses = 0
            self._waiting.to_ask_again(execution, delay)

    def _too_late(self, execution: Execution, delay: float) -> bool:
        deadline = execution.deadline
        return deadline is not None and self._clock.now() + timedelta(seconds=delay) >= deadline.astimezone(UTC)


def has_lapsed(execution: Execution) -> bool:
    """Only an admission within a rate limit expires."""
    if not execution.plan.budget.windows or execution.lapses >= MOST_LAPSES:
        return False
    lapsed = asyncio.get_running_loop().time() - execution.asked_at > ADMITTED_SECONDS
    execution.lapses += lapsed
    return lapsed


def _times_refused(execution: Execution) -> int:
    """How many of its calls were refused for their access token. They are no retries."""
    plan = execution.plan
    if not plan.is_renewed:
        return 0
    refused = [plan.statuses.meaning(attempt.status) for attempt in execution.attempts if attempt.status is not None]
    return refused.count(StatusMeaning.REFRESH_AND_RETRY)


def _retry_delay(execution: Execution, retry: Retry) -> float | Outcome:
    """Seconds until the next attempt, or the final outcome when there may be none.

    What the upstream asks for is a wait for a slot: only our own choice counts towards the deadline of the whole.
    """
    config = execution.plan.config
    policy = RetryPolicy(config.retries, config.retry_delay / 1000)
    if retry.renews:
        return 0.0
    if not policy.allows(execution.attempt - _times_refused(execution)):
        return retry.failure
    delay = policy.backoff_seconds(execution.attempt)
    if execution.spent_seconds + delay > execution.plan.total_seconds:
        return retry.failure
    execution.spent_seconds += delay
    return float(max(delay, retry.asked_seconds or 0.0))
