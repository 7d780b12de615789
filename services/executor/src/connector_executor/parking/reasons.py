"""Why an execution is parked, and what it comes to when it may wait no longer: the connector's own policy."""

from typing import Final

from connector_executor.admission.port import Verdict
from connector_executor.connectors.plan import Plan
from connector_executor.outcome import Failure
from connector_executor.parking.dead_lettering import DeadLetterEnd
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.contract.policy import FullBacklogPolicy, ParkingPolicy

DEFAULT_POLICY: Final = ParkingPolicy()
LONG_SECONDS: Final = 60.0
"""An upstream that asks for quiet for longer is unavailable; for less, it is only limiting how fast it is called."""
PARKS: Final = {
    Verdict.LATER: ParkReason.RATE_LIMITED,
    Verdict.HELD: ParkReason.RATE_LIMITED,
    Verdict.BEHIND: ParkReason.BEHIND_OTHERS,
    Verdict.PARKED: ParkReason.BEHIND_OTHERS,
    Verdict.OPEN: ParkReason.BREAKER_OPEN,
    Verdict.UNHEALTHY: ParkReason.UNHEALTHY,
}
TROUBLE: Final = {
    ParkReason.BREAKER_OPEN: "too many of its calls failed",
    ParkReason.UNHEALTHY: "it has only failed for a long time",
    ParkReason.CREDENTIAL_STALE: "its credential has to be renewed by a person",
    ParkReason.TOKEN_MISSING: "no access token could be obtained for its credential",
    ParkReason.ASKED_TO_WAIT: "it asked to be left alone",
}
WORDS: Final = {
    ParkReason.RATE_LIMITED: "its connector is at its limit",
    ParkReason.BEHIND_OTHERS: "others of its connector came before it",
    ParkReason.QUEUE_FULL: "its connector has all the calls under way that it may have",
    ParkReason.CREDENTIAL_MISSING: "its credential is not published yet, or does not go together with its connector",
    ParkReason.CREDENTIAL_UNREADABLE: "its credential can only be read by a newer executor",
    ParkReason.DEFINITION_UNREADABLE: "its connector can only be read by a newer executor",
    ParkReason.RETRY: "it is tried again then",
} | {reason: f"the API is unavailable: {why}" for reason, why in TROUBLE.items()}
"""Why one waits, for people."""
UNHEARD_OF: Final = "another version of the executor has said so"


def policy_of(plan: Plan) -> ParkingPolicy:
    return plan.config.parking or DEFAULT_POLICY


def park_reason(verdict: Verdict, wait_seconds: float, plan: Plan) -> ParkReason:
    if verdict is Verdict.HELD and is_long(wait_seconds, plan):
        return ParkReason.ASKED_TO_WAIT
    return PARKS[verdict]


def is_long(asked_seconds: float, plan: Plan) -> bool:
    """Did the upstream ask to be left alone for so long that it counts as unavailable?"""
    return asked_seconds > min(LONG_SECONDS, policy_of(plan).max_wait_seconds)


def refusal_of(plan: Plan, why: str) -> Failure | DeadLetterEnd:
    """What becomes of an execution that may not be in the backlog (any longer)."""
    if policy_of(plan).when_full is FullBacklogPolicy.DEAD_LETTER:
        return DeadLetterEnd(DeadReason.BACKLOG_FULL, why)
    return Failure(FailureType.BACKLOG_FULL, why, retryable=True)


def unavailable(trouble: ParkReason, plan: Plan) -> Failure:
    """What becomes of an execution that has waited for its API for as long as it may."""
    seconds, why = policy_of(plan).max_wait_seconds, TROUBLE.get(trouble, UNHEARD_OF)
    message = f"The API was unavailable for {seconds} s, and its connector waits no longer: {why}."
    return Failure(FailureType.UPSTREAM_UNAVAILABLE, message, retryable=True)
