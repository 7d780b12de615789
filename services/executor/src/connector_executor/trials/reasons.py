"""Why an attempt was repeated, or was not, in a sentence."""

from connector_executor.connectors.plan import Plan
from connector_executor.outcome import Failure, Retry, Success
from connector_executor.policies.retry import RetryPolicy
from connector_executor.trials.trace import Observed, Trace
from connectors_shared.contract.failure import FailureType

AFTER_THE_CALL = frozenset({FailureType.TRANSFORM_FAILED, FailureType.RESULT_TOO_LARGE, FailureType.INVALID_RESPONSE})
BY_POLICY = "a status that the connector takes for a final failure"
REFUSAL = (
    "The API refuses the access token. A flow's call gets another token then and is repeated once; a test shows the"
    " refusal. Connect the credential again if it stays."
)


def why_repeated(attempt: Observed, following: Observed) -> str:
    """Of an attempt after which another one came."""
    assert isinstance(attempt.decision, Retry)
    waited = round(following.called_at - attempt.ended_at, 1)
    asked = attempt.decision.asked_seconds
    by_whom = f"; the API asked for {asked:g} s" if asked else ""
    return f"It may succeed later, and calling again is safe: repeated after {waited:g} s{by_whom}."


def why_not_repeated(attempt: Observed, trace: Trace, plan: Plan) -> str:
    """Of the last attempt."""
    decision = attempt.decision
    if isinstance(decision, Success):
        return "It succeeded."
    if isinstance(decision, Failure):
        return _final(decision)
    if trace.cancelled:
        return "The test was cancelled before it was repeated."
    if decision.renews:
        return REFUSAL
    if trace.asked_seconds is not None:
        return (
            f"The API asks to be left alone for {trace.asked_seconds:.0f} s; a test does not wait as long, a flow does."
        )
    config = plan.config
    if not RetryPolicy(config.retries, config.retry_delay / 1000).allows(number_of(attempt, trace)):
        return f"Calling again is safe, but its retries ({config.retries}) are used up."
    return "Calling again is safe, but the time that the call may take in all is over, or would be."


def number_of(attempt: Observed, trace: Trace) -> int:
    return trace.attempts.index(attempt) + 1


def _final(failure: Failure) -> str:
    if failure.type is FailureType.CANCELLED:
        return "The test was cancelled."
    if failure.type is FailureType.OUTCOME_UNKNOWN:
        return "It may have taken effect, and the method is not safe to repeat without an idempotency header."
    if failure.type in AFTER_THE_CALL:
        return "The API has answered: calling again would not change what is made of the answer."
    if failure.type is FailureType.HTTP_ERROR:
        return f"The API answered {failure.http_status}, {BY_POLICY}."
    return "Calling again would come to the same."
