"""A stored connector: its head, the version of its definition that is published, and its credential."""

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from connector_registry.credentials.port import Credential
from connectors_shared.contract.connector import PublishedConnector, PublishedVersion, RequestConfig
from connectors_shared.contract.facts import Deletion
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.credentials import Credentials
from connectors_shared.definition.secret_values import secret_fields
from connectors_shared.http.cursor import Cursor

Definition = dict[str, Any]
"""What one immutable version keeps: JSON of a ConnectorDraft without its head and without `config.auth`."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is changed without a new version."""

    name: str
    description: str | None
    icon: str | None
    category: str
    enabled: bool


MOST_VERSIONS: Final = 50
"""How many definitions of a connector are kept beside the published one: executors have all of them in memory."""
HEAD_FIELDS: Final = tuple(field.name for field in fields(Head))


@dataclass(frozen=True, slots=True)
class Connector:
    """As it stands. `revision` counts every change of it, `version` those of its definition only.

    `own` is its own credential, with what was sent as its auth and its secret headers and parameters; `shared` is one
    of several connectors, which authorizes its calls instead. One that was deleted keeps everything until it is purged.
    """

    id: UUID
    workspace_id: UUID
    revision: int
    version: int
    head: Head
    definition: Definition
    own: Credential | None
    shared: Credential | None
    created_at: datetime
    updated_at: datetime
    created_by: str
    updated_by: str
    deleted_at: datetime | None = None
    deleted_by: str | None = None
    usage_count: int = 0
    last_used_at: datetime | None = None

    def written(self) -> dict[str, Any]:
        """As a person would write it: JSON of a ConnectorDraft without `config.auth`."""
        return asdict(self.head) | self.definition

    def changed(self, by: str, at: datetime, **what: Any) -> "Connector":
        """The revision after this one."""
        return replace(self, revision=self.revision + 1, updated_at=at, updated_by=by, **what)

    def with_secrets_again(self, by: str, at: datetime, **what: Any) -> "Connector":
        """The revision after this one, which tells of its own credential too."""
        return self.changed(by, at, own=self.own.changed(by, at) if self.own else None, **what)

    def as_deleted(self, by: str, at: datetime) -> "Connector":
        return self.with_secrets_again(by, at, deleted_at=at, deleted_by=by)

    def as_restored(self, by: str, at: datetime) -> "Connector":
        return self.with_secrets_again(by, at, deleted_at=None, deleted_by=None)

    def published(self) -> PublishedConnector:
        """What the executors get of it; the credentials are published by themselves."""
        return PublishedConnector(
            connector_id=self.id,
            workspace_id=self.workspace_id,
            revision=self.revision,
            changed_at=self.updated_at,
            version=self.version,
            name=self.head.name,
            enabled=self.head.enabled,
            config=self.definition["config"],
            credential_id=self.authorizing.id if self.authorizing else None,
            secrets_id=self.holder.id if self.holder else None,
            input_schema=self.definition["input_schema"],
            field_mapping_templates=self.definition["field_mapping_templates"],
        )

    def superseded_by(self, now: "Connector") -> PublishedVersion:
        """What the executors get of its definition when another one takes its place."""
        return PublishedVersion(
            connector_id=self.id,
            workspace_id=self.workspace_id,
            revision=now.revision,
            changed_at=now.updated_at,
            version=self.version,
            config=self.definition["config"],
            input_schema=self.definition["input_schema"],
            field_mapping_templates=self.definition["field_mapping_templates"],
        )

    @property
    def oldest_version(self) -> int:
        """Of its definitions that are kept."""
        return max(1, self.version - MOST_VERSIONS)

    def deletion(self) -> Deletion:
        """What the executors get of one that was deleted."""
        return Deletion(workspace_id=self.workspace_id, revision=self.revision, changed_at=self.updated_at)

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
    """One line of the list. `notice`: the kind of the most serious that is open about it, or about its credential."""

    id: UUID
    name: str
    description: str | None
    icon: str | None
    category: str
    enabled: bool
    usage_count: int
    last_used_at: datetime | None
    created_at: datetime
    deleted_at: datetime | None
    deleted_by: str | None
    notice: str | None = None

    @property
    def health(self) -> str:
        """As far as the registry knows: disabled, the kind of its most serious open notice, unused or ok."""
        if not self.enabled:
            return "disabled"
        return self.notice or ("ok" if self.last_used_at else "unused")


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which connectors to list, newest first. `text` is looked for in name and description.

    `deleted`: those that were deleted and can be restored, instead of the others.
    """

    limit: int = 50
    after: Cursor | None = None
    text: str | None = None
    category: str | None = None
    enabled: bool | None = None
    deleted: bool = False
