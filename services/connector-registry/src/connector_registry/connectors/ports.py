"""What the rules need from the world."""

from typing import Protocol
from uuid import UUID

from connector_registry.connectors.connector import Connector, ConnectorSummary, ListFilter, OutboxRow


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
        """Save the version after the stored one; raises VersionChanged when that is not `version - 1`."""

    async def remove(self, workspace_id: UUID, connector_id: UUID, version: int) -> None:
        """Delete it with its versions and credential, and leave a tombstone; raises VersionChanged."""

    async def is_published(self, connector_id: UUID) -> bool:
        """Whether no message about it waits in the outbox."""


class Outbox(Protocol):
    """Messages to send, oldest first, to one sender at a time over all replicas."""

    async def drain(self, send: "Send", limit: int) -> int:
        """Give up to `limit` rows to `send`, forget them when it returns, and say how many; 0 when empty.

        What `send` raises passes through, and the rows stay.
        """

    async def waiting(self) -> tuple[int, float]:
        """How many rows wait, and for how many seconds the oldest has."""


class Send(Protocol):
    """Delivers rows in order; returns when all are acknowledged."""

    async def __call__(self, rows: list[OutboxRow]) -> None: ...


class Announcements(Protocol):
    """Gets committed changes published."""

    async def published(self) -> bool:
        """Whether everything committed before this call is acknowledged by Kafka, after a bounded wait."""
