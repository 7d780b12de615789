"""What the rules of connectors need from the world, and how they refuse."""

from collections.abc import Mapping
from typing import ClassVar, Protocol
from uuid import UUID

from connector_registry.connectors.connector import Connector, ConnectorSummary, ListFilter
from connector_registry.credentials.port import Credential
from connectors_shared.contract.facts import Deletion
from connectors_shared.http.conditions import etag
from connectors_shared.http.problems import InvalidRequestError, ProblemError


class VersionChanged(Exception):  # noqa: N818
    """Somebody else changed or deleted the connector in between; read it again."""


class ConnectorMissing(ProblemError):  # noqa: N818
    """The workspace has no such connector."""

    status = 404
    kind = "not-found"
    title = "No such connector"
    detail = "There is no connector with this id in your workspace."


class DraftRefused(InvalidRequestError):  # noqa: N818
    """The draft may not be saved; `problem.errors` says why, field by field."""


class StaleVersion(ProblemError):  # noqa: N818
    """The caller knows another version than the stored one."""

    status = 412
    kind = "version-changed"
    title = "Somebody changed it in between"
    sends: ClassVar[Mapping[str, str]] = {"ETag": "Of the version that is there now."}

    def __init__(self, current: int) -> None:
        detail = f"It is at version {current} now. Read it again, then send your change with its ETag."
        super().__init__(detail, headers={"ETag": etag(current)})


class ConnectorStore(Protocol):
    """Connectors with their versions and credentials. Every call sees one workspace only.

    A change and its outbox rows are one transaction: both are there afterwards, or neither is. Its own credential is
    announced before it, also when it has not changed.
    """

    async def add(self, connector: Connector, message: bytes) -> None: ...

    async def find(self, workspace_id: UUID, connector_id: UUID) -> Connector | None: ...

    async def page(self, workspace_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        """At most `wanted.limit` lines, newest first."""

    async def shared(self, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        """A credential that connectors share."""

    async def replace(self, connector: Connector, stored: Connector, message: bytes, changed_by: str) -> None:
        """Save the revision after the stored one; raises VersionChanged when that is not `revision - 1`."""

    async def remove(self, connector: Connector, deletion: Deletion, deleted_by: str) -> None:
        """Delete it, as it was found, with its versions and credential; raises VersionChanged.

        That it was there, and which revision was its last, is kept until `Deletions.purge`.
        """

    async def using(self, workspace_id: UUID, credential_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        """Those whose calls a shared credential authorizes, newest first; only `limit` and `after` are looked at."""

    async def is_published(self, connector: Connector) -> bool:
        """Whether no message about it or its own credential waits in the outbox."""
