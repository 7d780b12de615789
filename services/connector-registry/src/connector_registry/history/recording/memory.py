"""The twin of the history in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from connector_registry.history.recording.lines import Line, MappingLine
from connector_registry.history.recording.tally import Slot, Tally, User, tallied, used


class InMemoryHistory:
    """Keeps everything."""

    def __init__(self) -> None:
        self.lines: dict[tuple[UUID, UUID], Line] = {}
        self.mappings: dict[tuple[UUID, UUID, datetime, int], MappingLine] = {}
        self.rollups: dict[Slot, Tally] = {}
        self.users: dict[User, tuple[datetime, datetime]] = {}
        self.fed: dict[UUID, list[Line]] = {}
        """As recorded, by workspace: the first one has the position 1."""

    async def record(self, lines: Sequence[Line]) -> list[Line]:
        new: dict[tuple[UUID, UUID], Line] = {}
        for line in lines:
            if (key := (line.workspace_id, line.id)) not in self.lines:
                new.setdefault(key, line)
        self.lines |= new
        for line in new.values():
            self.fed.setdefault(line.workspace_id, []).append(line)
        for slot, tally in tallied(new.values()).items():
            self.rollups.setdefault(slot, Tally()).merge(tally)
        for user, (first, last) in used(new.values()).items():
            earlier, later = self.users.get(user, (first, last))
            self.users[user] = (min(first, earlier), max(last, later))
        return list(new.values())

    async def record_mappings(self, lines: Sequence[MappingLine]) -> None:
        for line in lines:
            self.mappings.setdefault((line.workspace_id, line.execution_id, line.updated_at, line.sequence), line)
