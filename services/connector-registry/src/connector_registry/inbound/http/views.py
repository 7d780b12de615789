"""Answers: the shapes of the specification, snake_case outside and camelCase inside config."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from connector_registry.connectors.catalogue import Change
from connector_registry.connectors.connector import ConnectorSummary
from connector_registry.connectors.credentials import CredentialBook
from connector_registry.connectors.draft import MappingTemplate
from connectors_shared.contract.connector import InputField
from connectors_shared.contract.execution import ConnectorResult, ExecutionError
from connectors_shared.contract.model import Message


class Saved(BaseModel):
    """The answer to a create or an update."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    created_at: datetime
    updated_at: datetime
    workspace_id: UUID
    version: int
    enabled: bool
    published: bool
    """Whether the executors have been told. False with status 202 only."""


class Deleted(BaseModel):
    """The answer to a delete whose message is still to be published."""

    id: UUID
    published: bool


class ConnectorLine(BaseModel):
    """One line of the list."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    description: str | None
    icon: str | None
    category: str
    enabled: bool
    usage_count: int
    last_used_at: datetime | None


class ConnectorPage(BaseModel):
    """`next_cursor` asks for the page after this one; null on the last."""

    connectors: list[ConnectorLine]
    next_cursor: str | None


class ConnectorView(BaseModel):
    """The full definition. `config` as it was sent, with flat `auth` whose secrets are masked."""

    id: UUID
    workspace_id: UUID
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
    published: bool


class Executed(Message):
    """The outcome of a call. `executionTime` in milliseconds, over all attempts."""

    success: bool
    data: Any = None
    execution_time: int
    execution_id: UUID
    error: ExecutionError | None = None
    """Only there when it failed."""
    variables: dict[str, Any] = Field(default_factory=dict)
    """Only there when `storeAs` was given: that name → data."""


def saved(change: Change) -> Saved:
    connector = change.connector
    return Saved(
        id=connector.id,
        name=connector.definition["name"],
        created_at=connector.created_at,
        updated_at=connector.updated_at,
        workspace_id=connector.workspace_id,
        version=connector.version,
        enabled=connector.definition["enabled"],
        published=change.published,
    )


def line(summary: ConnectorSummary) -> ConnectorLine:
    return ConnectorLine.model_validate(summary)


def full(found: Change, credentials: CredentialBook) -> ConnectorView:
    connector = found.connector
    definition = connector.definition
    auth = credentials.masked(connector.credential)
    return ConnectorView(
        **(definition | {"config": definition["config"] | {"auth": auth}}),
        id=connector.id,
        workspace_id=connector.workspace_id,
        version=connector.version,
        usage_count=connector.usage_count,
        last_used_at=connector.last_used_at,
        created_at=connector.created_at,
        updated_at=connector.updated_at,
        created_by=connector.created_by,
        published=found.published,
    )


def executed(result: ConnectorResult) -> Executed:
    optional = {"error": result.error, "variables": result.variables}
    return Executed(
        success=result.success,
        data=result.data,
        execution_time=result.execution_time,
        execution_id=result.execution_id,
        **{name: value for name, value in optional.items() if value},
    )
