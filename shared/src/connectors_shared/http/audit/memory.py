"""A twin of the entries in Postgres for tests."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from connectors_shared.http.audit.entry import Entry, Record, row_of
from connectors_shared.http.audit.trail import BEGINNING, Wanted
from connectors_shared.http.cursor import Cursor


class InMemoryTrail:
    """Keeps everything, in the order in which it came."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def record(self, entry: Entry) -> None:
        """As `audit.postgres.record`, where something is done."""
        self.records.append(Record(id=uuid4(), at=datetime.now(UTC), **row_of(entry)))

    async def note(self, entry: Entry) -> None:
        self.record(entry)

    async def page(self, workspace_id: UUID, wanted: Wanted, after: Cursor | None, limit: int) -> list[Record]:
        given = wanted.given()
        end, since = wanted.end(after), wanted.since or BEGINNING
        found = [
            one
            for one in self.records
            if one.workspace_id == workspace_id
            and one.at >= since
            and end.is_before(one.at, one.id)
            and all(getattr(one, name) == value for name, value in given.items())
        ]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)[:limit]
