"""What is asked of the history, and how much of it is looked at to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from connector_registry.history.port import Outcomes
from connectors_shared.http.cursor import Cursor

MOST_LOOKED_AT: Final = 2_000
"""Executions that one request looks at for those that it wants; the next page goes on behind them."""
MOST_GROUPED: Final = 10_000
"""Failures that are grouped by cause, and executions by flow: the newest."""
MOST_GROUPS: Final = 100
MOST_MAPPINGS: Final = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which executions: all that is not None has to hold. `since` is included, `until` is not.

    `text`: somewhere in the message of the error, in any case.
    """

    connector_id: UUID | None = None
    flow_id: str | None = None
    flow_run_id: str | None = None
    contact_id: str | None = None
    status: str | None = None
    error_type: str | None = None
    http_status: int | None = None
    trigger: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """An execution in a list."""

    id: UUID
    connector_id: UUID
    connector_version: int | None
    flow_id: str | None
    flow_run_id: str | None
    step_id: str | None
    contact_id: str | None
    status: str
    error_type: str | None
    error_message: str | None
    http_status: int | None
    trigger: str
    lane: str
    execution_time_ms: int
    attempt_count: int
    requested_at: datetime | None
    started_at: datetime | None
    executed_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """`rest`: where the next page begins; it may be there though this one is not full, or even empty."""

    lines: Sequence[Summary]
    rest: Cursor | None


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures of one connector that say the same. `example_id`: the newest of them."""

    connector_id: UUID
    error_type: str | None
    http_status: int | None
    error_message: str | None
    count: int
    first_at: datetime
    last_at: datetime
    example_id: UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """A flow that calls connectors; without an id all that is called outside of one."""

    flow_id: str | None
    executions: int
    failed: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Detail:
    """Rows as they are kept; JSON as text."""

    execution: dict[str, Any]
    mappings: list[dict[str, Any]]


class Reading(Outcomes, Protocol):
    """The history of one workspace. Raises DatabaseUnavailableError."""

    async def page(self, workspace_id: UUID, wanted: Wanted, after: Cursor | None, limit: int) -> Page:
        """Newest first."""
        ...

    async def find(self, workspace_id: UUID, execution_id: UUID) -> Detail | None: ...

    async def causes(self, workspace_id: UUID, wanted: Wanted) -> list[Cause]:
        """Of the newest failures, most frequent first."""
        ...

    async def callers(self, workspace_id: UUID, wanted: Wanted) -> list[Caller]:
        """Of the newest executions, most frequent first."""
        ...
