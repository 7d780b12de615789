"""From what is known here and what an executor says to one answer: a sentence, since when, until when, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from typing import Final

from connector_registry.health.port import Execution, Facts
from connector_registry.noticing.notice import NoticeKind
from connectors_shared.contract.advice import advice
from connectors_shared.contract.status import Backlog, ConnectorStatus, Reason, State

FAILING_FROM: Final = 3
"""Failures in a row that are worth saying."""
NOT_CALLED: Final = "skipped"
GOOD: Final = frozenset({State.RUNNING.value, State.IDLE.value})
CONNECTOR_FAILING: Final = NoticeKind.CONNECTOR_FAILING
HELD_BY_SOURCE: Final = "rate_limited"


class HealthState(StrEnum):
    """The first one that applies. What is not only the registry's comes from an executor, and a newer one may know
    more."""

    DELETED = "deleted"
    DISABLED = "disabled"
    CREDENTIAL_STALE = "credential_stale"
    UNHEALTHY = "unhealthy"
    FAILING = "failing"
    NO_ANSWER = "no_answer"
    NEVER_USED = "never_used"


OWN_ADVICE: Final = {
    HealthState.DELETED: "Restore it, if it is still needed.",
    HealthState.FAILING: "Look at its last failures, and test it: that shows the request as sent, and the answer.",
    HealthState.NO_ANSWER: "Look whether an executor runs, and whether CONNECTORS_EXECUTOR_URL leads to it.",
    HealthState.NEVER_USED: "Test it to see that it works, and use it in a flow.",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """`code` for machines; `source`: the header of the other side, or the kind of event, that brought it about."""

    code: str
    detail: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """`status`: what the executor says, None when none has answered."""

    facts: Facts
    state: str
    sentence: str
    advice: str
    cause: Cause | None = None
    since: datetime | None = None
    until: datetime | None = None
    status: ConnectorStatus | None = None

    @property
    def parked(self) -> Backlog | None:
        return self.status.parked if self.status else None


def judge(facts: Facts, status: ConnectorStatus | None) -> Judgement:
    """What is settled here is said first, then what holds it back there, then how its last executions ended."""
    return _settled(facts, status) or _held(facts, status) or _failing(facts, status) or _running(facts, status)


def _settled(facts: Facts, status: ConnectorStatus | None) -> Judgement | None:
    name, notice = facts.name, facts.notice
    if facts.deleted_at is not None:
        sentence = (
            f"{name} was deleted by {facts.deleted_by} on {_day(facts.deleted_at)}, and can be restored for a few days."
        )
        cause = Cause("deleted", "it was deleted", "change")
        return _own(HealthState.DELETED, facts, status, sentence, cause, facts.deleted_at)
    if not facts.enabled:
        by = f" by {facts.disabled_by}" if facts.disabled_by else ""
        on = f" on {_day(facts.disabled_at)}" if facts.disabled_at else ""
        sentence = f"{name} is switched off{',' if by or on else ''}{by}{on}: its executions end as skipped."
        cause = Cause("disabled", "its owner switched it off", "change")
        return _own(HealthState.DISABLED, facts, status, sentence, cause, facts.disabled_at)
    if notice is not None and notice.kind == HealthState.CREDENTIAL_STALE:
        sentence = f"{name} waits for a person, since its credential does not work any more: {notice.detail}"
        cause = Cause("credential_stale", notice.detail, "credential")
        return _own(HealthState.CREDENTIAL_STALE, facts, status, sentence, cause, notice.since)
    if notice is not None and notice.kind == CONNECTOR_FAILING and status is None:
        cause = Cause("unhealthy", notice.detail, "connector.health")
        return _own(HealthState.UNHEALTHY, facts, status, f"{name}: {notice.detail}", cause, notice.since)
    return None


def _held(facts: Facts, status: ConnectorStatus | None) -> Judgement | None:
    """By something that only executors know."""
    if status is None or status.state in GOOD:
        return None
    reason = status.reasons[0] if status.reasons else Reason(code=status.state)
    if status.state == State.TOKEN_MISSING and facts.token_fault is not None:
        return _without_token(facts, status, facts.token_fault)
    limit = status.limit.source if status.limit and reason.code == HELD_BY_SOURCE else None
    since = facts.notice.since if facts.notice else _streak_since(facts.executions) or status.parked.oldest
    return Judgement(
        facts,
        status.state,
        status.summary or f"{facts.name} is {status.state}.",
        advice(status),
        Cause(reason.code, reason.detail, limit),
        since,
        reason.until,
        status,
    )


def _without_token(facts: Facts, status: ConnectorStatus, why: str) -> Judgement:
    sentence = f"{facts.name} waits for an access token, which the provider of its credential does not give: {why}"
    cause = Cause(State.TOKEN_MISSING, why, "credential")
    return Judgement(
        facts, status.state, sentence, advice(status), cause, status.parked.oldest, facts.token_asked_at, status
    )


def _failing(facts: Facts, status: ConnectorStatus | None) -> Judgement | None:
    failures = _streak(facts.executions)
    if len(failures) < FAILING_FROM:
        return None
    last, first = failures[0], failures[-1]
    why = last.error_message or last.error_type or "no reason is kept"
    sentence = (
        f"{facts.name}: its last {len(failures)} executions failed, the newest on {_day(last.executed_at)}: {why}"
    )
    cause = Cause(last.error_type or last.status, why, f"HTTP {last.http_status}" if last.http_status else None)
    return _own(HealthState.FAILING, facts, status, sentence, cause, first.executed_at)


def _running(facts: Facts, status: ConnectorStatus | None) -> Judgement:
    called = [each for each in facts.executions if each.status != NOT_CALLED]
    if status is None:
        known = (
            f"its last execution ended on {_day(called[0].executed_at)} with {called[0].status}"
            if called
            else "it has never been used"
        )
        sentence = f"No executor answered in time, so it is not known whether {facts.name} runs; {known}."
        return _own(HealthState.NO_ANSWER, facts, status, sentence, None, None)
    if not called and status.state == State.IDLE:
        sentence = f"{facts.name} has never been used, and nothing waits for it."
        return _own(HealthState.NEVER_USED, facts, status, sentence, None, None)
    reason = status.reasons[0] if status.reasons else None
    cause = Cause(reason.code, reason.detail) if reason else None
    return Judgement(
        facts, status.state, status.summary, advice(status), cause, None, reason.until if reason else None, status
    )


def _own(
    state: HealthState,
    facts: Facts,
    status: ConnectorStatus | None,
    sentence: str,
    cause: Cause | None,
    since: datetime | None,
) -> Judgement:
    """That of the registry."""
    told = OWN_ADVICE.get(state) or advice(ConnectorStatus(connector_id=facts.connector_id, state=state.value))
    return Judgement(facts, state.value, sentence, told, cause, since, None, status)


def _streak(executions: Sequence[Execution]) -> list[Execution]:
    """The newest that failed, without a success between them."""
    called = (each for each in executions if each.status != NOT_CALLED)
    return list(takewhile(lambda each: each.status != "success", called))


def _streak_since(executions: Sequence[Execution]) -> datetime | None:
    failures = _streak(executions)
    return failures[-1].executed_at if failures else None


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d at %H:%M} UTC"
