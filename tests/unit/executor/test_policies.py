"""What an answer means and when to call again, as tables."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_executor.outcome import Failure, Retry
from connector_executor.policies.quota import Advice
from connector_executor.policies.retry import MAX_RETRY_AFTER_SECONDS, RetryPolicy, retry_after_seconds
from connector_executor.policies.status import StatusTable
from connector_executor.stages.classify import advice_of, classify_failure, classify_response, upstream_lives
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.policy import StatusMeaning, StatusPolicy
from connectors_shared.egress import HttpResponse, SendFailure, SendFailureKind
from tests.unit.executor.a_connector import a_plan

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SUCCESS, RETRY, FAIL, LIMITED = (
    StatusMeaning.SUCCESS,
    StatusMeaning.RETRY,
    StatusMeaning.FAIL,
    StatusMeaning.RATE_LIMITED,
)


def an_answer(status: int, retry_after: str | None = None) -> HttpResponse:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return HttpResponse(status, headers, b"", 0, "https://api.test/users", 0.1)


def lost(kind: SendFailureKind, *, may_have_happened: bool) -> SendFailure:
    return SendFailure(kind, "why", may_have_happened, 0.1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        (str(int(NOW.timestamp()) + 30), 30.0),
        (str(int(NOW.timestamp()) - 30), 0.0),
        ("999999999", MAX_RETRY_AFTER_SECONDS),
        ("1e300", MAX_RETRY_AFTER_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_SECONDS),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("Fri, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_in_every_form(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds


@given(value=st.text())
def test_any_retry_after_is_within_bounds_or_ignored(value: str) -> None:
    seconds = retry_after_seconds(value, NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_SECONDS


@pytest.mark.parametrize(("attempt", "ceiling"), [(1, 2.0), (2, 4.0), (5, 32.0), (20, 3600.0)])
def test_backoff_doubles_up_to_an_hour(attempt: int, ceiling: float) -> None:
    policy = RetryPolicy(retries=20, delay_seconds=2.0)
    assert policy.backoff_seconds(attempt, lambda: 1.0) == ceiling
    assert policy.backoff_seconds(attempt, lambda: 0.25) == ceiling / 4


def test_as_many_attempts_follow_as_there_are_retries() -> None:
    assert [RetryPolicy(2, 1.0).allows(attempt) for attempt in (1, 2, 3)] == [True, True, False]
    assert not RetryPolicy(0, 1.0).allows(1)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, SUCCESS),
        (204, SUCCESS),
        (302, FAIL),
        (400, FAIL),
        (404, FAIL),
        (408, RETRY),
        (425, RETRY),
        (429, LIMITED),
        (500, RETRY),
        (501, FAIL),
        (503, RETRY),
        (505, FAIL),
        (999, FAIL),
    ],
)
def test_the_default_meaning_of_a_status(status: int, meaning: StatusMeaning) -> None:
    assert StatusTable.of([]).meaning(status) is meaning


def test_a_policy_for_a_class_replaces_its_defaults_but_not_a_policy_for_one_status() -> None:
    policies = [StatusPolicy(status="404", meaning=SUCCESS), StatusPolicy(status="4xx", meaning=RETRY)]
    for ordered in (policies, policies[::-1]):
        table = StatusTable.of(ordered)
        meanings = [table.meaning(status) for status in (404, 400, 429, 501)]
        assert meanings == [SUCCESS, RETRY, RETRY, FAIL]


@pytest.mark.parametrize(("method", "repeated"), [("GET", True), ("PUT", True), ("DELETE", True), ("POST", False)])
def test_an_answer_of_500_repeats_only_what_may_be_repeated(method: str, repeated: bool) -> None:
    decision = classify_response(a_plan(method=method), an_answer(500), NOW)
    assert isinstance(decision, Retry) is repeated


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("status", [502, 504])
@pytest.mark.parametrize("retry_after", [None, "7"])
def test_a_proxy_that_got_no_answer_proves_nothing_about_a_write(
    method: str, status: int, retry_after: str | None
) -> None:
    decision = classify_response(a_plan(method=method), an_answer(status, retry_after), NOW)
    why = f"The API answered {status}; it may have taken effect and is not repeated."
    assert decision == Failure(FailureType.OUTCOME_UNKNOWN, why, status, retryable=False)


UNCERTAIN = "The API answered 503 without Retry-After; it may have taken effect and is not repeated."


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("retry_after", [None, "", "soon"])
def test_a_503_is_no_proof_that_a_write_did_nothing(method: str, retry_after: str | None) -> None:
    decision = classify_response(a_plan(method=method), an_answer(503, retry_after), NOW)
    assert decision == Failure(FailureType.OUTCOME_UNKNOWN, UNCERTAIN, 503, retryable=False)


@pytest.mark.parametrize(
    "config",
    [
        {"method": "GET"},
        {"method": "PUT"},
        {"method": "POST", "idempotencyHeader": "Idempotency-Key"},
        {"method": "POST", "statusPolicies": [{"status": "{}", "meaning": "retry"}]},
        {"method": "POST", "statusPolicies": [{"status": "{}", "meaning": "rate-limited"}]},
    ],
)
@pytest.mark.parametrize("status", [502, 503, 504])
def test_what_proves_nothing_is_repeated_where_that_can_do_no_harm_or_the_owner_says_so(
    config: dict[str, Any], status: int
) -> None:
    policies = [policy | {"status": str(status)} for policy in config.get("statusPolicies", [])]
    plan = a_plan(**config | {"statusPolicies": policies})
    assert isinstance(classify_response(plan, an_answer(status), NOW), Retry)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_policy_for_all_5xx_says_nothing_new_about_what_proves_nothing(status: int) -> None:
    plan = a_plan(method="POST", statusPolicies=[{"status": "5xx", "meaning": "retry"}])
    decision = classify_response(plan, an_answer(status), NOW)
    assert isinstance(decision, Failure)
    assert decision.type is FailureType.OUTCOME_UNKNOWN


@pytest.mark.parametrize("status", ["503", "5xx"])
def test_an_owner_may_call_503_a_failure_like_any_other(status: str) -> None:
    plan = a_plan(method="POST", statusPolicies=[{"status": status, "meaning": "fail"}])
    assert classify_response(plan, an_answer(503), NOW) == Failure(
        FailureType.HTTP_ERROR, "The API answered 503.", 503, retryable=False
    )


@pytest.mark.parametrize("status", [429, 503])
def test_an_answer_that_nothing_was_done_repeats_every_method(status: int) -> None:
    decision = classify_response(a_plan(method="POST"), an_answer(status, "7"), NOW)
    assert isinstance(decision, Retry)
    assert decision.asked_seconds == 7.0
    advice = advice_of(a_plan(method="POST"), an_answer(status, "7"), NOW)
    assert advice == Advice("Retry-After: 7", hold_seconds=7.0)


def test_a_429_without_a_hint_still_asks_for_quiet() -> None:
    assert isinstance(classify_response(a_plan(), an_answer(429), NOW), Retry)
    advice = advice_of(a_plan(), an_answer(429), NOW)
    assert advice is not None
    assert advice.hold_seconds < 0


def test_an_answer_without_limits_says_nothing_about_them() -> None:
    assert advice_of(a_plan(), an_answer(200), NOW) is None
    assert advice_of(a_plan(), an_answer(500, "7"), NOW) is None


@pytest.mark.parametrize(
    ("answer", "lives"),
    [
        (an_answer(200), True),
        (an_answer(404), True),
        (an_answer(429), True),
        (an_answer(503), False),
        (lost(SendFailureKind.connect_refused, may_have_happened=False), False),
        (lost(SendFailureKind.total_timeout, may_have_happened=True), False),
        (lost(SendFailureKind.response_too_large, may_have_happened=True), True),
        (lost(SendFailureKind.address_refused, may_have_happened=False), None),
    ],
)
def test_what_an_attempt_says_about_the_upstream(answer: HttpResponse | SendFailure, lives: bool | None) -> None:
    assert upstream_lives(answer) is lives


def test_success_and_final_failure() -> None:
    assert classify_response(a_plan(), an_answer(201), NOW) is None
    failure = classify_response(a_plan(), an_answer(404), NOW)
    assert failure == Failure(FailureType.HTTP_ERROR, "The API answered 404.", 404, retryable=False)


@pytest.mark.parametrize("kind", [SendFailureKind.dns, SendFailureKind.connect_refused, SendFailureKind.tls])
def test_what_never_reached_the_upstream_is_repeated_for_every_method(kind: SendFailureKind) -> None:
    decision = classify_failure(a_plan(method="POST"), lost(kind, may_have_happened=False))
    assert isinstance(decision, Retry)
    assert decision.failure.type is FailureType.CONNECTION_FAILED


@pytest.mark.parametrize(
    "kind", [SendFailureKind.total_timeout, SendFailureKind.first_byte_timeout, SendFailureKind.connection_lost]
)
def test_a_write_sent_without_an_answer_is_unknown_unless_it_carries_a_key(kind: SendFailureKind) -> None:
    failure = lost(kind, may_have_happened=True)
    unknown = classify_failure(a_plan(method="POST"), failure)
    assert isinstance(unknown, Failure)
    assert (unknown.type, unknown.retryable) == (FailureType.OUTCOME_UNKNOWN, False)
    assert isinstance(classify_failure(a_plan(method="POST", idempotencyHeader="Key"), failure), Retry)
    assert isinstance(classify_failure(a_plan(method="GET"), failure), Retry)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        (SendFailureKind.address_refused, FailureType.ADDRESS_REFUSED),
        (SendFailureKind.port_refused, FailureType.ADDRESS_REFUSED),
        (SendFailureKind.invalid_url, FailureType.INVALID_REQUEST),
        (SendFailureKind.response_too_large, FailureType.INVALID_RESPONSE),
        (SendFailureKind.redirect_refused, FailureType.INVALID_RESPONSE),
    ],
)
def test_what_cannot_get_better_is_final(kind: SendFailureKind, type_: FailureType) -> None:
    decision = classify_failure(a_plan(), lost(kind, may_have_happened=True))
    assert isinstance(decision, Failure)
    assert decision.type is type_
