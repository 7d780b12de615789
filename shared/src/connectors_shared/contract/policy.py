"""Limits and policies of a connector: how fast, what a status means, how much may wait."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from connectors_shared.contract.model import Message


class RateWindow(Message):
    """At most `limit` calls (or weight) in any `seconds`; `burst` of them may go at once."""

    limit: Annotated[int, Field(ge=1, le=1_000_000)]
    seconds: Annotated[float, Field(gt=0, le=86_400)]
    burst: Annotated[int, Field(ge=1, le=100_000)] = 1


class BudgetShare(StrEnum):
    """Who else spends from the same budget."""

    CONNECTOR = "connector"
    CREDENTIAL = "credential"
    HOST = "host"


class RateLimit(Message):
    """The budget of a connector. All windows hold at once.

    `max_requests_per_minute` is the wizard's field, the same as a window of 60 seconds.
    `max_concurrent` counts calls in flight over all executors. `weight` is what one call costs.
    """

    max_requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    windows: Annotated[list[RateWindow], Field(max_length=5)] = Field(default_factory=list)
    max_concurrent: Annotated[int, Field(ge=1, le=10_000)] | None = None
    weight: Annotated[int, Field(ge=1, le=1000)] = 1
    share: BudgetShare = BudgetShare.CONNECTOR

    @model_validator(mode="after")
    def _weight_fits(self) -> "RateLimit":
        for window in self.all_windows():
            if self.weight > window.limit:
                raise ValueError("weight must not be above the limit of a window")
        return self

    def all_windows(self) -> list[RateWindow]:
        """Every window, the per-minute shorthand included."""
        shorthand = self.max_requests_per_minute
        return ([RateWindow(limit=shorthand, seconds=60)] if shorthand else []) + self.windows


class StatusMeaning(StrEnum):
    """What an HTTP status means for the execution."""

    SUCCESS = "success"
    RETRY = "retry"
    FAIL = "fail"
    RATE_LIMITED = "rate-limited"
    REFRESH_AND_RETRY = "refresh-and-retry"
    """The access token is not good any more: it is renewed once, for all callers, and the call repeated. A failure
    where no token is renewed."""


class StatusPolicy(Message):
    """Overrides the default meaning of one status (`404`) or of a class (`5xx`).

    By default 2xx is a success, 401 is refresh-and-retry, 429 is rate-limited, 408, 425 and 5xx except 501 and 505 are
    retried, all else fails.
    A POST or PATCH without an idempotency header is repeated after 429, after 503 with `Retry-After`, after what is
    called rate-limited, and after a 502, 503 or 504 whose own policy says retry. Otherwise a 502, a 504 and a 503 that
    says nothing more are no proof that nothing happened, since a proxy may have passed the request on: they end as
    `outcome_unknown`.
    """

    status: Annotated[str, Field(pattern=r"^[1-5]([0-9]{2}|xx)$")]
    meaning: StatusMeaning


class FullBacklogPolicy(StrEnum):
    """What happens to an execution that finds the backlog full or waits too long."""

    REJECT = "reject"
    DEAD_LETTER = "dead-letter"


class UnhealthyPolicy(StrEnum):
    """What happens to executions of a connector that has only failed for a long time."""

    PARK = "park"
    REFUSE = "refuse"


class ParkingPolicy(Message):
    """Ceilings of the backlog of a connector, and what is refused instead of parked.

    `max_age_seconds`: how long an execution may be parked in all, as long as the connector's own rate limit may take.
    `max_wait_seconds`: how much of that may go by while its API is unavailable (breaker open, unhealthy, credential
    stale, or asked to stay away for long), all such times taken together; then its result says `upstream_unavailable`.
    """

    max_parked: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000_000
    max_age_seconds: Annotated[int, Field(ge=1, le=30 * 86_400)] = 7 * 86_400
    max_wait_seconds: Annotated[int, Field(ge=1, le=30 * 86_400)] = 900
    when_full: FullBacklogPolicy = FullBacklogPolicy.REJECT
    when_unhealthy: UnhealthyPolicy = UnhealthyPolicy.PARK
