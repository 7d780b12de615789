"""`contact.updated`: what the mapper did with a result."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from connectors_shared.contract.contact import TargetType
from connectors_shared.contract.execution import SCHEMA_VERSION, ExecutionContext
from connectors_shared.contract.model import Message


class RefusedValue(Message):
    """A value that was not written, and why."""

    source_path: str
    target_field: str
    target_type: TargetType
    reason: str


class ValueRemark(Message):
    """A value that was written, and what is to be known of it."""

    source_path: str
    target_field: str
    target_type: TargetType
    remark: str


class ContactUpdated(Message):
    """What changed on which contact.

    `contact_id` is absent when no contact was found and none was to be created; then `reason` says so.
    `user_fields` and `custom_fields` hold only the values that were written.
    `sequence` grows with every update of a contact. Updates of a contact are published in that order; one that is not
    above the last one seen is a repeat.
    """

    schema_version: Annotated[int, Field(ge=1)] = SCHEMA_VERSION
    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    contact_id: str | None = None
    context: ExecutionContext = Field(default_factory=ExecutionContext)
    created: bool = False
    user_fields: dict[str, Any] = Field(default_factory=dict)
    custom_fields: dict[str, Any] = Field(default_factory=dict)
    refused: list[RefusedValue] = Field(default_factory=list)
    remarks: list[ValueRemark] = Field(default_factory=list)
    reason: str | None = None
    updated_at: datetime
    sequence: int | None = None

    def key(self) -> bytes:
        """The Kafka key: all of one contact in order."""
        return (self.contact_id or str(self.execution_id)).encode()
