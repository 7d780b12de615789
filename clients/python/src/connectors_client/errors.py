"""What can go wrong, split by what a caller can do about it.

ClientError
├── ExecutionFailedError        it has an outcome, and that is a failure: `failure` says which, `outcome` all of it
│   ├── NotCalledError          nothing was done at the API: change inputs or connector, or ask again later
│   ├── CallFailedError         the API was asked, and nothing came of it that may last
│   ├── OutcomeUnknownError     the API was asked and did not say what came of it: look there before you ask again
│   └── AnswerUnusableError     the API did it; its answer could not be made a result
├── NoOutcomeError              what came of it is not known (yet): `may_have_happened`
│   ├── NotPublishedError       Kafka did not confirm the execution
│   ├── OutcomeLateError        no outcome in the time that was waited
│   └── ConnectionLostError     the registry cannot be reached, or the connection to it broke
├── RefusedError                the registry answered with a problem document; the call has not begun
│   ├── InvalidCallError        the request is wrong: `fields` says where
│   ├── NotAllowedError         the token is not valid, or lacks the scope
│   ├── UnknownConnectorError   there is no such connector in the workspace
│   ├── ConflictError           the execution id is taken, parked, or its result is not kept any more
│   └── TryLaterError           limit, failing API, or a part that is away: `retry_after_seconds`
└── TooManyPendingError         this process waits for as many executions as it may
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final
from uuid import UUID

from connectors_shared.contract.failure import AFTER_THE_CALL, BEFORE_THE_CALL, FailureType

if TYPE_CHECKING:
    from connectors_client.outcome import Outcome


class ClientError(Exception):
    """Base of all that this package raises on purpose."""


class ExecutionFailedError(ClientError):
    """The outcome is a failure."""

    may_have_happened: ClassVar[bool] = False

    def __init__(self, outcome: "Outcome") -> None:
        super().__init__(f"{outcome.failure or 'failed'}: {outcome.message}")
        self.outcome = outcome
        self.failure: FailureType | None = outcome.failure
        self.retryable = outcome.error.retryable if outcome.error else False
        self.http_status = outcome.error.http_status if outcome.error else None


class NotCalledError(ExecutionFailedError):
    """Nothing was done at the API."""


class CallFailedError(ExecutionFailedError):
    """The API refused it, could not be reached, or may be asked again without doing it twice."""


class OutcomeUnknownError(ExecutionFailedError):
    """Sent, and no answer that says what came of it. Under another execution id it may happen twice."""

    may_have_happened = True


class AnswerUnusableError(ExecutionFailedError):
    """Done, but the answer could not be transformed or is too large."""

    may_have_happened = True


class NoOutcomeError(ClientError):
    """Nobody has said what came of it. Asked for again with the same execution id (and `requested_at`) it happens
    once at most."""

    def __init__(self, execution_id: UUID, message: str, *, may_have_happened: bool) -> None:
        super().__init__(f"{message} (execution {execution_id})")
        self.execution_id = execution_id
        self.may_have_happened = may_have_happened


class NotPublishedError(NoOutcomeError):
    """Kafka did not confirm it; it may have it all the same, so repeat it with its id."""


class OutcomeLateError(NoOutcomeError):
    """Its result may still come."""


class ConnectionLostError(NoOutcomeError):
    """The registry was not reached, or the connection broke before its answer."""


@dataclass(frozen=True, slots=True)
class WrongField:
    """A JSON pointer into the request, and what to change there."""

    pointer: str
    detail: str


class RefusedError(ClientError):
    """A problem document (RFC 9457): `kind` is the stable word of its type."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        fields: Sequence[WrongField] = (),
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{status} {kind}: {message}")
        self.status = status
        self.kind = kind
        self.fields = tuple(fields)
        self.retry_after_seconds = retry_after_seconds


class InvalidCallError(RefusedError):
    """Change the fields and send it again."""


class NotAllowedError(RefusedError):
    """Sign in again, or get the scope."""


class UnknownConnectorError(RefusedError):
    """Not in this workspace, or not known to an executor yet."""


class ConflictError(RefusedError):
    """This execution id cannot be asked for here and now."""


class TryLaterError(RefusedError):
    """The same call may succeed after a while."""


class TooManyPendingError(ClientError):
    """Await some of what is pending first."""


BY_STATUS: Final[Mapping[int, type[RefusedError]]] = {
    **dict.fromkeys((400, 413, 415, 422), InvalidCallError),
    **dict.fromkeys((401, 403), NotAllowedError),
    404: UnknownConnectorError,
    409: ConflictError,
    **dict.fromkeys((429, 500, 502, 503), TryLaterError),
}


def refusal_class(status: int) -> type[RefusedError]:
    return BY_STATUS.get(status, RefusedError)


def failure_class(failure: FailureType | None) -> type[ExecutionFailedError]:
    """What is raised for an outcome of this type."""
    if failure in BEFORE_THE_CALL:
        return NotCalledError
    if failure in AFTER_THE_CALL:
        return AnswerUnusableError
    return OutcomeUnknownError if failure is FailureType.OUTCOME_UNKNOWN else CallFailedError
