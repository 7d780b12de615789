"""What a kind of authentication is: the fields that a person fills in, and what they become in a request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connectors_shared.definition.problems import Problem

Pairs = list[tuple[str, str]]
Values = Mapping[str, str]
Signer = Callable[[Values, Values], tuple[Pairs, Pairs]]
"""From public fields and opened secrets to the headers and query parameters that authorize a call."""


def nothing_wrong(_value: str) -> str | None:
    return None


def nothing_wrong_together(_public: Values) -> list[Problem]:
    return []


def nowhere(_public: Values) -> tuple[str, ...]:
    return ()


def in_no_header(_public: Values) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class When:
    """A field is only asked for when another one, a public one, has one of these values."""

    field: str
    values: tuple[str, ...]

    def holds(self, public: Values) -> bool:
        return public.get(self.field) in self.values


@dataclass(frozen=True, slots=True)
class AuthField:
    """One text that a person gives, where `when` holds. It must be given unless it has a `default`.

    `secret` is sealed, masked when shown, and kept when it is left out of a change; `unpublished`: it never leaves the
    registry. `wrong` says what is wrong with a text, or None. `alias` is another name under which it may be written.
    """

    name: str
    title: str
    secret: bool = False
    unpublished: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    max_characters: int = 500
    alias: str | None = None
    help: str = ""
    when: When | None = None
    wrong: Callable[[str], str | None] = nothing_wrong

    @property
    def control(self) -> Literal["text", "choice", "secret"]:
        """How a form asks for it."""
        return "secret" if self.secret else "choice" if self.choices else "text"

    def schema(self) -> dict[str, Any]:
        """As a property of a JSON Schema."""
        schema: dict[str, Any] = {"type": "string", "title": self.title, "maxLength": self.max_characters}
        if self.secret:
            schema |= {"format": "password", "writeOnly": True, "minLength": 1}
        if self.choices:
            schema["enum"] = list(self.choices)
        optional = {"description": self.help or None, "default": self.default}
        return schema | {name: value for name, value in optional.items() if value is not None}


@dataclass(frozen=True, slots=True)
class AuthKind:
    """`sign` makes of the fields what a call carries. `header` is the lower-case name of the header it sets, if it sets
    one. `check` says what is wrong with public fields that are right one by one. `issued` are secrets that nobody
    enters: the registry obtains them, and as long as one of them is not published, calls wait. `presented_to`: the
    origins that unpublished secrets go to.
    """

    type: str
    title: str
    description: str
    fields: tuple[AuthField, ...]
    sign: Signer
    header: Callable[[Values], str | None] = in_no_header
    check: Callable[[Values], list[Problem]] = nothing_wrong_together
    issued: tuple[str, ...] = ()
    presented_to: Callable[[Values], tuple[str, ...]] = nowhere

    @property
    def secret_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.secret)

    @property
    def unpublished(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields if field.unpublished)

    def needed(self, public: Values) -> tuple[str, ...]:
        """The secrets that a person has to enter beside these public fields."""
        asked = [field for field in self.fields if field.secret and (field.when is None or field.when.holds(public))]
        return tuple(field.name for field in asked)

    def schema(self) -> dict[str, Any]:
        """JSON Schema of its flat form, as a person writes it."""
        properties = {field.name: field.schema() for field in self.fields}
        return {
            "title": self.title,
            "description": self.description,
            "type": "object",
            "properties": {"type": {"const": self.type}} | properties,
            "required": ["type", *(f.name for f in self.fields if f.default is None and not f.secret)],
            "additionalProperties": False,
        }
