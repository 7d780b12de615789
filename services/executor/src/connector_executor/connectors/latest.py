"""The latest fact of each entity of one kind: compact bytes, since there may be very many."""

from collections.abc import Callable
from typing import Annotated, Final, TypeVar
from uuid import UUID

import msgspec

from connector_executor.connectors.packing import pack, unpack
from connectors_shared.contract.facts import MOST_REVISIONS, Kind
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
REVISION_BYTES: Final = 8


class Head(msgspec.Struct, rename="camel"):
    """As much of a fact as decides whether it is news; the rest may be a newer producer's."""

    workspace_id: UUID
    revision: Annotated[int, msgspec.Meta(ge=1, le=MOST_REVISIONS)]
    deleted: bool = False


HEADS: Final = msgspec.json.Decoder(Head)
Wrong = Callable[[UUID, bytes], str | None]
"""What is wrong with the message of an entity, so that it is to change nothing; None when it is to be kept."""


H = TypeVar("H", bound=Head)


def head_of(message: bytes) -> Head | None:
    """None when it cannot be read."""
    return read_head(HEADS, message)


def read_head(heads: msgspec.json.Decoder[H], message: bytes) -> H | None:
    try:
        return heads.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def message_in(kept: bytes) -> bytes:
    """Of what `LatestFacts.kept` gave."""
    return unpack(memoryview(kept)[REVISION_BYTES:])


class LatestFacts:
    """What is published of each entity, or that it was deleted, with the revision. Its length counts the former.

    The highest revision holds; one that comes again, or late, changes nothing. `on_outdated` is called for each that
    says something else than a known one of a higher revision, or the same: a registry whose database was restored from
    a backup publishes such.
    """

    def __init__(self, kind: Kind, wrong: Wrong, on_outdated: Callable[[], None] = lambda: None) -> None:
        self._kind = kind
        self._wrong = wrong
        self._on_outdated = on_outdated
        self._published: dict[bytes, bytes] = {}
        self._deleted: dict[bytes, bytes] = {}

    def __len__(self) -> int:
        return len(self._published)

    def apply(self, entity: UUID, value: bytes | None) -> bool:
        """A message of `connector.config`, None for a tombstone; whether it changed something."""
        if value is None:
            self._forget(entity)
            return True
        head = head_of(value)
        if head is None:
            return self._refuse(entity, "no fact with a revision")
        if not self._is_news(entity, head, value):
            return False
        if head.deleted:
            self._delete(entity, head)
        elif wrong := self._wrong(entity, value):
            return self._refuse(entity, wrong)
        else:
            self._publish(entity, head, value)
        return True

    def _refuse(self, entity: UUID, wrong: str) -> bool:
        log.error("config.invalid", entity=f"{self._kind}/{entity}", problems=[wrong])
        return False

    def message(self, entity: UUID) -> bytes | None:
        """None when it is not published."""
        found = self._published.get(entity.bytes)
        return None if found is None else message_in(found)

    def kept(self, entity: UUID) -> bytes | None:
        """The message as it is kept, see `message_in`; None when it is not published."""
        return self._published.get(entity.bytes)

    def deleted_from(self, entity: UUID) -> UUID | None:
        """The workspace that it was deleted from."""
        found = self._deleted.get(entity.bytes)
        return None if found is None else UUID(bytes=found[REVISION_BYTES:])

    def revision(self, entity: UUID) -> int:
        """The highest that was taken; 0 for an entity of which nothing is known."""
        key = entity.bytes
        return int.from_bytes((self._published.get(key) or self._deleted.get(key) or b"")[:REVISION_BYTES])

    def _is_news(self, entity: UUID, head: Head, message: bytes) -> bool:
        known = self.revision(entity)
        if head.revision > known:
            return True
        if head.revision < known or not self._is_known(entity, head, message):
            log.warning("config.outdated", entity=f"{self._kind}/{entity}", revision=head.revision, known=known)
            self._on_outdated()
        return False

    def _is_known(self, entity: UUID, head: Head, message: bytes) -> bool:
        """Is it the known fact of this revision, come again?"""
        known = self.message(entity)
        return head.deleted if known is None else known == message

    def _publish(self, entity: UUID, head: Head, message: bytes) -> None:
        self._deleted.pop(entity.bytes, None)
        self._published[entity.bytes] = head.revision.to_bytes(REVISION_BYTES) + pack(message)

    def _delete(self, entity: UUID, head: Head) -> None:
        self._published.pop(entity.bytes, None)
        self._deleted[entity.bytes] = head.revision.to_bytes(REVISION_BYTES) + head.workspace_id.bytes

    def _forget(self, entity: UUID) -> None:
        """It is purged: as if it had never been."""
        self._published.pop(entity.bytes, None)
        self._deleted.pop(entity.bytes, None)
