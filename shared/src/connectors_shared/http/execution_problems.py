"""Why an execution that somebody waits for has no outcome: what the executor answers, and the registry passes on."""

from collections.abc import Mapping
from typing import ClassVar, Final

from connectors_shared.http.problems import ProblemError, StoreUnavailableError

RETRY_AFTER: Final = {"Retry-After": "Seconds after which it may be sent again."}


class RateLimitedError(ProblemError):
    status = 429
    kind = "rate-limited"
    title = "The connector is at its limit"
    detail = "Its next free slot is further away than a caller should wait; send it again after Retry-After seconds."
    sends: ClassVar[Mapping[str, str]] = RETRY_AFTER


class TooManyCallersError(ProblemError):
    status = 429
    kind = "too-many-callers"
    title = "Too many callers wait for this connector"
    detail = "It or its workspace has used up its share of those who may wait; send it again after Retry-After seconds."
    sends: ClassVar[Mapping[str, str]] = RETRY_AFTER


class UpstreamFailingError(ProblemError):
    status = 503
    kind = "upstream-failing"
    title = "The API behind the connector is failing"
    detail = "It is left alone for now; send it again after Retry-After seconds."
    sends: ClassVar[Mapping[str, str]] = RETRY_AFTER


class AlreadyExecutedError(ProblemError):
    status = 409
    kind = "already-executed"
    title = "This execution id has had its outcome"
    detail = (
        "Its result was published on connector.result and is not kept any longer. Use a new executionId to call again."
    )


class AlreadyParkedError(ProblemError):
    status = 409
    kind = "already-parked"
    title = "This execution id is parked"
    detail = "It was asked for before, and runs when its connector has a slot. Use a new executionId to call now."


class StoppingError(ProblemError):
    status = 503
    kind = "stopping"
    title = "The executor is stopping"
    detail = "This request has begun no call; send it again, with the same executionId if it repeats an earlier one."
    sends: ClassVar[Mapping[str, str]] = RETRY_AFTER


class UnknownConnectorError(ProblemError):
    status = 404
    kind = "unknown-connector"
    title = "No such connector"
    detail = "No connector of this id is published in this workspace; check connectorId and workspaceId."


class DefinitionUnreadableError(ProblemError):
    status = 503
    kind = "definition-unreadable"
    title = "This executor cannot read the connector"
    detail = (
        "Its definition or credential is a newer version's, or has not come through. This request has begun no call;"
        " send it again when the executor is up to date."
    )
    sends: ClassVar[Mapping[str, str]] = RETRY_AFTER


class TokenMissingError(ProblemError):
    status = 503
    kind = "token-missing"
    title = "The connector's credential has no access token at present"
    detail = (
        "Its provider has not given one; it is asked again, and the credential says what it answered. This request has"
        " begun no call; send it again after Retry-After seconds."
    )
    sends: ClassVar[Mapping[str, str]] = RETRY_AFTER


class StillRunningError(ProblemError):
    status = 504
    kind = "still-running"
    title = "No outcome in time"
    detail = "The call goes on; its result will be on connector.result. Do not send it again under another executionId."


EXECUTION_PROBLEMS: Final[tuple[type[ProblemError], ...]] = (
    UnknownConnectorError,
    AlreadyExecutedError,
    AlreadyParkedError,
    RateLimitedError,
    TooManyCallersError,
    UpstreamFailingError,
    StoppingError,
    StoreUnavailableError,
    DefinitionUnreadableError,
    TokenMissingError,
    StillRunningError,
)
