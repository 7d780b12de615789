"""A twin of the outbox table for tests."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from connector_registry.noticing.memory import InMemoryNotices
from connector_registry.outbox.sizes import require_fits
from connectors_shared.contract.facts import Deletion, FactKey, Kind
from connectors_shared.http.answers.memory import InMemoryIdempotentAnswers
from connectors_shared.http.audit.memory import InMemoryTrail


class InMemoryOutgoing:
    """`messages`: key and value of all that was announced, in order. `purges`: what goes with a deletion. `answers`:
    where what requests are to be answered is kept. `trail`: what was done, as it is recorded with each change.
    `notices`: what owners are told."""

    def __init__(self) -> None:
        self.answers = InMemoryIdempotentAnswers()
        self.trail = InMemoryTrail()
        self.notices = InMemoryNotices()
        self.messages: list[tuple[str, bytes | None]] = []
        self.purges: dict[Kind, Callable[[UUID, UUID], None]] = {}
        self._deletions: dict[FactKey, Deletion] = {}

    def announce(self, key: FactKey, value: bytes | None) -> None:
        """Raises FactTooLarge."""
        require_fits(key, value)
        self.messages.append((str(key), value))
        self.answers.keep_promise()

    def announce_deletion(self, key: FactKey, deletion: Deletion) -> None:
        self._deletions[key] = deletion
        self.announce(key, deletion.to_json())

    def forget_deletion(self, key: FactKey) -> None:
        del self._deletions[key]

    async def purge(self, before: datetime, limit: int) -> int:
        by_age = sorted(self._deletions.items(), key=lambda found: found[1].changed_at)
        purged = [found for found in by_age if found[1].changed_at < before][:limit]
        for key, deletion in purged:
            if key.kind in self.purges:
                self.purges[key.kind](deletion.workspace_id, key.id)
            del self._deletions[key]
            self.messages.append((str(key), None))
        return len(purged)
