"""A stored connector."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from connector_registry.credentials.port import Credential
from connectors_shared.contract.connector import PublishedConnector, SealedAuth
from connectors_shared.contract.facts import Deletion
from connectors_shared.http.cursor import Cursor

Definition = dict[str, Any]
"""JSON of a ConnectorDraft without `config.auth`: what one immutable version keeps."""


@dataclass(frozen=True, slots=True)
class Connector:
    """The current version of a connector. `revision` counts every change of what is published of it."""

    id: UUID
    workspace_id: UUID
    revision: int
    version: int
    definition: Definition
    credential: Credential | None
    created_at: datetime
    updated_at: datetime
    created_by: str
    usage_count: int = 0
    last_used_at: datetime | None = None

    def published(self) -> PublishedConnector:
        """What the executors get: secrets as sealed text."""
        return PublishedConnector(
            connector_id=self.id,
            workspace_id=self.workspace_id,
            revision=self.revision,
            changed_at=self.updated_at,
            version=self.version,
            name=self.definition["name"],
            enabled=self.definition["enabled"],
            config=self.definition["config"],
            auth=self._sealed_auth(),
            input_schema=self.definition["input_schema"],
        )

    def deletion(self, at: datetime) -> Deletion:
        """What the executors get when it is gone."""
        return Deletion(workspace_id=self.workspace_id, revision=self.revision + 1, changed_at=at)

    def _sealed_auth(self) -> SealedAuth:
        credential = self.credential
        if credential is None:
            return SealedAuth()
        return SealedAuth(
            type=credential.type, credential_id=credential.id, public=credential.public, sealed=credential.sealed
        )


@dataclass(frozen=True, slots=True)
class ConnectorSummary:
    """One line of the list."""

    id: UUID
    name: str
    description: str | None
    icon: str | None
    category: str
    enabled: bool
    usage_count: int
    last_used_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which connectors to list, newest first. `text` is looked for in name and description."""

    limit: int = 50
    after: Cursor | None = None
    text: str | None = None
    category: str | None = None
    enabled: bool | None = None
