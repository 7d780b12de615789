"""What somebody who was woken up reads about a connector."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from connectors_local.operators.explain import explain
from connectors_local.operators.spans import duration, since, until
from connectors_shared.contract.advice import ADVICE
from connectors_shared.contract.status import ConnectorStatus
from tests.unit.operators.fake_executor import NOW, a_status, in_seconds

CONNECTOR = UUID(int=5)
STATES = (
    "running",
    "idle",
    "limited",
    "breaker_open",
    "unhealthy",
    "credential_stale",
    "disabled",
    "paused",
    "unknown",
)


def explained(**changed: Any) -> str:
    return "\n".join(explain(ConnectorStatus.model_validate(a_status(CONNECTOR, **changed)), NOW))


def test_a_limited_connector_is_told_with_its_backlog_and_that_nothing_is_to_do() -> None:
    text = explained(
        state="limited",
        summary="It may make 1 call per second.",
        reasons=[{"code": "rate_limited", "detail": "its slot is far away", "until": in_seconds(2.4)}],
        limit={"until": None, "source": "its definition", "perSecond": 1.0},
        parked={
            "count": 371,
            "waitingForRetry": 3,
            "oldest": in_seconds(-200),
            "nextSlot": in_seconds(0.8),
            "drainSeconds": 380.0,
        },
    )
    lines = text.splitlines()
    assert lines[:2] == [
        f"Phone Number Enrichment  ({CONNECTOR}, version 3)",
        "LIMITED: It may make 1 call per second.",
    ]
    assert "why         rate_limited: its slot is far away; ends in 2.4 s (" in text
    assert "parked      371, 3 of them for a further attempt; the oldest for 3 min 20 s; the next one in 0.8 s" in text
    assert "all done in about 6 min 20 s" in text
    assert "limit       1 call per second, from its definition" in text
    assert "to do       Nothing: it goes on by itself." in text
    assert f"connectors parked cancel {CONNECTOR} --all" in text


def test_an_open_breaker_is_told_with_its_failures_and_when_it_is_tried_again() -> None:
    breaker = {"state": "open", "until": in_seconds(12), "failures": 18, "calls": 20}
    text = explained(state="breaker_open", summary="It fails.", breaker=breaker)
    assert "BREAKER OPEN: It fails." in text
    assert "breaker     open, nothing is called; 18 of the last 20 calls failed; tried again in 12 s (" in text
    assert "Look at the other side" in text


def test_a_connector_whose_calls_do_not_end_is_not_said_to_be_fine() -> None:
    full = explained(reasons=[{"code": "queue_full", "detail": "all 64 calls are in flight"}], inFlight=64)
    assert "64 in flight, 0 waiting for their turn" in full
    assert "takes calls and does not answer" in full
    assert "Nothing. It runs." in explained()


def test_a_share_that_is_used_up_is_followed_by_what_makes_it_larger() -> None:
    spent = explained(reasons=[{"code": "share_used_up", "detail": "its share is used up: 45 of 64"}], waiting=3)
    assert "its share is used up: 45 of 64" in spent
    assert "CONNECTORS_MAX_IN_FLIGHT" in spent


def test_a_stale_credential_is_named() -> None:
    text = explained(state="credential_stale", credentialStale=True)
    assert "credential  stale: it must be connected again" in text


@pytest.mark.parametrize("state", STATES)
def test_there_is_something_to_do_for_every_state(state: str) -> None:
    assert ADVICE[state] in explained(state=state)


def test_a_state_of_the_future_is_shown_as_it_is() -> None:
    text = explained(state="on_holiday", summary="")
    assert "ON HOLIDAY" in text
    assert "'on_holiday'" in text


def test_what_is_empty_is_left_out_or_said_in_a_word() -> None:
    text = explained()
    assert "parked      nothing" in text
    assert not [word for word in ("why ", "limit ", "breaker ", "credential ", "parked list") if word in text]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (12.4, "12 s"),
        (60, "1 min"),
        (371, "6 min 11 s"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_duration_is_told_in_two_units_at_most(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_moment_is_told_by_how_far_it_is_and_by_the_clock() -> None:
    clock = NOW.astimezone()
    assert until(NOW + timedelta(seconds=30), NOW) == f"in 30 s ({(clock + timedelta(seconds=30)):%H:%M:%S})"
    assert until(NOW - timedelta(seconds=30), NOW) == f"due since {(clock - timedelta(seconds=30)):%H:%M:%S}"
    assert f"({(clock + timedelta(days=2)):%Y-%m-%d %H:%M})" in until(NOW + timedelta(days=2), NOW)
    assert since(NOW - timedelta(minutes=3), NOW) == "for 3 min"
