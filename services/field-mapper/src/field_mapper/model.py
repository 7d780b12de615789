"""What the stages hand to each other: what a result asks for, and the contact it is asked of."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from connectors_shared.contract.contact import MappingOptions, TargetType, UserField
from connectors_shared.contract.execution import ExecutionContext
from connectors_shared.contract.updates import RefusedValue
from field_mapper.coercion import CustomFieldType

LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Refusal(StrEnum):
    """Why a value was not written, as a class for the metrics; the message has the sentence."""

    PATH = "path"
    VALUE = "value"
    UNKNOWN_FIELD = "unknown_field"
    OLDER = "older"
    OCCUPIED = "occupied"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote a value, and when: an execution, or a person through the API (no execution)."""

    written_at: datetime
    execution_id: UUID | None = None
    connector_id: UUID | None = None
    connector_version: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As the origin columns store it; what is absent is left out."""
        fields = {
            "at": self.written_at.isoformat(),
            "execution": self.execution_id and str(self.execution_id),
            "connector": self.connector_id and str(self.connector_id),
            "version": self.connector_version,
        }
        return {name: value for name, value in fields.items() if value is not None}


def is_newer(stored: Mapping[str, Any] | None, than: datetime) -> bool:
    """Whether a stored origin was written after that moment."""
    return stored is not None and datetime.fromisoformat(stored["at"]) > than


@dataclass(slots=True)
class CustomValue:
    """One custom field of a contact, as stored."""

    value: Any
    type: CustomFieldType
    origin: dict[str, Any]


@dataclass(slots=True)
class Contact:
    """A contact under change. `custom` holds the fields that were loaded or written, not necessarily all."""

    id: UUID
    workspace_id: UUID
    user: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, dict[str, Any]] = field(default_factory=dict)
    custom: dict[str, CustomValue] = field(default_factory=dict)
    is_new: bool = False
    changed_user: bool = False
    changed_custom: set[str] = field(default_factory=set)
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, order=True)
class ContactKey:
    """One way to find a contact. `value` is compared as it is: see `email_key`, E.164 phone, or the id."""

    workspace_id: UUID
    kind: str
    value: str


@dataclass(slots=True)
class Proposal:
    """What one result wants written. `user` is coerced; `custom` waits for the definitions of its fields.

    `contact_id` is the flow's contact, when it is one of ours: other systems' ids are not UUIDs.
    `carried` is the JSON of the context as it came: written again it could grow.
    `source_paths` names the mapping of each target, for refusals found later. `failure` is set when the
    execution gave nothing to map; then nothing is written. `value_bytes`: of all values, as JSON.
    """

    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    connector_version: int | None
    context: ExecutionContext
    options: MappingOptions
    written_at: datetime
    contact_id: UUID | None = None
    carried: bytes = b"{}"
    user: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    source_paths: dict[tuple[TargetType, str], str] = field(default_factory=dict)
    refused: list[tuple[Refusal, RefusedValue]] = field(default_factory=list)
    failure: str | None = None
    value_bytes: int = 0
    _keys: list[ContactKey] | None = None

    def fresh_copy(self) -> "Proposal":
        """A copy for one attempt, which adds its own refusals."""
        return replace(self, refused=list(self.refused))

    def origin(self) -> Origin:
        return Origin(self.written_at, self.execution_id, self.connector_id, self.connector_version)

    def ways_to_find(self) -> list[ContactKey]:
        """Keys of the contact, the surest first; asked for often, so made once."""
        if self._keys is None:
            by_id = [ContactKey(self.workspace_id, "id", str(self.contact_id))] if self.contact_id else []
            self._keys = by_id + match_keys(self.workspace_id, self.user)
        return self._keys

    def refuse(self, kind: Refusal, target_type: TargetType, target_field: str, reason: str) -> None:
        path = self.source_paths.get((target_type, target_field), target_field)
        self.refused.append(
            (
                kind,
                RefusedValue(source_path=path, target_field=target_field, target_type=target_type, reason=reason),
            )
        )


def match_keys(workspace_id: UUID, user: Mapping[str, Any]) -> list[ContactKey]:
    """Email before phone: an address belongs to one person, a phone often to a household."""
    email, phone = user.get(UserField.EMAIL), user.get(UserField.PHONE)
    keys = [ContactKey(workspace_id, "email", email_key(email))] if email else []
    return keys + ([ContactKey(workspace_id, "phone", phone)] if phone else [])


def email_key(email: str) -> str:
    """What two spellings of one address share: case matters beyond A to Z only.

    The same as Postgres' `lower(email COLLATE "C")`, whatever the locale of the database is.
    """
    return email.translate(LOWER)
