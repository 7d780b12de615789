"""Bodies of the contacts API; names are those of the columns, as in the specification."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema, create_model

from connectors_shared.contract.contact import USER_FIELDS
from field_mapper.model import Contact

CustomFields = dict[Annotated[str, Field(min_length=1, max_length=200)], JsonValue]

# Wrong values are answered by the editor, once per field; a union would answer once per member.
_CELL = Annotated[JsonValue, WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]
_TAGS = Annotated[JsonValue, WithJsonSchema({"type": ["array", "string", "null"], "items": {"type": "string"}})]
_COLUMNS: dict[str, Any] = {name: (_TAGS if name == "tags" else _CELL, None) for name in USER_FIELDS}


class _CreateBase(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID | None = None
    external_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    custom_fields: Annotated[CustomFields, Field(max_length=500)] = Field(default_factory=dict)


CreateContact: type[_CreateBase] = create_model(
    "CreateContact",
    __base__=_CreateBase,
    __doc__="A new contact, flat like a row of a CSV file; columns beyond the 18 go into `custom_fields`. "
    "`external_id` is what another system calls it.",
    **_COLUMNS,
)


class _PatchBase(BaseModel):
    model_config = ConfigDict(extra="forbid")

    external_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    custom_fields: Annotated[CustomFields, Field(max_length=500)] = Field(default_factory=dict)


PatchContact: type[_PatchBase] = create_model(
    "PatchContact",
    __base__=_PatchBase,
    __doc__="The fields to write, and only those, as the contact has them (RFC 7396); null empties a field.",
    **_COLUMNS,
)


class UpdateContact(BaseModel):
    """The fields to write, and only those; null empties a field, and so it does with `external_id`."""

    model_config = ConfigDict(extra="forbid")

    external_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    user_fields: dict[str, JsonValue] = Field(default_factory=dict)
    custom_fields: Annotated[CustomFields, Field(max_length=500)] = Field(default_factory=dict)


class CustomFieldShape(BaseModel):
    """A field the workspace defined, and what it holds."""

    name: str
    type: str


class _ContactBase(BaseModel):
    id: UUID
    external_id: str | None = None
    custom_fields: dict[str, JsonValue]
    origins: dict[str, dict[str, JsonValue]]
    custom_field_origins: dict[str, dict[str, JsonValue]]
    left_out: list[str] = Field(default_factory=list)
    created_at: datetime
    updated_at: datetime


ContactShape: type[_ContactBase] = create_model(
    "Contact",
    __base__=_ContactBase,
    __doc__="A contact. `external_id`: what another system calls it. An origin has `at`, and `execution`, `connector`, "
    "`version`; or `by`, when a person wrote it, with `import` when a file brought it. `left_out`: custom fields whose "
    "values are too large to be here all together; ask for the contact with `custom_field` to read them.",
    **{name: (list[str] | None if name == "tags" else str | None, None) for name in USER_FIELDS},  # type: ignore[call-overload]
)


class ContactPage(BaseModel):
    """Oldest first. `next_cursor` is null on the last page; a page of very large contacts has fewer than `limit`, and
    so has one of filters that hold of few among very many. `truncated`: very many contacts match, and only some of them
    are here; look for more of the name.
    """

    contacts: list[ContactShape]
    next_cursor: str | None = None
    truncated: bool = False


def shape_of(contact: Contact) -> Any:
    present = {name: custom for name, custom in contact.custom.items() if custom.large or custom.value is not None}
    return ContactShape(
        id=contact.id,
        external_id=contact.external_id,
        custom_fields={name: custom.value for name, custom in present.items() if not custom.large},
        origins=contact.origins,
        custom_field_origins={name: custom.origin for name, custom in present.items()},
        left_out=[name for name, custom in present.items() if custom.large],
        created_at=contact.created_at,
        updated_at=contact.updated_at,
        **contact.user,
    )
