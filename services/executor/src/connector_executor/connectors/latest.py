"""The latest fact of each entity of one kind: compact bytes, since there may be very many."""

from typing import Annotated, Final
from uuid import UUID

import msgspec

from connectors_shared.contract.facts import MOST_REVISIONS

REVISION_BYTES: Final = 8


class Head(msgspec.Struct, rename="camel"):
    """As much of a fact as decides whether it is news; the rest may be a newer producer's."""

    workspace_id: UUID
    revision: Annotated[int, msgspec.Meta(ge=1, le=MOST_REVISIONS)]
    deleted: bool = False


HEADS: Final = msgspec.json.Decoder(Head)


def head_of(message: bytes) -> Head | None:
    """None when it cannot be read."""
    try:
        return HEADS.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class LatestFacts:
    """What is published of each entity, or that it was deleted, with the revision. Its length counts the former."""

    def __init__(self) -> None:
        self._published: dict[bytes, bytes] = {}
        self._deleted: dict[bytes, bytes] = {}

    def __len__(self) -> int:
        return len(self._published)

    def revision(self, entity: UUID) -> int:
        """The highest that was taken; 0 for an entity of which nothing is known."""
        key = entity.bytes
        return int.from_bytes((self._published.get(key) or self._deleted.get(key) or b"")[:REVISION_BYTES])

    def publish(self, entity: UUID, revision: int, packed: bytes) -> None:
        self._deleted.pop(entity.bytes, None)
        self._published[entity.bytes] = revision.to_bytes(REVISION_BYTES) + packed

    def delete(self, entity: UUID, revision: int, workspace_id: UUID) -> None:
        self._published.pop(entity.bytes, None)
        self._deleted[entity.bytes] = revision.to_bytes(REVISION_BYTES) + workspace_id.bytes

    def forget(self, entity: UUID) -> None:
        """It is purged: as if it had never been."""
        self._published.pop(entity.bytes, None)
        self._deleted.pop(entity.bytes, None)

    def packed(self, entity: UUID) -> bytes | None:
        """None when it is not published."""
        found = self._published.get(entity.bytes)
        return None if found is None else found[REVISION_BYTES:]

    def deleted_from(self, entity: UUID) -> UUID | None:
        """The workspace that it was deleted from."""
        found = self._deleted.get(entity.bytes)
        return None if found is None else UUID(bytes=found[REVISION_BYTES:])
