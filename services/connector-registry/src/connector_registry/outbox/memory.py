"""A twin of the outbox table for tests."""

from datetime import datetime

from connectors_shared.contract.facts import Deletion, FactKey


class InMemoryOutgoing:
    """`messages`: key and value of all that was announced, in order."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes | None]] = []
        self.deletions: dict[str, Deletion] = {}

    def announce(self, key: FactKey, value: bytes) -> None:
        self.messages.append((str(key), value))

    def announce_deletion(self, key: FactKey, deletion: Deletion) -> None:
        self.deletions[str(key)] = deletion
        self.announce(key, deletion.to_json())

    async def purge(self, before: datetime, limit: int) -> int:
        by_age = sorted(self.deletions, key=lambda key: self.deletions[key].changed_at)
        purged = [key for key in by_age if self.deletions[key].changed_at < before][:limit]
        for key in purged:
            del self.deletions[key]
            self.messages.append((key, None))
        return len(purged)
