"""Bodies of the custom fields' API."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors_shared.http.problems import FieldProblem, InvalidRequestError
from field_mapper.coercion import Choice, CustomFieldType, FieldDefinition, FieldOptions
from field_mapper.outbound import fields

MOST_CHOICES: Final = 200
MEANT_FOR: Final[dict[str, tuple[CustomFieldType, ...]]] = {
    "choices": (CustomFieldType.CHOICE, CustomFieldType.TAGS),
    "minimum": (CustomFieldType.NUMBER, CustomFieldType.INTEGER),
    "maximum": (CustomFieldType.NUMBER, CustomFieldType.INTEGER),
    "max_length": (CustomFieldType.TEXT,),
    "shape": (CustomFieldType.JSON,),
}
"""Each option, and the types that it says something of."""

Text = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=2000)]


class ChoiceShape(BaseModel):
    """A value that may be stored, and what people read for it."""

    model_config = ConfigDict(extra="forbid")

    value: Text
    label: Text | None = None


class OptionsShape(BaseModel):
    """What a type allows. `choices`: of choice and tags. `minimum`, `maximum`: of numbers. `max_length`: of text, in
    characters. `shape`: of json.
    """

    model_config = ConfigDict(extra="forbid")

    choices: Annotated[list[ChoiceShape], Field(max_length=MOST_CHOICES)] | None = None
    minimum: int | Annotated[float, Field(allow_inf_nan=False)] | None = None
    maximum: int | Annotated[float, Field(allow_inf_nan=False)] | None = None
    max_length: Annotated[int, Field(ge=1, le=65_536)] | None = None
    shape: Literal["object", "list"] | None = None

    @model_validator(mode="after")
    def _meant(self) -> Self:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        values = [choice.value for choice in self.choices or ()]
        if len(set(values)) < len(values):
            raise ValueError("two choices have the same value")
        return self


class CreateField(BaseModel):
    """A new custom field. Mappings write to it by its `name`, which never changes; people read its `label`."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    type: CustomFieldType
    label: Text | None = None
    description: Description | None = None
    options: OptionsShape = Field(default_factory=OptionsShape)


class ChangeField(BaseModel):
    """What is given is changed. `unfit`: what happens to stored values that do not fit the new type or options."""

    model_config = ConfigDict(extra="forbid")

    type: CustomFieldType | None = None
    label: Text | None = None
    description: Description | None = None
    options: OptionsShape | None = None
    unfit: Literal["refuse", "remove"] = "refuse"


class FieldShape(BaseModel):
    """A custom field. `inferred`: its type is that of its first value; nobody has defined it. `deleting`: its values
    are being removed, and new ones refused.
    """

    name: str
    type: CustomFieldType
    label: str | None
    description: str | None
    options: OptionsShape
    inferred: bool
    deleting: bool
    changed_by: str | None
    created_at: datetime
    updated_at: datetime


class UnfitValue(BaseModel):
    """Whose value does not fit, and why; what it is, the contact says."""

    contact_id: UUID
    reason: str


class FitShape(BaseModel):
    """Stored values that were checked, those of them that do not fit, and the first few of those."""

    checked: int
    unfit: int
    examples: list[UnfitValue]


class ChangedField(BaseModel):
    """The field as it is, or as it would be; `values`: what became, or would become, of what is stored."""

    field: FieldShape
    values: FitShape | None = None


class DeletedField(BaseModel):
    name: str
    removed_values: int


def definition_of(kind: CustomFieldType, options: OptionsShape) -> FieldDefinition:
    """Raises InvalidRequestError for options that the type does not have, and for a choice without choices."""
    given = options.model_dump(exclude_none=True, exclude_defaults=True)
    wrong = [
        FieldProblem(pointer=f"/options/{name}", detail=f"says nothing of the type {kind.value}; leave it out")
        for name in given
        if kind not in MEANT_FOR[name]
    ]
    if kind is CustomFieldType.CHOICE and not options.choices:
        wrong.append(FieldProblem(pointer="/options/choices", detail="is required: what may be chosen"))
    if wrong:
        raise InvalidRequestError(wrong)
    choices = tuple(Choice(choice.value, choice.label) for choice in options.choices or ())
    return FieldDefinition(
        kind, FieldOptions(choices, options.minimum, options.maximum, options.max_length, options.shape)
    )


def shape_of_field(field: fields.Field) -> FieldShape:
    stored: Any = msgspec.to_builtins(field.definition.options)
    return FieldShape(
        name=field.name,
        type=field.definition.type,
        label=field.label,
        description=field.description,
        options=OptionsShape.model_validate(stored),
        inferred=field.inferred,
        deleting=field.definition.deleting,
        changed_by=field.changed_by,
        created_at=field.created_at,
        updated_at=field.updated_at,
    )


def shape_of_fit(fit: fields.Fit) -> FitShape:
    examples = [UnfitValue(contact_id=contact, reason=why) for contact, why in (fit.unfit_contacts or {}).items()]
    return FitShape(checked=fit.checked, unfit=fit.unfit, examples=examples)
