"""The kinds that a definition may name, as a form needs them. They are those that judge what comes back."""

from typing import Final, Literal, get_args

from pydantic import BaseModel

from connectors_shared.contract.connector import ArrayStyle, Header, Method, Nulls, ValueType
from connectors_shared.definition import auth, bodies
from connectors_shared.definition.auth.kind import AuthField, AuthKind
from connectors_shared.definition.bodies.kind import BodyKind
from connectors_shared.definition.methods import IDEMPOTENT
from connectors_shared.definition.templates.filters import DATE_FORMATS, FILTERS
from connectors_shared.definition.templates.roots import ROOTS


class WhenView(BaseModel):
    """Another field, and the values of it."""

    field: str
    values: list[str]


class FieldView(BaseModel):
    """One field of a form, shown where `when` holds, or always. A secret is asked for and never shown; it is kept when
    it is left out of a change."""

    name: str
    title: str
    control: Literal["text", "choice", "secret"]
    required: bool
    default: str | None
    choices: list[str]
    max_characters: int
    help: str
    when: WhenView | None


class AuthKindView(BaseModel):
    """A kind of `config.auth`; its fields stand beside `type`."""

    type: str
    title: str
    description: str
    fields: list[FieldView]


class BodyKindView(BaseModel):
    """A kind of `config.body`, named in `config.bodyType`."""

    type: str
    title: str
    description: str
    content_type: str
    control: Literal["json", "rows", "text"]


class MethodView(BaseModel):
    """`repeatable`: a call that got no answer may be sent again without an idempotency header."""

    name: str
    repeatable: bool


class FilterView(BaseModel):
    """What may be made of a value in a placeholder: `{{input.x | name(parameters)}}`."""

    name: str
    help: str
    parameters: list[str]


class TemplatesView(BaseModel):
    """What a placeholder may say. `values`: what context and workspace have, and what each of it is; what an input is
    called is for each connector to say.
    """

    values: dict[str, str]
    filters: list[FilterView]
    date_formats: list[str]


class KindsView(BaseModel):
    """All kinds that a definition may name, in the order in which a form shows them.

    `header_values`, `query_values`: where the value of a header or query parameter may come from (`valueType`). That of
    a secret is asked for and never shown, as a secret field of `auth` is. `array_styles`, `nulls`: how several values
    of a parameter are written, and what is sent where it has none; the first of each is the usual one.
    """

    auth: list[AuthKindView]
    bodies: list[BodyKindView]
    methods: list[MethodView]
    header_values: list[ValueType]
    query_values: list[ValueType]
    array_styles: list[ArrayStyle]
    nulls: list[Nulls]
    templates: TemplatesView


def _auth_kind(kind: AuthKind) -> AuthKindView:
    fields = [_field(field) for field in kind.fields]
    return AuthKindView(type=kind.type, title=kind.title, description=kind.description, fields=fields)


def _field(field: AuthField) -> FieldView:
    return FieldView(
        name=field.name,
        title=field.title,
        control=field.control,
        required=field.default is None,
        default=field.default,
        choices=list(field.choices),
        max_characters=field.max_characters,
        help=field.help,
        when=WhenView(field=field.when.field, values=list(field.when.values)) if field.when else None,
    )


def _body_kind(kind: BodyKind) -> BodyKindView:
    return BodyKindView(
        type=kind.type,
        title=kind.title,
        description=kind.description,
        content_type=kind.content_type,
        control=kind.control,
    )


KINDS: Final = KindsView(
    auth=[_auth_kind(kind) for kind in auth.KINDS.values()],
    bodies=[_body_kind(kind) for kind in bodies.KINDS.values()],
    methods=[MethodView(name=method.value, repeatable=method.value in IDEMPOTENT) for method in Method],
    header_values=list(get_args(Header.model_fields["value_type"].annotation)),
    query_values=list(ValueType),
    array_styles=list(ArrayStyle),
    nulls=list(Nulls),
    templates=TemplatesView(
        values={f"{root}.{name}": help for root, parts in ROOTS.items() for name, help in parts.items()},
        filters=[
            FilterView(name=kind.name, help=kind.help, parameters=list(kind.parameters)) for kind in FILTERS.values()
        ],
        date_formats=list(DATE_FORMATS),
    ),
)
