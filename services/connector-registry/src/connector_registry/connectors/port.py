"""What the rules of connectors need from the world, and how they refuse."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from connector_registry.connectors.connector import Connector, ConnectorSummary, ListFilter
from connector_registry.credentials.port import Credential
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.http.conditions import RevisionChangedError
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import FieldProblem, InvalidRequestError, ProblemError


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


class CredentialGone(DraftRefused):
    """The shared credential was deleted while the connector was judged."""

    def __init__(self) -> None:
        detail = "is no credential of your workspace any more"
        super().__init__([FieldProblem(pointer="/config/auth/credentialId", detail=detail)])


class StaleVersion(RevisionChangedError):  # noqa: N818
    kind = "version-changed"


class ConnectorStore(Protocol):
    """Connectors with their versions and credentials. Every call sees one workspace only.

    A change and its outbox rows are one transaction: both are there afterwards, or neither is. Its own credential is
    announced before it. Who changed it, and when, the connector says itself.
    """

    async def add(self, connector: Connector, message: bytes) -> None: ...

    async def find(self, workspace_id: UUID, connector_id: UUID) -> Connector | None:
        """None for one that was deleted, too."""

    async def find_deleted(self, workspace_id: UUID, connector_id: UUID) -> Connector | None:
        """One that was deleted, and is not purged yet."""

    async def page(self, workspace_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        """At most `wanted.limit` lines, newest first."""

    async def shared(self, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        """A credential that connectors share."""

    async def replace(self, was: Connector, now: Connector, message: bytes) -> None:
        """Save the revision after `was`, and its version and credential where they are others.

        Raises VersionChanged when `was` is not what is stored.
        """

    async def remove(self, now: Connector) -> None:
        """Save that it was deleted: the revision after the stored one, else VersionChanged. Its deletion is announced.

        It can be restored until `Deletions.purge`.
        """

    async def restore(self, now: Connector, message: bytes) -> None:
        """Save one that was deleted as there again: the revision after the stored one, else VersionChanged."""

    async def is_published(self, connector: Connector) -> bool:
        """Whether no message about it or its own credential waits in the outbox."""


@dataclass(frozen=True, slots=True)
class ReadyConnector:
    """A connector as executors would get it, what its output is said to look like, and what authorizes its calls."""

    published: PublishedConnector
    credentials: tuple[PublishedCredential, ...]
    output_schema: dict[str, Any] | None
    authorizing: Credential | None = None


class Drafts(Protocol):
    """Connectors for whoever wants to call one without saving anything. Every call sees one workspace only."""

    async def saved(self, who: Principal, connector_id: UUID) -> ReadyConnector:
        """Raises ConnectorMissing."""

    async def drafted(self, who: Principal, raw: object, connector_id: UUID | None) -> ReadyConnector:
        """What would be saved: a new one, or that connector after a change. Raises DraftRefused or ConnectorMissing."""
