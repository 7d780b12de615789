"""Why is this connector not running? One function answers, for operators, the console and the demo."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from connector_executor.admission.port import Limits, PartedAdmission
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.parking.port import BacklogView, ParkingStore, ParkReason
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.status import Backlog, Breaker, ConnectorStatus, Limit, Reason, State
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.shares import CONNECTOR_TIMES, WORKSPACE_TIMES, Spent

OWN_LIMIT = "its own rate limit"
NOT_PUBLISHED = "No connector of this id is published."
NOT_PUBLISHED_THERE = "No connector of this id is published in the workspace."


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known about a connector at one moment."""

    plan: Plan
    limits: Limits
    backlog: BacklogView | None
    now: datetime
    waiting: int
    in_flight: int
    spent: Spent | None
    horizon_seconds: float

    def after(self, seconds: float) -> datetime | None:
        return self.now + timedelta(seconds=seconds) if seconds > 0 else None

    @property
    def parked(self) -> int:
        return self.backlog.parked if self.backlog else 0

    @property
    def per_second(self) -> float | None:
        """The rate of the strictest window, or what was learned."""
        budget = self.plan.budget
        intervals = [interval_us / 1e6 for interval_us, _ in budget.windows]
        intervals.append(self.limits.learned_interval_seconds)
        slowest = max(intervals)
        return 1 / (slowest * budget.weight) if slowest else None


class Explainer:
    """Asks the table, the store of budgets and the backlog. Raises ConnectionError when one of them does not answer."""

    def __init__(
        self,
        table: ConnectorTable,
        admission: PartedAdmission,
        parking: ParkingStore,
        line: Line,
        claims: Claims,
        places: Places,
        clock: Clock,
        *,
        horizon_seconds: float,
    ) -> None:
        self._table = table
        self._admission = admission
        self._parking = parking
        self._line = line
        self._claims = claims
        self._places = places
        self._clock = clock
        self._horizon_seconds = horizon_seconds

    async def explain(self, connector_id: UUID, workspace_id: UUID | None = None) -> ConnectorStatus:
        """`workspace_id`: as it is seen from there, where the connector may be unknown and still be asked for."""
        plan = self._table.plan(connector_id)
        if plan is None or workspace_id not in (None, plan.workspace_id):
            parked = await self._parked_unknown(connector_id, workspace_id)
            sentence = NOT_PUBLISHED if workspace_id is None else NOT_PUBLISHED_THERE
            return _unknown(connector_id, "unknown_connector", sentence, parked)
        backlog = await self._parking.backlog(connector_id, workspace_id)
        if plan.held is not None:
            return _held(plan, plan.held, backlog)
        if plan.fault is not None:
            deleted = plan.fault.type is FailureType.CONNECTOR_DELETED
            code = "connector_deleted" if deleted else "unusable_connector"
            return _unknown(connector_id, code, plan.fault.message, backlog.parked if backlog else 0)
        if not self._claims.answers(plan.workspace_id):
            return _paused(connector_id, plan, backlog, PART_AWAY if self._claims.available else AWAY)
        limits = await self._admission.limits(plan.subject)
        waiting, in_flight = self._line.queues.waiting(connector_id)
        spent, now = self._places.spent(plan), self._clock.now()
        return _status(Facts(plan, limits, backlog, now, waiting, in_flight, spent, self._horizon_seconds))

    async def _parked_unknown(self, connector_id: UUID, workspace_id: UUID | None) -> int:
        where = (connector_id,) if workspace_id is None else self._table.backlogs_of(connector_id, workspace_id)
        backlogs = [await self._parking.backlog(each, workspace_id) for each in where]
        return sum(backlog.parked for backlog in backlogs if backlog)


AWAY = "Redis does not answer: nothing starts anywhere until it does, and nothing is lost"
PART_AWAY = (
    "the primary of Redis that has its workspace does not answer: nothing of the workspace starts until it does, "
    "and nothing is lost"
)


