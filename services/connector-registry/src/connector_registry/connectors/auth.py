"""How a person writes authentication in a draft: the kinds there are, what each needs, and its two forms.

`{"type": "bearer", "token": "…"}` is the flat form,
`{"type": "bearer", "config": {"token": "…"}}` the nested one.
"""

import re
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationError,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

HEADER_NAME: Final = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
VISIBLE_ASCII: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
MAX_SECRET_CHARS: Final = 16_000

Secret = Annotated[SecretStr, Field(min_length=1, max_length=MAX_SECRET_CHARS)]


class AuthDraft(BaseModel):
    """One kind of authentication. A secret that is left out keeps the one already stored."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)
    secret_fields: ClassVar[tuple[str, ...]] = ()

    type: str

    def secrets(self) -> dict[str, str]:
        """Field name → plain text, of those that were given."""
        given = {name: getattr(self, name) for name in self.secret_fields}
        return {name: value.get_secret_value() for name, value in given.items() if value is not None}

    def public(self) -> dict[str, Any]:
        """Everything that is not secret, without the type."""
        return self.model_dump(mode="json", exclude={"type", *self.secret_fields})


class NoAuthDraft(AuthDraft):
    """The endpoint asks for nothing."""

    type: Literal["none"] = "none"


class BearerDraft(AuthDraft):
    """`Authorization: Bearer …`"""

    secret_fields = ("token",)

    type: Literal["bearer"] = "bearer"
    token: Secret | None = None

    @field_validator("token")
    @classmethod
    def _fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        return _header_safe(value)


class ApiKeyDraft(AuthDraft):
    """A key in a header or a query parameter called `name` (the wizard says `headerName`)."""

    secret_fields = ("key",)

    type: Literal["apikey"] = "apikey"
    name: Annotated[
        str,
        Field(
            max_length=200,
            pattern=HEADER_NAME,
            validation_alias=AliasChoices("name", "headerName"),
        ),
    ] = "X-API-Key"
    location: Literal["header", "query"] = "header"
    key: Secret | None = None

    @field_validator("key")
    @classmethod
    def _fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        return _header_safe(value)


class BasicDraft(AuthDraft):
    """RFC 7617: the user name is shown, the password is secret."""

    secret_fields = ("password",)

    type: Literal["basic"] = "basic"
    username: Annotated[str, Field(max_length=500)]
    password: Secret | None = None

    @field_validator("username")
    @classmethod
    def _no_colon(cls, value: str) -> str:
        if ":" in value or CONTROL.search(value):
            raise ValueError("must not hold a colon or a control character (RFC 7617)")
        return value

    @field_validator("password")
    @classmethod
    def _no_control_character(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and CONTROL.search(value.get_secret_value()):
            raise ValueError("must not hold a line break or another control character")
        return value


KINDS: Final[dict[str, type[AuthDraft]]] = {
    "none": NoAuthDraft,
    "bearer": BearerDraft,
    "apikey": ApiKeyDraft,
    "basic": BasicDraft,
}


def parse_auth(raw: object) -> AuthDraft:
    """Either form as a draft; raises ValidationError located inside `auth`."""
    if isinstance(raw, AuthDraft):
        return raw
    if not isinstance(raw, dict):
        raise PydanticCustomError("auth", "must be an object with a type")
    kind = raw.get("type")
    model = KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise _located(("type",), "must be one of " + ", ".join(KINDS))
    if "config" not in raw:
        return model.model_validate(raw)
    return _parse_nested(model, raw)


def _parse_nested(model: type[AuthDraft], raw: dict[str, Any]) -> AuthDraft:
    strangers = [name for name in raw if name not in ("type", "config")]
    if strangers:
        raise _located((strangers[0],), "belongs inside config, beside the other fields of this auth")
    if not isinstance(raw["config"], dict):
        raise _located(("config",), "must be an object")
    if "type" in raw["config"]:
        raise _located(("config", "type"), "belongs beside config, not inside it")
    try:
        return model.model_validate({**raw["config"], "type": raw["type"]})
    except ValidationError as error:
        raise ValidationError.from_exception_data(
            "auth",
            [
                InitErrorDetails(
                    type=PydanticCustomError("auth", "{text}", {"text": line["msg"]}),
                    loc=("config", *line["loc"]),
                    input=None,
                )
                for line in error.errors(include_input=False, include_url=False)
            ],
            hide_input=True,
        ) from None


def _header_safe(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not VISIBLE_ASCII.fullmatch(value.get_secret_value()) and not _is_mask(value):
        raise ValueError("must be plain ASCII, without line breaks and without spaces at its ends")
    return value


def _is_mask(value: SecretStr) -> bool:
    return value.get_secret_value().startswith("••••")


def _located(where: tuple[str, ...], text: str) -> ValidationError:
    line = InitErrorDetails(type=PydanticCustomError("auth", "{text}", {"text": text}), loc=where, input=None)
    return ValidationError.from_exception_data("auth", [line], hide_input=True)


def _json_schema() -> dict[str, Any]:
    flat = [
        model.model_json_schema(mode="validation") | {"title": model.__name__.removesuffix("Draft")}
        for model in KINDS.values()
    ]
    nested = {
        "title": "Nested",
        "type": "object",
        "properties": {"type": {"enum": list(KINDS)}, "config": {"type": "object"}},
        "required": ["type", "config"],
        "description": "The same fields inside config.",
    }
    return {"anyOf": [*flat, nested], "description": "A secret is written, never read: it comes back masked."}


AuthField = Annotated[AuthDraft, PlainValidator(parse_auth), WithJsonSchema(_json_schema())]
