"""What is known of a connector here, and who is asked for the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from connectors_shared.contract.status import ConnectorStatus

LAST: Final = 20
"""Executions that are looked at."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How one ended."""

    status: str
    error_type: str | None
    error_message: str | None
    http_status: int | None
    executed_at: datetime


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """The most serious that is open."""

    kind: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """`disabled_at`, `disabled_by`: when it was last switched off, as far as that is recorded. `executions`: the newest
    first, `LAST` at most. `token_fault`: why its credential's provider gives no token, and when it is asked again."""

    connector_id: UUID
    name: str
    enabled: bool
    disabled_at: datetime | None = None
    disabled_by: str | None = None
    deleted_at: datetime | None = None
    deleted_by: str | None = None
    notice: OpenNotice | None = None
    token_fault: str | None = None
    token_asked_at: datetime | None = None
    executions: Sequence[Execution] = ()


class KnownFacts(Protocol):
    """Every call sees one workspace only."""

    async def of(self, workspace_id: UUID, connector_ids: Sequence[UUID]) -> dict[UUID, Facts]:
        """Of those that there are, deleted ones that can be restored too."""


class Statuses(Protocol):
    """What executors know."""

    async def status(self, workspace_id: UUID, connector_id: UUID) -> ConnectorStatus | None:
        """None when none answers. Whoever asks bounds the time."""
