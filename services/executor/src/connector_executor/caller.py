"""One attempt of one execution: validate, render, authorize, send, classify, transform."""

from datetime import datetime

import msgspec

from connector_executor.connectors.plan import Plan
from connector_executor.connectors.workspaces import Workspaces
from connector_executor.execution import Attempted, Execution
from connector_executor.input_redaction import holds_any, redacted_inputs
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Retry, Success, outcome_name
from connector_executor.policies.quota import Advice
from connector_executor.stages.authorize import Authorizer
from connector_executor.stages.classify import advice_of, classify_failure, classify_response, upstream_lives
from connector_executor.stages.render import render_request
from connector_executor.stages.scope import scope_of
from connector_executor.stages.transform import transform_response
from connector_executor.stages.validate import validate_inputs
from connector_executor.transform import Transformer
from connector_executor.trials.trace import NOT_CALLED
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.nesting import MOST_MESSAGE_LEVELS, is_deeper
from connectors_shared.egress import ON_BEHALF_OF, HttpRequest, HttpResponse, Sender, SendFailure
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.fast_events import FastEvent, write
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
Decision = Success | Failure | Retry
TOO_DEEP = (
    f"The execution is nested deeper than {MOST_MESSAGE_LEVELS} levels; "
    "send flatter inputs, variables and context, or only those of their fields that are needed."
)


class AttemptedEvent(FastEvent, kw_only=True, gc=False):
    """One line for every call of an upstream."""

    event: str = "execution.attempted"
    execution_id: str
    connector_id: str
    version: int
    attempt: int
    outcome: str
    status: int | None
    duration_ms: float
    will_retry: bool


class Called(msgspec.Struct, frozen=True):
    """What came of an attempt. `advice` is about the upstream's limit, `lives` about its health, if it was reached."""

    decision: Decision
    advice: Advice | None = None
    lives: bool | None = None


class Caller:
    """Runs the stages between admission and publication; nothing expected raises."""

    def __init__(
        self,
        sender: Sender,
        authorizer: Authorizer,
        transformer: Transformer,
        clock: Clock,
        metrics: ExecutorMetrics,
        workspaces: Workspaces,
    ) -> None:
        self._sender = sender
        self._authorizer = authorizer
        self._transformer = transformer
        self._clock = clock
        self._metrics = metrics
        self._workspaces = workspaces

    async def call(self, execution: Execution) -> Called:
        """An attempt that really called is added to the execution. Runs in a task of its own."""
        request = self._request(execution)
        if isinstance(request, Failure):
            return Called(request)
        started = self._clock.now()
        if execution.trace is not None:
            execution.trace.begin(request, started)
        ON_BEHALF_OF.set((execution.workspace_id, execution.connector_id))
        answer = await self._sender.send(request, execution.plan.bounds)
        try:
            if request.confidential is not None and isinstance(answer, HttpResponse):
                answer.body = await request.confidential.redacted_aside(answer.body)
            called = await self._judge(execution.plan, answer)
        finally:
            if isinstance(answer, HttpResponse):
                answer.release()
        self._record(execution, request, answer, called.decision, started)
        return called

    def _request(self, execution: Execution) -> HttpRequest | Failure:
        """A fault here leaves nothing in doubt: nothing has been sent."""
        try:
            return self._build(execution)
        except Exception as error:
            log.exception("execution.unbuildable", execution_id=execution.id)
            why = f"The request cannot be built from these inputs ({type(error).__name__})."
            return Failure(FailureType.INVALID_REQUEST, why)

    def _build(self, execution: Execution) -> HttpRequest | Failure:
        plan = execution.plan
        if execution.trace is not None and execution.trace.cancelled:
            return NOT_CALLED
        if not plan.enabled:
            return Failure(FailureType.CONNECTOR_DISABLED, f"The connector {plan.definition.name} is switched off.")
        if plan.fault is not None:
            return plan.fault
        if execution.deadline is not None and execution.deadline <= self._clock.now():
            return Failure(FailureType.DEADLINE_EXCEEDED, "The deadline passed before the call could start.")
        if is_deeper(execution.source.value, MOST_MESSAGE_LEVELS):
            return Failure(FailureType.INVALID_INPUT, TOO_DEEP)
        template = execution.event.mapping_template
        if template is not None and template not in plan.mapping_templates:
            return Failure(FailureType.INVALID_REQUEST, f"The connector has no mapping template {template!r}.")
        inputs = validate_inputs(execution.inputs(), plan.request.inputs)
        if isinstance(inputs, Failure):
            return inputs
        scope = scope_of(plan, inputs, execution.source.value, self._workspaces)
        if execution.trace is not None:
            execution.trace.authorizing(scope)
        authorized = self._authorizer.authorize(plan)
        if isinstance(authorized, Failure):
            return authorized
        if execution.trace is not None:
            execution.trace.is_authorized(authorized)
        execution.authorized_by = plan.auth.revision if plan.auth is not None else 0
        if holds_any(execution.source.value, authorized.secrets):
            execution.redacted_inputs = redacted_inputs(execution.raw_inputs(), authorized.secrets)
        return render_request(plan, scope, execution.id, authorized, len(execution.source.value))

    async def _judge(self, plan: Plan, answer: HttpResponse | SendFailure) -> Called:
        lives = upstream_lives(answer)
        if not isinstance(answer, HttpResponse):
            return Called(classify_failure(plan, answer), None, lives)
        now = self._clock.now()
        return Called(await self._decide(plan, answer, now), self._advice(plan, answer, now), lives)

    async def _decide(self, plan: Plan, answer: HttpResponse, now: datetime) -> Decision:
        """A fault here leaves no doubt about the call: it was answered."""
        try:
            problem = classify_response(plan, answer, now)
            return problem or await transform_response(plan, answer, self._transformer)
        except Exception as error:
            log.exception("answer.fault", connector_id=plan.connector_key)
            why = f"The answer cannot be worked on ({type(error).__name__})."
            return Failure(FailureType.INVALID_RESPONSE, why, answer.status)

    def _advice(self, plan: Plan, answer: HttpResponse, now: datetime) -> Advice | None:
        try:
            return advice_of(plan, answer, now)
        except Exception:
            log.exception("advice.fault", connector_id=plan.connector_key)
            return None

    def _record(
        self,
        execution: Execution,
        request: HttpRequest,
        answer: HttpResponse | SendFailure,
        decision: Decision,
        started: datetime,
    ) -> None:
        if execution.trace is not None:
            execution.trace.attempted(answer, decision)
        seconds = answer.elapsed_seconds
        status = answer.status if isinstance(answer, HttpResponse) else None
        failure = decision.failure if isinstance(decision, Retry) else decision
        outcome = outcome_name(failure)
        execution.sent_bytes = request.sent_bytes
        execution.call_seconds += seconds
        execution.spent_seconds += seconds
        execution.attempts.append(
            Attempted(started=started, duration=round(seconds * 1000), status=status, outcome=outcome)
        )
        self._metrics.attempts.inc(outcome)
        self._metrics.upstream_seconds.observe(seconds)
        write(
            AttemptedEvent(
                execution_id=execution.id,
                connector_id=execution.plan.connector_key,
                version=execution.plan.version,
                attempt=execution.attempt,
                outcome=outcome,
                status=status,
                duration_ms=round(seconds * 1000, 1),
                will_retry=isinstance(decision, Retry),
            )
        )
