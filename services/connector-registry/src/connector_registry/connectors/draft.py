"""What a person sends: a connector as they want it to be. Unknown fields are refused: typos."""

import re
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from connector_registry.connectors.auth import AuthField
from connectors_shared.contract.connector import InputField, RequestConfig
from connectors_shared.contract.contact import FieldMapping

READ_ONLY: Final = frozenset(
    {
        "id",
        "workspace_id",
        "version",
        "created_at",
        "updated_at",
        "created_by",
        "usage_count",
        "last_used_at",
        "published",
    }
)
"""Fields of an answer that may be sent back unchanged; they are ignored."""


def slug(text: object) -> object:
    """`CRM & Sales` → `crm-sales`."""
    return re.sub(r"[\W_]+", "-", text.strip().lower()).strip("-") if isinstance(text, str) else text


def _templates(value: object) -> object:
    """The specification shows the templates both as a list and inside an object."""
    return value["templates"] if isinstance(value, dict) and set(value) == {"templates"} else value


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
Category = Annotated[str, BeforeValidator(slug), Field(min_length=1, max_length=50)]
InputName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]


class MappingTemplate(BaseModel):
    """A named set of field mappings that the action panel offers."""

    model_config = ConfigDict(frozen=True)

    name: Name
    mappings: Annotated[list[FieldMapping], Field(max_length=200)]


class ConfigDraft(RequestConfig):
    """How to call the endpoint, with its authentication in plain text."""

    auth: AuthField | None = None


class ConnectorDraft(BaseModel):
    """A whole connector. Names as in the specification: snake_case outside, camelCase inside config."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: Name
    description: Annotated[str, Field(max_length=5000)] | None = None
    icon: Annotated[str, Field(max_length=100)] | None = None
    category: Category = "custom"
    config: ConfigDraft
    input_schema: Annotated[dict[InputName, InputField], Field(max_length=100)] = Field(default_factory=dict)
    output_schema: dict[str, Any] | None = None
    field_mapping_templates: Annotated[list[MappingTemplate], BeforeValidator(_templates), Field(max_length=50)] = (
        Field(default_factory=list)
    )
    enabled: bool = True


class ConnectorChange(ConnectorDraft):
    """A change. Fields left out keep their value; `config` is replaced whole, its stored secrets aside."""

    name: Name | None = None  # type: ignore[assignment]
    config: ConfigDraft | None = None  # type: ignore[assignment]


def parse_draft(raw: object) -> ConnectorDraft:
    """Raises ValidationError."""
    return ConnectorDraft.model_validate(_without_read_only(raw), extra="forbid")


def parse_change(raw: object, stored: dict[str, Any]) -> ConnectorDraft:
    """`raw` laid over the stored definition (the JSON of a ConnectorDraft); raises ValidationError.

    Only what was sent is reported as wrong, so it is checked alone first.
    """
    sent = _without_read_only(raw)
    ConnectorChange.model_validate(sent, extra="forbid")
    assert isinstance(sent, dict)
    return ConnectorDraft.model_validate(stored | sent)


def _without_read_only(raw: object) -> object:
    if not isinstance(raw, dict):
        return raw
    return {name: value for name, value in raw.items() if name not in READ_ONLY}
