"""`contact.updated`: what the mapper did with a result."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from connectors_shared.contract.contact import TargetType
from connectors_shared.contract.execution import SCHEMA_VERSION, ExecutionContext
from connectors_shared.contract.model import Message


class MappingOutcome(StrEnum):
    """What became of one mapping."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    """The contact held that value already; it counts as written by this execution from now on."""
    SKIPPED = "skipped"
    """There was nothing to write, or it was not to be written."""
    REFUSED = "refused"
    """The mapping or its value is wrong."""


class MappingReason(StrEnum):
    """Why a mapping was skipped or refused, for programs; `detail` says it to people. More may come."""

    ABSENT = "absent"
    """Nothing at that path, null or blank, and no default."""
    OCCUPIED = "occupied"
    """The field is not empty, and overwriteExisting is off."""
    OLDER = "older"
    """A newer value is there."""
    SUPERSEDED = "superseded"
    """A later mapping writes the same field."""
    CONTACT_NOT_FOUND = "contact_not_found"
    CONTACT_DELETED = "contact_deleted"
    """Somebody has deleted it, and a result that was under way makes it no more."""
    CONTACT_NOT_UPDATED = "contact_not_updated"
    """The contact exists, and updateExisting is off."""
    EXECUTION_FAILED = "execution_failed"
    NOT_MATCHED = "not_matched"
    PATH = "path"
    TERMS = "terms"
    """A word, region, locale or format of the mapping that nobody knows."""
    VALUE = "value"
    UNKNOWN_FIELD = "unknown_field"
    LIMIT = "limit"
    SEVERAL_VALUES = "several_values"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    """Another mapping failed whose rule ends all of them."""


class MappedValue(Message):
    """One mapping, and what became of it.

    `before` and `after`: what the field held, and holds since; absent where it was empty, or nothing was written. Both
    are masked when the field's name says that it is secret, and shortened when they are long: `cut` names those.
    `remark`: what is to be known of a value that was written.
    """

    source_path: str
    target_field: str
    target_type: TargetType
    outcome: MappingOutcome
    reason: Annotated[str | None, Field(examples=list(MappingReason))] = None
    detail: str | None = None
    remark: str | None = None
    before: Any = None
    after: Any = None
    cut: list[str] = Field(default_factory=list)


class ContactUpdated(Message):
    """What changed on which contact.

    `contact_id` is absent when no contact was found and none was to be created; then `reason` says so.
    `user_fields` and `custom_fields` hold the values that were written, also those that were there
    already. `mappings` has a line for each mapping of
    the execution, in their order, unless there was no room for them in the message.
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
    mappings: list[MappedValue] = Field(default_factory=list)
    reason: str | None = None
    updated_at: datetime
    sequence: int | None = None

    @property
    def not_written(self) -> list[MappedValue]:
        """Mappings that had a value, which was not written."""
        return [
            mapped
            for mapped in self.mappings
            if mapped.outcome in (MappingOutcome.SKIPPED, MappingOutcome.REFUSED)
            and mapped.reason != MappingReason.ABSENT
        ]

    def key(self) -> bytes:
        """The Kafka key: all of one contact in order."""
        return (self.contact_id or str(self.execution_id)).encode()
