"""Answers: the shapes of the specification, snake_case outside and camelCase inside config."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict

from connector_registry.connectors.connector import Connector, ConnectorSummary
from connector_registry.connectors.draft import ConnectorChange, ConnectorDraft, MappingTemplate
from connector_registry.connectors.service import Change
from connector_registry.credentials.port import Credentials
from connectors_shared.contract.connector import InputField, ValueType
from connectors_shared.definition.secret_values import header_field, query_field
from connectors_shared.http.conditions import etag
from connectors_shared.http.openapi import idempotent_body, request_body


class Saved(BaseModel):
    """The answer to a create or an update."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    created_at: datetime
    updated_at: datetime
    workspace_id: UUID
    revision: int
    """Of the connector, as in the ETag: it grows with every change."""
    version: int
    """Of its definition."""
    enabled: bool
    published: bool
    """Whether the executors have been told. False with status 202 only."""


class Deleted(BaseModel):
    """The answer to a delete whose message is still to be published."""

    id: UUID
    published: bool


DRAFT_BODY: Final = idempotent_body(ConnectorDraft)
CHANGE_BODY: Final = request_body(ConnectorChange)
ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": Saved, "description": "Saved; its message is published as soon as Kafka takes it."}
}
DELETED: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": Deleted, "description": "Deleted; its message is published as soon as Kafka takes it."}
}


class ConnectorLine(BaseModel):
    """One line of the list. `health`, as far as the registry knows: disabled, credential_stale, connector_failing or
    another kind of open notice, unused, or ok; `/api/connectors/{id}/health` says more."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    description: str | None
    icon: str | None
    category: str
    enabled: bool
    usage_count: int
    last_used_at: datetime | None
    health: str
    deleted_at: datetime | None = None
    """Only there when it was deleted; so is who did it."""
    deleted_by: str | None = None


class ConnectorPage(BaseModel):
    """`next_cursor` asks for the page after this one; null on the last."""

    connectors: list[ConnectorLine]
    next_cursor: str | None


class ConnectorView(BaseModel):
    """The full definition. `config` as it was sent, with flat `auth` whose secrets are masked."""

    id: UUID
    workspace_id: UUID
    revision: int
    version: int
    name: str
    description: str | None
    icon: str | None
    category: str
    config: dict[str, Any]
    input_schema: dict[str, InputField]
    output_schema: dict[str, Any] | None
    field_mapping_templates: list[MappingTemplate]
    enabled: bool
    usage_count: int
    last_used_at: datetime | None
    created_at: datetime
    updated_at: datetime
    created_by: str
    updated_by: str
    published: bool


def saved(change: Change) -> Saved:
    connector = change.connector
    return Saved(
        id=connector.id,
        name=connector.head.name,
        created_at=connector.created_at,
        updated_at=connector.updated_at,
        workspace_id=connector.workspace_id,
        revision=connector.revision,
        version=connector.version,
        enabled=connector.head.enabled,
        published=change.published,
    )


def saved_in(response: Response, change: Change) -> Saved:
    """The answer, whose ETag and status are those of the response."""
    response.headers["ETag"] = etag(change.connector.revision)
    if not change.published:
        response.status_code = 202
    return saved(change)


def line(summary: ConnectorSummary) -> ConnectorLine:
    deletion: dict[str, Any] = {}
    if summary.deleted_at is not None:
        deletion = {"deleted_at": summary.deleted_at, "deleted_by": summary.deleted_by}
    return ConnectorLine(
        id=summary.id,
        name=summary.name,
        description=summary.description,
        icon=summary.icon,
        category=summary.category,
        enabled=summary.enabled,
        usage_count=summary.usage_count,
        last_used_at=summary.last_used_at,
        health=summary.health,
        **deletion,
    )


def full(found: Change, credentials: Credentials) -> ConnectorView:
    connector = found.connector
    return ConnectorView(
        **(connector.written() | {"config": _masked(connector, credentials)}),
        id=connector.id,
        workspace_id=connector.workspace_id,
        revision=connector.revision,
        version=connector.version,
        usage_count=connector.usage_count,
        last_used_at=connector.last_used_at,
        created_at=connector.created_at,
        updated_at=connector.updated_at,
        created_by=connector.created_by,
        updated_by=connector.updated_by,
        published=found.published,
    )


def _masked(connector: Connector, credentials: Credentials) -> dict[str, Any]:
    """Its config as it may be sent back: masks where secrets are."""
    config: dict[str, Any] = connector.definition["config"]
    shared = connector.shared
    auth = {"type": shared.type, "credentialId": str(shared.id)} if shared else credentials.masked(connector.own)
    return config | {
        "headers": [_shown(part, "value", header_field, connector, credentials) for part in config["headers"]],
        "queryParams": [
            _shown(part, "staticValue", query_field, connector, credentials) for part in config["queryParams"]
        ],
        "auth": auth,
    }


def _shown(
    part: dict[str, Any], name: str, field: Callable[[str], str], connector: Connector, credentials: Credentials
) -> dict[str, Any]:
    if part.get("valueType") != ValueType.SECRET.value:
        return part
    return part | {name: credentials.mask(connector.own, field(part["key"]))}
