"""What the rules need from the world."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from connector_registry.connectors.connector import Connector, ConnectorSummary, ListFilter, OutboxRow
from connectors_shared.contract.facts import Deletion


class VersionChanged(Exception):  # noqa: N818
    """Somebody else changed or deleted the connector in between; read it again."""


class ConnectorStore(Protocol):
    """Connectors with their versions and credentials. Every call sees one workspace only.

    A change and its outbox row are one transaction: both are there afterwards, or neither is.
    """

    async def add(self, connector: Connector, message: bytes) -> None: ...

    async def find(self, workspace_id: UUID, connector_id: UUID) -> Connector | None: ...

    async def page(self, workspace_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        """At most `wanted.limit` lines, newest first."""

    async def replace(self, connector: Connector, message: bytes, changed_by: str) -> None:
        """Save the revision after the stored one; raises VersionChanged when that is not `revision - 1`."""

    async def remove(self, connector: Connector, deletion: Deletion, deleted_by: str) -> None:
        """Delete it, as it was found, with its versions and credential; raises VersionChanged.

        That it was there, and which revision was its last, is kept until `Deletions.purge`.
        """

    async def is_published(self, connector_id: UUID) -> bool:
        """Whether no message about it waits in the outbox."""


class Deletions(Protocol):
    """What has been deleted, of every kind and workspace."""

    async def purge(self, before: datetime, limit: int) -> int:
        """Forget up to `limit` of those deleted before then, leave a tombstone for each, and say how many."""


@dataclass(frozen=True, slots=True)
class BatchSize:
    """At most so many rows, whose values have together at most so many bytes; one row may always go."""

    rows: int
    bytes: int

    def halved(self) -> "BatchSize":
        return BatchSize(max(1, self.rows // 2), max(1, self.bytes // 2))

    def doubled(self, most: "BatchSize") -> "BatchSize":
        return BatchSize(min(self.rows * 2, most.rows), min(self.bytes * 2, most.bytes))


class Turn(Protocol):
    """This replica is the only one that sends, until the turn ends or is taken away from it."""

    async def oldest(self, size: BatchSize) -> list[OutboxRow]:
        """As much as that of what waits now, oldest first. It raises when the turn has been lost."""

    async def forget(self, rows: Sequence[OutboxRow]) -> None:
        """They are in Kafka. It raises when the turn has been lost; then they stay."""


class Outbox(Protocol):
    """Messages to send, numbered in the order of the commits of each key."""

    def turn(self) -> AbstractAsyncContextManager[Turn]:
        """Waits until no other replica has it. A replica that freezes loses it."""

    async def waiting(self) -> tuple[int, float]:
        """How many rows wait, and for how many seconds the oldest has."""


class FencedError(Exception):
    """Somebody else sends by now, or this one was slow for so long that its transaction was given up."""


class Sender(Protocol):
    """Delivers rows to Kafka as one of several replicas, of which only the last one that took over can."""

    async def connect(self) -> None:
        """Make sure that Kafka answers; raises what the client raises."""

    async def take_over(self) -> None:
        """Fence whoever sent before: nothing of theirs is added to the topic from now on."""

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        """In order, all of them or none; returns when they are committed.

        Raises FencedError when none were sent, since there was no `take_over` or somebody else has taken over since.
        After anything else that it raises they may have been sent.
        """


class Announcements(Protocol):
    """Gets committed changes published."""

    async def published(self) -> bool:
        """Whether everything committed before this call is in Kafka, after a bounded wait."""
