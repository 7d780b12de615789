"""What a notice is, and who opens and closes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from connectors_shared.http.cursor import Cursor


class NoticeKind(StrEnum):
    """What it is about, the most serious first."""

    CONNECTOR_FAILING = "connector_failing"
    CREDENTIAL_STALE = "credential_stale"
    BACKLOG_NEARLY_FULL = "backlog_nearly_full"
    SCHEMA_DRIFT = "schema_drift"
    """It runs; what it answers is another matter."""


@dataclass(frozen=True, slots=True)
class Opening:
    """It is so, `since` when, as was known at `changed_at`; None for now. `detail` is a sentence, without secrets."""

    workspace_id: UUID
    kind: NoticeKind
    detail: str
    since: datetime | None = None
    changed_at: datetime | None = None
    connector_id: UUID | None = None
    credential_id: UUID | None = None

    @property
    def cause(self) -> str:
        return cause_of(self.kind, self.connector_id, self.credential_id)


@dataclass(frozen=True, slots=True)
class Closing:
    """It is so no more, as was known at `changed_at`; None for now."""

    workspace_id: UUID
    kind: NoticeKind
    changed_at: datetime | None = None
    connector_id: UUID | None = None
    credential_id: UUID | None = None

    @property
    def cause(self) -> str:
        return cause_of(self.kind, self.connector_id, self.credential_id)


Said = Opening | Closing


def cause_of(kind: NoticeKind, connector_id: UUID | None, credential_id: UUID | None) -> str:
    """A credential's notice is one, however many connectors use it."""
    return f"{kind.value}/{credential_id if credential_id is not None else connector_id}"


@dataclass(frozen=True, slots=True)
class Notice:
    """As it is kept. `connector_name`: what the connector is called now, None when it is not there any more."""

    id: UUID
    kind: str
    connector_id: UUID | None
    credential_id: UUID | None
    connector_name: str | None
    credential_name: str | None
    detail: str
    since: datetime
    opened_at: datetime
    closed_at: datetime | None
    read_at: datetime | None
    read_by: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is not None has to hold. `is_open`: its cause has not ended."""

    is_open: bool | None = None
    is_read: bool | None = None
    connector_id: UUID | None = None
    kind: str | None = None


class Notices(Protocol):
    """Every call sees one workspace only."""

    async def page(self, workspace_id: UUID, wanted: Wanted, after: Cursor | None, limit: int) -> list[Notice]:
        """At most `limit`, newest first."""

    async def unread(self, workspace_id: UUID) -> int:
        """How many are open and not read."""

    async def mark_read(self, workspace_id: UUID, notice_id: UUID, by: str) -> Notice | None:
        """The first who reads it is remembered. None when there is no such notice."""

    async def mark_all_read(self, workspace_id: UUID, until: datetime, by: str) -> int:
        """All that are open and were opened until then; how many nobody had read before."""


class NoticeBoard(Protocol):
    """Notices of all workspaces, for who hears of what is to be told."""

    async def say(self, said: Sequence[Said]) -> None:
        """In this order, all of them or none. What is older than what is known of its cause is passed over."""
