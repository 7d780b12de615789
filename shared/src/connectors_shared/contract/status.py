"""Why a connector runs, or does not: what the executor answers to operators and other services."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from connectors_shared.contract.model import Message


class State(StrEnum):
    """The first one that applies, from what stops everything to what stops nothing."""

    UNKNOWN = "unknown"
    PAUSED = "paused"
    DEFINITION_UNREADABLE = "definition_unreadable"
    CREDENTIAL_UNREADABLE = "credential_unreadable"
    CREDENTIAL_MISSING = "credential_missing"
    TOKEN_MISSING = "token_missing"  # noqa: S105
    DISABLED = "disabled"
    CREDENTIAL_STALE = "credential_stale"
    UNHEALTHY = "unhealthy"
    BREAKER_OPEN = "breaker_open"
    LIMITED = "limited"
    RUNNING = "running"
    IDLE = "idle"


class Reason(Message):
    """One cause, `until` when it ends by itself."""

    code: str
    detail: str = ""
    until: datetime | None = None


class Limit(Message):
    """What holds the connector's calls to a rate. `until`: all calls wait until then."""

    until: datetime | None = None
    source: str | None = None
    per_second: float | None = None


class Breaker(Message):
    """The circuit breaker; `failures` of the last `calls` calls."""

    state: str = "closed"
    until: datetime | None = None
    failures: int = 0
    calls: int = 0


class Backlog(Message):
    """What is parked; `waiting_for_retry` of them have an attempt behind them."""

    count: int = 0
    waiting_for_retry: int = 0
    oldest: datetime | None = None
    next_slot: datetime | None = None
    drain_seconds: float | None = None


class ConnectorStatus(Message):
    """Why a connector runs, or does not. `waiting` and `in_flight` are of the replica that answers."""

    connector_id: UUID
    workspace_id: UUID | None = None
    name: str | None = None
    version: int | None = None
    state: str
    summary: str = ""
    reasons: list[Reason] = Field(default_factory=list)
    limit: Limit | None = None
    breaker: Breaker | None = None
    credential_stale: bool = False
    parked: Backlog = Backlog()
    waiting: int = 0
    in_flight: int = 0
