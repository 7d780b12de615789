"""The steps of a flow, in JSON.

Texts may hold `{{contact.phone}}`, `{{input.x}}` and `{{name.path}}` of an earlier `storeAs`.
"""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic.alias_generators import to_camel

from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.execution import Lane, OnError, TemplateName
from connectors_shared.contract.model import Moment, Version

MOST_SECONDS: Final = 7 * 86_400
"""Of a wait, and of how long a result is waited for: Kafka keeps both topics so long."""
DEFAULT_TIMEOUT_SECONDS: Final = 86_400
MOST_STEPS: Final = 100
"""Of a flow, those of all branches included."""
DEEPEST: Final = 5
"""How many `if` may be within each other."""

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")]
Values = Annotated[dict[str, Any], Field(max_length=100)]


class Part(BaseModel):
    """A part of a flow: unknown fields are typos."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Operator(StrEnum):
    """How a value is compared."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    GREATER = "greater"
    AT_LEAST = "at_least"
    LESS = "less"
    AT_MOST = "at_most"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ONE_OF = "one_of"
    IS_EMPTY = "is_empty"
    IS_NOT_EMPTY = "is_not_empty"


class Comparison(Part):
    """`value` and `than` may be templates."""

    value: Any
    operator: Operator = Operator.EQUALS
    than: Any = None


class All(Part):
    """Holds when all of them do."""

    all: Annotated[list["Condition"], Field(min_length=1, max_length=20)]


class Some(Part):
    """Holds when one of them does."""

    any: Annotated[list["Condition"], Field(min_length=1, max_length=20)]


class Not(Part):
    """Holds when it does not."""

    negated: Annotated["Condition", Field(alias="not")]


def _kind(raw: Any) -> str:
    """By the word that it has, so that what is wrong is told of what was meant."""
    for word, kind in CLASSES.items():
        if (isinstance(raw, dict) and word in raw) or isinstance(raw, kind):
            return f"{word} of"
    return "compare"


CLASSES: Final[dict[str, type[Part]]] = {"all": All, "any": Some, "not": Not}
Condition = Annotated[
    Annotated[Comparison, Tag("compare")]
    | Annotated[All, Tag("all of")]
    | Annotated[Some, Tag("any of")]
    | Annotated[Not, Tag("not of")],
    Discriminator(_kind),
]


class ConnectorStep(Part):
    """Call a connector. `mapping_template`: mappings of the connector by their name, where there are none here.
    `on_error`: without it the connector's own setting decides.
    """

    id: Name
    action: Literal["connector"]
    connector_id: UUID
    connector_version: Version | None = None
    inputs: Values = Field(default_factory=dict)
    field_mappings: Annotated[list[FieldMapping], Field(max_length=200)] = Field(default_factory=list)
    mapping_template: TemplateName | None = None
    options: MappingOptions = Field(default_factory=MappingOptions)
    store_as: Name | None = None
    on_error: OnError | None = None
    lane: Lane = Lane.NORMAL
    timeout_seconds: Annotated[int, Field(ge=1, le=MOST_SECONDS)] = DEFAULT_TIMEOUT_SECONDS


class UpdateContactStep(Part):
    """Write values onto the contact of the run; a run without one gets a new contact. What is null is emptied."""

    id: Name
    action: Literal["update_contact"]
    user_fields: Values = Field(default_factory=dict)
    custom_fields: Values = Field(default_factory=dict)
    on_error: OnError = OnError.STOP


class WaitStep(Part):
    """Go on after so many seconds, or at that moment."""

    id: Name
    action: Literal["wait"]
    seconds: Annotated[float, Field(ge=0, le=MOST_SECONDS)] | None = None
    until: Moment | None = None


class IfStep(Part):
    """Take one of two ways."""

    id: Name
    action: Literal["if"]
    condition: Condition
    then: list["Step"] = Field(default_factory=list)
    otherwise: Annotated[list["Step"], Field(alias="else")] = Field(default_factory=list)


Step = Annotated[ConnectorStep | UpdateContactStep | WaitStep | IfStep, Field(discriminator="action")]
Leaf = ConnectorStep | UpdateContactStep | WaitStep


class FlowDraft(Part):
    """What is saved of a flow."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2000)] = ""
    enabled: bool = True
    steps: Annotated[list[Step], Field(min_length=1, max_length=MOST_STEPS)]


for model in (All, Some, Not, IfStep, FlowDraft):
    model.model_rebuild()
