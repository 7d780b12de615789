"""The entries of a workspace, for who reads them and for who records what is done elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from connectors_shared.http.audit.entry import Entry, Record
from connectors_shared.http.cursor import Cursor

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
NO_ID: Final = UUID(int=0)
"""Before all others."""
FILTERS: Final = ("actor_id", "actor_key", "action", "kind", "thing_id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: all that is not None has to hold. `since` is included, `until` is not."""

    actor_id: str | None = None
    actor_key: str | None = None
    action: str | None = None
    kind: str | None = None
    thing_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def given(self, names: Sequence[str] = FILTERS) -> dict[str, Any]:
        """Those of the names that are not None."""
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def end(self, after: Cursor | None) -> Cursor:
        """What is wanted is older than that."""
        end = Cursor(self.until or datetime.now(UTC) + timedelta(days=1), NO_ID)
        return after if after is not None and after.created_at < end.created_at else end


class Trail(Protocol):
    """Every call sees one workspace only. Raises DatabaseUnavailableError."""

    async def note(self, entry: Entry) -> None:
        """Record something that is done elsewhere, before it is asked for. What is done here is recorded in its own
        transaction: `audit.postgres.record`."""

    async def page(self, workspace_id: UUID, wanted: Wanted, after: Cursor | None, limit: int) -> list[Record]:
        """At most `limit`, newest first."""
