"""A connector as the registry publishes it and the executor runs it."""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, SerializerFunctionWrapHandler, ValidationError, model_serializer, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from connectors_shared.contract.contact import FieldMapping
from connectors_shared.contract.facts import Fact
from connectors_shared.contract.model import Message, Version
from connectors_shared.contract.policy import ParkingPolicy, RateLimit, StatusPolicy

MOST_COUNTED: Final = 1_000_000
HostText = Annotated[str, Field(min_length=1, max_length=254)]
PropertyName = Annotated[str, Field(min_length=1, max_length=100)]


class Method(StrEnum):
    """The HTTP methods that a connector may use."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"
    PATCH = "PATCH"
    HEAD = "HEAD"
    OPTIONS = "OPTIONS"


class ValueType(StrEnum):
    """Where a value comes from. That of a secret is sealed in the connector's own credential, and stands nowhere
    else."""

    INPUT = "input"
    STATIC = "static"
    SECRET = "secret"  # noqa: S105


class ArrayStyle(StrEnum):
    """How several values of one parameter are written."""

    REPEAT = "repeat"
    """`a=1&a=2`"""
    COMMA = "comma"
    """`a=1,2`"""
    BRACKETS = "brackets"
    """`a[]=1&a[]=2`"""


class Nulls(StrEnum):
    """What is sent of a parameter for which there is no value, or null."""

    OMIT = "omit"
    """Nothing, not even its name."""
    EMPTY = "empty"
    """`a=`"""
    SEND = "send"
    """`a=null`"""


class Header(Message):
    """A request header; the value may hold placeholders. One that is a placeholder without a value is not sent.

    `allow_plain`: the value may look like a key, and is none.
    """

    key: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
    value: Annotated[str, Field(max_length=8000)] = ""
    value_type: Literal[ValueType.STATIC, ValueType.SECRET] = ValueType.STATIC
    allow_plain: bool = False


class QueryParam(Message):
    """A query parameter from an input field, with a fixed value or with a secret one.

    `arrays`: how a list is written, from an input or a placeholder that is the whole of `static_value`; `nulls`: what
    is sent where such a one has no value. `allow_plain`: the fixed value may look like a key, and is none.
    """

    key: Annotated[str, Field(min_length=1, max_length=200)]
    value_type: ValueType = ValueType.STATIC
    input_field: Annotated[str, Field(max_length=200)] = ""
    static_value: Annotated[str, Field(max_length=8000)] = ""
    required: bool = False
    arrays: ArrayStyle = ArrayStyle.REPEAT
    nulls: Nulls = Nulls.OMIT
    allow_plain: bool = False

    @model_validator(mode="after")
    def _input_is_named(self) -> "QueryParam":
        if self.value_type is ValueType.INPUT and not self.input_field:
            raise _located("inputField", "must name the input, for instance phoneNumber")
        if self.required and self.nulls is not Nulls.OMIT:
            raise _located("nulls", "what is required is never sent without a value; leave nulls out")
        return self


class InputFormat(StrEnum):
    """What a text is."""

    DATE = "date"
    DATE_TIME = "date-time"
    EMAIL = "email"
    URI = "uri"
    UUID = "uuid"
    HOSTNAME = "hostname"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    E164 = "e164"


Count = Annotated[int, Field(ge=0, le=MOST_COUNTED)]


class InputField(Message):
    """One input that the flow gives, or a part of one, as the action panel shows it. A form shows fields in the order
    in which they are written.

    `default`, what `enum` lists and what is given are judged by the rest. `description` is the help beside the field.
    `pattern` is in the syntax of RE2 and fits the whole text. `properties` are the fields of an object, `items` what
    each value of an array is.
    """

    type: Literal["string", "number", "integer", "boolean", "object", "array"] = "string"
    required: bool = False
    label: Annotated[str, Field(max_length=200)] = ""
    placeholder: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=2000)] = ""
    default: Any = None
    enum: Annotated[list[Any], Field(min_length=1, max_length=200)] | None = None
    format: InputFormat | None = None
    pattern: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    minimum: int | Annotated[float, Field(allow_inf_nan=False)] | None = None
    maximum: int | Annotated[float, Field(allow_inf_nan=False)] | None = None
    min_length: Count | None = None
    max_length: Count | None = None
    min_items: Count | None = None
    max_items: Count | None = None
    properties: dict[PropertyName, "InputField"] | None = None
    items: "InputField | None" = None

    @model_serializer(mode="wrap")
    def _without_what_is_not_said(self, serialize: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]
        told = serialize(self)
        return {name: value for name, value in told.items() if value is not None or name == "default"}


InputSchema = dict[str, InputField]


class RequestConfig(Message):
    """How to call the endpoint. Times are milliseconds, as the specification gives them.

    `allowed_hosts`: those that a URL may lead to whose host depends on values, each without port.

    `allow_plain` names what may look like a key although it is none: `url` or `body`.
    """

    method: Method
    url: Annotated[str, Field(min_length=1, max_length=4000)]
    allowed_hosts: Annotated[list[HostText], Field(max_length=50)] = Field(default_factory=list)
    headers: Annotated[list[Header], Field(max_length=100)] = Field(default_factory=list)
    query_params: Annotated[list[QueryParam], Field(max_length=100)] = Field(default_factory=list)
    body_type: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    """A kind of `definition.bodies`."""
    body: Any = None
    response_transform: Annotated[str, Field(max_length=20_000)] | None = None
    timeout: Annotated[int, Field(ge=100, le=300_000)] = 30_000
    total_timeout: Annotated[int, Field(ge=100, le=86_400_000)] | None = None
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    retry_delay: Annotated[int, Field(ge=0, le=3_600_000)] = 1_000
    rate_limit: RateLimit | None = None
    max_in_flight: Annotated[int, Field(ge=1, le=10_000)] | None = None
    status_policies: Annotated[list[StatusPolicy], Field(max_length=50)] = Field(default_factory=list)
    idempotency_header: Annotated[str, Field(max_length=200)] | None = None
    parking: ParkingPolicy | None = None
    continue_on_error: bool = False
    log_errors: bool = True
    allow_plain: Annotated[list[Literal["url", "body"]], Field(max_length=2)] = Field(default_factory=list)


class MappingTemplate(Message):
    """A named set of mappings of a connector, for executions that name it instead of bringing their own."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    mappings: Annotated[list[FieldMapping], Field(max_length=200)] = Field(default_factory=list)


