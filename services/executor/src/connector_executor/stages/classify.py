"""What an answer, or the lack of one, means: done, failed, or worth another call.

Safe to repeat whatever the method: nothing reached the upstream, or it answered that it did nothing: 429, and 503 that
says with Retry-After when to come again.
A 503 without one, 502 and 504 may come from a proxy that had passed the request on. They are no proof, and count as no
answer, unless the connector has a policy for just that status.
Sent without an answer: repeated only when the method is idempotent or the connector declares an idempotency
header; otherwise the outcome is unknown, and says so.
"""

from datetime import datetime

from connector_executor.connectors.plan import Plan
from connector_executor.outcome import Failure, Retry
from connector_executor.policies.headers import moment_of, value_of
from connector_executor.policies.quota import Advice, advise, says_something
from connector_executor.policies.retry import retry_after_seconds
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.policy import StatusMeaning
from connectors_shared.egress import HttpResponse, SendFailure, SendFailureKind

REFUSED = frozenset({SendFailureKind.address_refused, SendFailureKind.port_refused})
UNBUILDABLE = frozenset({SendFailureKind.invalid_url})
UNUSABLE = frozenset(
    {
        SendFailureKind.response_too_large,
        SendFailureKind.bad_response,
        SendFailureKind.too_many_redirects,
        SendFailureKind.redirect_refused,
    }
)
SERVER_ERRORS = 500
MAY_HAVE_HAPPENED = "it may have taken effect and is not repeated"
TIMEOUTS = frozenset({SendFailureKind.first_byte_timeout, SendFailureKind.total_timeout})
TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503
FAILS = frozenset({StatusMeaning.FAIL, StatusMeaning.REFRESH_AND_RETRY})
FROM_A_PROXY = frozenset({502, UNAVAILABLE, 504})
HOLDING = frozenset({TOO_MANY_REQUESTS, UNAVAILABLE})
"""Their Retry-After is meant for every call, not only for this one."""


def classify_response(plan: Plan, response: HttpResponse, now: datetime) -> Failure | Retry | None:
    """None when the answer is a success."""
    status = response.status
    meaning = plan.statuses.meaning(status)
    if meaning is StatusMeaning.SUCCESS:
        return None
    failure = Failure(FailureType.HTTP_ERROR, f"The API answered {status}.", status, meaning not in FAILS)
    if meaning is StatusMeaning.REFRESH_AND_RETRY and plan.is_renewed:
        return Retry(failure, renews=True)  # who is not let in has done nothing, whatever the method
    if meaning in FAILS:
        return failure
    asked = retry_after_seconds(value_of(response.headers, "Retry-After"), _answered_at(response) or now)
    if plan.repeatable or meaning is StatusMeaning.RATE_LIMITED or _did_nothing(plan, status, asked):
        return Retry(failure, asked)
    if status in FROM_A_PROXY:
        answered = f"The API answered {status}" + (" without Retry-After" if status == UNAVAILABLE else "")
        return Failure(FailureType.OUTCOME_UNKNOWN, f"{answered}; {MAY_HAVE_HAPPENED}.", status)
    return Failure(failure.type, failure.message, status, retryable=False)


def _did_nothing(plan: Plan, status: int, asked_seconds: float | None) -> bool:
    """The answer, or the connector's owner by a policy for the status, says that a write has had no effect."""
    if status in FROM_A_PROXY and status in plan.statuses.chosen:
        return True
    return status == TOO_MANY_REQUESTS or (status == UNAVAILABLE and asked_seconds is not None)


def advice_of(plan: Plan, response: HttpResponse, now: datetime) -> Advice | None:
    """What the answer says about the upstream's limit; a Retry-After holds the budget whatever the status."""
    headers = response.headers
    limited = plan.statuses.meaning(response.status) is StatusMeaning.RATE_LIMITED
    asked = response.status in HOLDING and "Retry-After" in headers
    if not limited and not asked and not says_something(headers):
        return None
    return advise(headers, _answered_at(response) or now, limited or asked, plan.quota_windows)


def upstream_lives(answer: HttpResponse | SendFailure) -> bool | None:
    """For the breaker: False when it does not answer, or only to say that it cannot; None when it was not asked."""
    if isinstance(answer, HttpResponse):
        return answer.status < SERVER_ERRORS
    if answer.kind in REFUSED or answer.kind in UNBUILDABLE or answer.kind is SendFailureKind.origin_refused:
        return None
    return answer.kind in UNUSABLE


def _answered_at(response: HttpResponse) -> datetime | None:
    """By the clock of the API: a moment it names is meant by that one, whatever ours says."""
    return moment_of(value_of(response.headers, "Date"))


def classify_failure(plan: Plan, failure: SendFailure) -> Failure | Retry:
    kind = failure.kind
    if kind is SendFailureKind.origin_refused:
        return Failure(FailureType.CREDENTIAL_UNUSABLE, failure.message)
    if kind in REFUSED:
        return Failure(FailureType.ADDRESS_REFUSED, failure.message)
    if kind in UNBUILDABLE:
        return Failure(FailureType.INVALID_REQUEST, failure.message)
    if kind in UNUSABLE:
        return Failure(FailureType.INVALID_RESPONSE, failure.message, failure.response_status)
    if not failure.may_have_happened:
        type_ = FailureType.CONNECTION_FAILED
        return Retry(Failure(type_, failure.message, failure.response_status, retryable=True))
    if not plan.repeatable:
        message = f"{failure.message.removesuffix('.')}; the request was sent, so {MAY_HAVE_HAPPENED}."
        return Failure(FailureType.OUTCOME_UNKNOWN, message, failure.response_status)
    type_ = FailureType.TIMEOUT if kind in TIMEOUTS else FailureType.CONNECTION_FAILED
    return Retry(Failure(type_, failure.message, failure.response_status, retryable=True))
