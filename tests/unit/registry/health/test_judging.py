"""One sentence for all that may be known, with since when, until when, what brought it about and what to do."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from connector_registry.health.judging import judge
from connector_registry.health.port import Execution, Facts, OpenNotice
from connectors_shared.contract.status import Backlog, ConnectorStatus, Limit, Reason, State

ID = UUID(int=1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAILING = OpenNotice("connector_failing", "It has done nothing but fail.", NOW)
STALE = OpenNotice("credential_stale", "The provider has revoked it.", NOW)


def facts(**what: Any) -> Facts:
    return Facts(ID, "CRM", **{"enabled": True} | what)


def a_status(state: State, *reasons: Reason, **what: Any) -> ConnectorStatus:
    return ConnectorStatus(connector_id=ID, state=state, summary=f"CRM: {state}.", reasons=list(reasons), **what)


def ended(*words: str) -> list[Execution]:
    """The newest first, an hour between them."""
    return [
        Execution(word, None if word == "success" else "http_error", "HTTP 500", 500, NOW - timedelta(hours=n))
        for n, word in enumerate(words)
    ]


RUNNING, IDLE = a_status(State.RUNNING), a_status(State.IDLE)


@pytest.mark.parametrize(
    ("known", "status", "state", "said"),
    [
        (facts(deleted_at=NOW, deleted_by="ann"), None, "deleted", "deleted by ann on 2026-03-01 at 12:00 UTC"),
        (facts(enabled=False), RUNNING, "disabled", "CRM is switched off: its"),
        (facts(enabled=False, disabled_at=NOW, disabled_by="ann"), None, "disabled", "switched off, by ann on 2026"),
        (facts(notice=STALE), RUNNING, "credential_stale", "The provider has revoked it."),
        (facts(notice=FAILING), None, "unhealthy", "nothing but fail"),
        (facts(notice=FAILING), RUNNING, "running", "CRM: running."),
        (facts(), a_status(State.BREAKER_OPEN), "breaker_open", "CRM: breaker_open."),
        (facts(executions=ended("failed", "failed", "failed")), RUNNING, "failing", "last 3 executions failed"),
        (facts(executions=ended("failed", "skipped", "failed", "failed")), None, "failing", "HTTP 500"),
        (facts(executions=ended("failed", "failed", "success", "failed")), RUNNING, "running", "CRM: running."),
        (facts(), IDLE, "never_used", "never been used"),
        (facts(), None, "no_answer", "it has never been used"),
        (facts(executions=ended("success")), None, "no_answer", "with success"),
        (facts(executions=ended("success")), IDLE, "idle", "CRM: idle."),
        (facts(), a_status(State.TOKEN_MISSING), "token_missing", "CRM: token_missing."),
        (
            facts(token_fault="The provider answered 503.", token_asked_at=NOW),
            a_status(State.TOKEN_MISSING),
            "token_missing",
            "CRM waits for an access token, which the provider of its credential does not give: The provider answered",
        ),
        (facts(token_fault="The provider answered 503."), RUNNING, "running", "CRM: running."),
        (facts(), a_status(State.UNKNOWN), "unknown", "CRM: unknown."),
    ],
)
def test_what_is_the_matter_is_said(known: Facts, status: ConnectorStatus | None, state: str, said: str) -> None:
    found = judge(known, status)
    assert found.state == state
    assert said in found.sentence
    assert found.advice


def test_a_limit_names_the_header_and_its_end() -> None:
    until = NOW + timedelta(minutes=5)
    status = a_status(
        State.LIMITED,
        Reason(code="rate_limited", detail="its API asked to be left alone", until=until),
        limit=Limit(until=until, source="Retry-After: 300"),
        parked=Backlog(count=7, oldest=NOW, drain_seconds=42.0),
    )
    found = judge(facts(), status)
    assert found.cause is not None
    assert (found.cause.code, found.cause.source) == ("rate_limited", "Retry-After: 300")
    assert (found.since, found.until) == (NOW, until)
    assert found.parked is not None
    assert (found.parked.count, found.parked.drain_seconds) == (7, 42.0)


def test_since_when_it_fails_is_the_first_failure_in_a_row() -> None:
    found = judge(facts(executions=ended("failed", "timeout", "failed", "success", "failed")), RUNNING)
    assert found.since == NOW - timedelta(hours=2)
    assert found.cause is not None
    assert (found.cause.code, found.cause.source) == ("http_error", "HTTP 500")


def test_a_state_of_a_newer_executor_is_passed_on() -> None:
    found = judge(facts(), ConnectorStatus(connector_id=ID, state="on_holiday", summary="CRM rests."))
    assert (found.state, found.sentence) == ("on_holiday", "CRM rests.")