class PublishedConnector(Fact):
    """What is published of a connector: one immutable version of its definition, and how it stands.

    `credential_id`: the credential that authorizes its calls. `secrets_id`: the one that has the values of its secret
    headers and parameters; the same when it is the connector's own. Both are facts of their own.
    """

    deleted: Literal[False] = False
    connector_id: UUID
    version: Version
    name: str
    enabled: bool = True
    config: RequestConfig
    credential_id: UUID | None = None
    secrets_id: UUID | None = None
    input_schema: InputSchema = Field(default_factory=dict)
    field_mapping_templates: list[MappingTemplate] = Field(default_factory=list)


class PublishedVersion(Fact):
    """A definition that is not the published one any more, for executions that ask for it by its number; under the key
    `version/<connector>/<number>`. Whatever is not of the definition is taken from the connector as it is now.
    """

    deleted: Literal[False] = False
    connector_id: UUID
    version: Version
    config: RequestConfig
    input_schema: InputSchema = Field(default_factory=dict)
    field_mapping_templates: list[MappingTemplate] = Field(default_factory=list)


def _located(field: str, message: str) -> ValidationError:
    """An error of the whole model that points at one field; pydantic puts it below the model's own place."""
    line = InitErrorDetails(type=PydanticCustomError("field", message), loc=(field,), input=None)
    return ValidationError.from_exception_data("QueryParam", [line])
