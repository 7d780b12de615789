"""What became of an execution: values, not exceptions."""

from typing import Any

import msgspec

from connectors_shared.contract.failure import FailureType

TIMEOUTS = frozenset({FailureType.TIMEOUT, FailureType.DEADLINE_EXCEEDED})
LOST = "The executor that called it is gone; it may have taken effect and is not repeated."
SKIPS = frozenset({FailureType.CONNECTOR_DISABLED, FailureType.CONNECTOR_UNHEALTHY, FailureType.CANCELLED})


class Success(msgspec.Struct):
    """The transformed answer; `data` may be `msgspec.Raw`, JSON that nobody here has to read."""

    data: Any
    http_status: int


class Failure(msgspec.Struct, frozen=True, gc=False):
    """Why not. `message`: a sentence for a person. `retryable`: the same execution may succeed later."""

    type: FailureType
    message: str
    http_status: int | None = None
    retryable: bool = False
    position: int | None = None
    """In the transform that failed."""
    errors: tuple[tuple[str, str], ...] = ()
    """What of the message is wrong: JSON pointers into it, and what to change."""


class Retry(msgspec.Struct, frozen=True, gc=False):
    """Call again, not before `asked_seconds` when the upstream asked for that; `failure` is the outcome if that is
    not possible any more. `renews`: with another access token, for this one was refused.
    """

    failure: Failure
    asked_seconds: float | None = None
    renews: bool = False


Outcome = Success | Failure


def outcome_name(outcome: Outcome) -> str:
    """The word for logs and metrics: `success`, or the failure's type."""
    return "success" if isinstance(outcome, Success) else outcome.type.value