def _unknown(connector_id: UUID, code: str, sentence: str, parked: int) -> ConnectorStatus:
    return ConnectorStatus(
        connector_id=connector_id,
        state=State.UNKNOWN,
        summary=sentence,
        reasons=[Reason(code=code, detail=sentence)],
        parked=Backlog(count=parked),
    )


def _held(plan: Plan, why: ParkReason, backlog: BacklogView | None) -> ConnectorStatus:
    assert plan.fault is not None
    return ConnectorStatus(
        connector_id=plan.connector_id,
        workspace_id=plan.workspace_id,
        state=State(why.value),
        summary=plan.fault.message,
        reasons=[Reason(code=why.value, detail=plan.fault.message)],
        parked=Backlog(count=backlog.parked if backlog else 0),
    )


def _paused(connector_id: UUID, plan: Plan, backlog: BacklogView | None, detail: str) -> ConnectorStatus:
    return ConnectorStatus(
        connector_id=connector_id,
        workspace_id=plan.workspace_id,
        name=plan.published.name,
        version=plan.version,
        state=State.PAUSED,
        summary=f"{detail}.",
        reasons=[Reason(code="store_unavailable", detail=detail)],
        credential_stale=_is_stale(plan),
        parked=Backlog(count=backlog.parked if backlog else 0),
    )


def _is_stale(plan: Plan) -> bool:
    return plan.credential_hold is ParkReason.CREDENTIAL_STALE


def _status(facts: Facts) -> ConnectorStatus:
    published, reasons = facts.plan.published, _reasons(facts)
    state = _state(facts, reasons)
    parked = _parked(facts)
    return ConnectorStatus(
        connector_id=published.connector_id,
        workspace_id=published.workspace_id,
        name=published.name,
        version=facts.plan.version,
        state=state,
        summary=_summary(facts, state, reasons, parked),
        reasons=reasons,
        limit=_limit(facts),
        breaker=Breaker(
            state=facts.limits.breaker.replace("-", "_"),
            until=facts.after(facts.limits.breaker_seconds),
            failures=facts.limits.breaker_failures,
            calls=facts.limits.breaker_calls,
        ),
        credential_stale=_is_stale(facts.plan),
        parked=parked,
        waiting=facts.waiting,
        in_flight=facts.in_flight,
    )


def _reasons(facts: Facts) -> list[Reason]:
    limits, published = facts.limits, facts.plan.published
    found: list[Reason] = []
    if not published.enabled:
        found.append(Reason(code="disabled", detail="its owner switched it off"))
    if _is_stale(facts.plan):
        found.append(Reason(code="credential_stale", detail="its credential has to be renewed by a person"))
    if limits.unhealthy_seconds:
        days = limits.only_failing_seconds / 86_400
        detail = f"it has only failed for {days:.1f} days; one call in a while tries whether it works again"
        found.append(Reason(code="unhealthy", detail=detail, until=facts.after(limits.unhealthy_seconds)))
    if limits.breaker != "closed":
        detail = "too many of its calls failed, so its API is left alone; then a single call tries it"
        found.append(Reason(code="breaker_open", detail=detail, until=facts.after(limits.breaker_seconds)))
    if limits.hold_seconds:
        detail = "its API asked to be left alone"
        found.append(Reason(code="rate_limited", detail=detail, until=facts.after(limits.hold_seconds)))
    elif _is_limited(facts):
        source = limits.learned_source or OWN_LIMIT
        detail = f"limited to {_rate(facts.per_second)} by {source}"
        found.append(Reason(code="rate_limited", detail=detail, until=facts.after(limits.slot_seconds)))
    if facts.spent and (facts.waiting or facts.parked):
        found.append(Reason(code="share_used_up", detail=_spent(facts.spent)))
    if facts.backlog and facts.backlog.reason is ParkReason.QUEUE_FULL:
        detail = f"its calls take long: {facts.in_flight} are in flight here and do not end, the rest waits"
        found.append(Reason(code=ParkReason.QUEUE_FULL.value, detail=detail))
    if facts.backlog and facts.backlog.waiting_for_retry:
        detail = f"{facts.backlog.waiting_for_retry} wait for their next attempt"
        found.append(Reason(code=ParkReason.RETRY.value, detail=detail, until=facts.backlog.due_at))
    return found


