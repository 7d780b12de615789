"""What a person sends: a connector as they want it to be. Unknown fields are refused: typos."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from connector_registry.connectors.connector import HEAD_FIELDS, Definition, Head
from connector_registry.connectors.secrets import SecretValues, take_secrets
from connectors_shared.contract.connector import ArrayStyle, InputField, Nulls, RequestConfig, ValueType
from connectors_shared.contract.contact import FieldMapping
from connectors_shared.definition import bodies
from connectors_shared.definition.auth.field import Auth
from connectors_shared.definition.shape import ANY, Shape, read_shape
from connectors_shared.http.problems import FieldProblem, InvalidRequestError, field_problems

READ_ONLY: Final = frozenset(
    {
        "id",
        "workspace_id",
        "revision",
        "version",
        "created_at",
        "updated_at",
        "created_by",
        "updated_by",
        "usage_count",
        "last_used_at",
        "published",
    }
)
"""Fields of an answer that may be sent back unchanged; they are ignored."""


STAND_INS: Final[dict[tuple[str | int, ...], Any]] = {
    ("name",): "unread",
    ("config",): {"method": "GET", "url": "https://unread.invalid/"},
    ("config", "method"): "GET",
    ("config", "url"): "https://unread.invalid/",
    ("input_schema", ANY): {},
}
"""What stands for a part that cannot be read, while the others are judged."""


USUAL_OF_HEADERS: Final = {"valueType": ValueType.STATIC.value}
USUAL_OF_PARAMETERS: Final = {"arrays": ArrayStyle.REPEAT.value, "nulls": Nulls.OMIT.value}


ALWAYS_SHOWN: Final = ("sourcePath", "targetField", "targetType", "default")
USUAL_OF_MAPPINGS: Final = FieldMapping(source_path="x", target_field="x").model_dump(mode="json", by_alias=True)
"""What a mapping says where nobody has said anything."""


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


BodyType = Annotated[str, Field(max_length=50), WithJsonSchema({"type": "string", "enum": list(bodies.KINDS)})]


class ConfigDraft(RequestConfig):
    """How to call the endpoint, with its authentication in plain text."""

    auth: Auth | None = None
    body_type: BodyType | None = None


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


@dataclass(frozen=True, slots=True)
class Reading:
    """`draft` is what could be read, None when nothing could. `problems` are those of the rest.

    `secrets` are the values of its secret headers and parameters, which are nowhere else.
    """

    draft: ConnectorDraft | None
    problems: list[FieldProblem]
    shape: Shape
    secrets: SecretValues


def head_of(draft: ConnectorDraft) -> Head:
    return Head(**{name: getattr(draft, name) for name in HEAD_FIELDS})


def definition_of(draft: ConnectorDraft) -> Definition:
    """What is usual of a header or parameter is left out: it is shown as it is drawn."""
    definition = draft.model_dump(
        mode="json", by_alias=True, exclude={"config": {"auth"}} | dict.fromkeys(HEAD_FIELDS, True)
    )
    config = definition["config"]
    for part in [*config["headers"], *config["queryParams"], config]:
        if not part["allowPlain"]:
            del part["allowPlain"]
    for parts, usual in ((config["headers"], USUAL_OF_HEADERS), (config["queryParams"], USUAL_OF_PARAMETERS)):
        for part in parts:
            for name in [name for name, value in usual.items() if part[name] == value]:
                del part[name]
    for template in definition["field_mapping_templates"]:
        template["mappings"] = [_as_drawn(mapping) for mapping in template["mappings"]]
    return definition


def _as_drawn(mapping: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name in ALWAYS_SHOWN or value != USUAL_OF_MAPPINGS[name]}


def same_json(one: Definition, other: Definition) -> bool:
    """Written alike, in the same order: in Python 1, 1.0 and true are equal, for an API they are not."""
    return json.dumps(one) == json.dumps(other)


def read_draft(raw: object) -> Reading:
    return _reading(ConnectorDraft, raw, {})


def read_change(raw: object, stored: dict[str, Any]) -> Reading:
    """`raw` laid over what is stored (`Connector.written`).

    Only what was sent can have a wrong shape, so it is read alone first.
    """
    return _reading(ConnectorChange, raw, stored)


def _validated(model: type[ConnectorDraft]) -> Callable[[Any], Any]:
    return lambda raw: model.model_validate(raw, extra="forbid")


def _reading(model: type[ConnectorDraft], raw: object, stored: dict[str, Any]) -> Reading:
    emptied, secrets = take_secrets(_without_read_only(raw))
    shape = read_shape(_validated(model), emptied, STAND_INS)
    readable = shape.readable
    draft = None if readable is None else _whole(stored | readable)
    return Reading(draft, field_problems(shape.errors) + secrets.problems, shape, secrets)


def _whole(definition: dict[str, Any]) -> ConnectorDraft:
    """Raises InvalidRequestError for what is stored and could not be saved any more."""
    try:
        return ConnectorDraft.model_validate(definition)
    except ValidationError as error:
        raise InvalidRequestError(field_problems(error.errors(include_input=False, include_url=False))) from None


def _without_read_only(raw: object) -> object:
    if not isinstance(raw, dict):
        return raw
    return {name: value for name, value in raw.items() if name not in READ_ONLY}
