"""A stored connector."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from connector_registry.credentials.port import Credential
from connectors_shared.contract.connector import PublishedConnector, RequestConfig
from connectors_shared.contract.facts import Deletion
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.credentials import Credentials
from connectors_shared.definition.secret_values import secret_fields
from connectors_shared.http.cursor import Cursor

Definition = dict[str, Any]
"""JSON of a ConnectorDraft without `config.auth`: what one immutable version keeps."""


@dataclass(frozen=True, slots=True)
class Connector:
    """The current version of a connector. `revision` counts every change of what is published of it.

    `own` is its own credential, with what was sent as its auth and its secret headers and parameters; `shared` is one
    of several connectors, which authorizes its calls instead.
    """

    id: UUID
    workspace_id: UUID
    revision: int
    version: int
    definition: Definition
    own: Credential | None
    shared: Credential | None
    created_at: datetime
    updated_at: datetime
    created_by: str
    usage_count: int = 0
    last_used_at: datetime | None = None

    def published(self) -> PublishedConnector:
        """What the executors get of it; the credentials are published by themselves."""
        return PublishedConnector(
            connector_id=self.id,
            workspace_id=self.workspace_id,
            revision=self.revision,
            changed_at=self.updated_at,
            version=self.version,
            name=self.definition["name"],
            enabled=self.definition["enabled"],
            config=self.definition["config"],
            credential_id=self.authorizing.id if self.authorizing else None,
            secrets_id=self.holder.id if self.holder else None,
            input_schema=self.definition["input_schema"],
        )

    def deletion(self, at: datetime) -> Deletion:
        """What the executors get when it is gone."""
        return Deletion(workspace_id=self.workspace_id, revision=self.revision + 1, changed_at=at)

    @property
    def authorizing(self) -> Credential | None:
        """The credential that authorizes its calls."""
        if self.shared is not None:
            return self.shared
        return self.own if self.own is not None and self.own.type != NONE.type else None

    @property
    def holder(self) -> Credential | None:
        """The credential that has its secret headers and parameters."""
        has_secrets = self.own is not None and secret_fields(RequestConfig.model_validate(self.definition["config"]))
        return self.own if has_secrets else None

    def credentials(self) -> Credentials:
        """What the executors will have beside it."""
        auth, holder = self.authorizing, self.holder
        published = auth.published() if auth else None
        if holder is auth:
            return Credentials(published, published)
        return Credentials(published, holder.published() if holder else None)


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