def _spent(spent: Spent) -> str:
    if spent.times == CONNECTOR_TIMES:
        return f"its share of the calls of this process is used up: {spent.held} of {spent.most} are its own"
    if spent.times == WORKSPACE_TIMES:
        whose = f"{spent.held} of {spent.most} are of this workspace"
        return f"the share of its workspace of the calls of this process is used up: {whose}"
    return (
        f"{spent.held} of the {spent.most} calls of this process are under way, the rest is for interactive executions"
    )


def _is_limited(facts: Facts) -> bool:
    """A slot beyond the horizon, or a backlog that a rate holds back."""
    waits = facts.backlog is not None and facts.backlog.reason in (ParkReason.RATE_LIMITED, ParkReason.BEHIND_OTHERS)
    return facts.per_second is not None and (waits or facts.limits.slot_seconds > facts.horizon_seconds)


def _state(facts: Facts, reasons: list[Reason]) -> State:
    codes = {reason.code for reason in reasons}
    for state in (State.DISABLED, State.CREDENTIAL_STALE, State.UNHEALTHY, State.BREAKER_OPEN):
        if state.value in codes:
            return state
    if "rate_limited" in codes:
        return State.LIMITED
    return State.RUNNING if facts.in_flight or facts.waiting or facts.parked else State.IDLE


def _limit(facts: Facts) -> Limit:
    limits = facts.limits
    source = limits.hold_source or limits.learned_source or (OWN_LIMIT if facts.plan.budget.windows else None)
    until = max(limits.hold_seconds, limits.slot_seconds)
    return Limit(until=facts.after(until), source=source, per_second=facts.per_second)


def _parked(facts: Facts) -> Backlog:
    backlog, rate = facts.backlog, facts.per_second
    if backlog is None:
        return Backlog()
    limits = facts.limits
    blocked = limits.breaker != "closed" or limits.unhealthy_seconds or _is_stale(facts.plan)
    wait = max(limits.slot_seconds, limits.breaker_seconds, limits.unhealthy_seconds)
    return Backlog(
        count=backlog.parked,
        waiting_for_retry=backlog.waiting_for_retry,
        oldest=backlog.oldest,
        next_slot=facts.now + timedelta(seconds=wait),
        drain_seconds=round(limits.hold_seconds + backlog.parked / rate, 1) if rate and not blocked else None,
    )


def _summary(facts: Facts, state: State, reasons: list[Reason], parked: Backlog) -> str:
    name = facts.plan.published.name
    if not reasons:
        running = f"{_counted(facts.in_flight, 'call is', 'calls are')} in flight here"
        doing = running if state is State.RUNNING else "nothing waits for it"
        return f"{name} is not held back: {doing}."
    first = reasons[0]
    until = f", until {_moment(first.until, facts.now)}" if first.until else ""
    text = f"{name}: {first.detail}{until}."
    if parked.count:
        text += f" {_counted(parked.count, 'execution is', 'executions are')} parked"
        last = parked.drain_seconds
        text += f"; at this rate the last one goes in {_duration(last)}." if last else "."
    return text


def _moment(at: datetime, now: datetime) -> str:
    """With its day, unless that is today."""
    return f"{at:%H:%M:%S} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d} at {at:%H:%M:%S} UTC"


def _counted(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def _rate(per_second: float | None) -> str:
    if per_second is None:
        return "no rate"
    return f"{per_second:.3g} calls/s" if per_second >= 1 / 60 else f"{per_second * 3600:.3g} calls/h"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
