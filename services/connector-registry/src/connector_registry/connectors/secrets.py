"""The values of secret headers and parameters, taken out of a request before anything else reads or keeps it."""

from dataclasses import dataclass, field
from typing import Any, Final

from connectors_shared.contract.connector import ValueType
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.definition.headers import CONTROL, wrong_secret
from connectors_shared.definition.secret_values import header_field, query_field
from connectors_shared.http.problems import FieldProblem

MOST_CHARACTERS: Final = 8000
LISTS: Final = (("headers", "headers"), ("queryParams", "queryParams"), ("query_params", "queryParams"))
"""How a request may name them, and how they are called in a pointer."""
VALUES: Final = {"headers": ("value",), "queryParams": ("staticValue", "static_value")}


@dataclass(slots=True)
class SecretValues:
    """By the field of the credential: what was sent, masks included, and where it stood in the request."""

    given: dict[str, str] = field(default_factory=dict, repr=False)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[FieldProblem] = field(default_factory=list)


def take_secrets(raw: Any) -> tuple[Any, SecretValues]:
    """The request without them; the one that was given is not changed."""
    found = SecretValues()
    config = raw.get("config") if isinstance(raw, dict) else None
    if not isinstance(config, dict):
        return raw, found
    emptied = {
        name: _without(parts, kind, found) for name, kind in LISTS if isinstance(parts := config.get(name), list)
    }
    return raw | {"config": config | emptied}, found


def _without(parts: list[Any], kind: str, found: SecretValues) -> list[Any]:
    return [_emptied(part, kind, f"/config/{kind}/{index}", found) for index, part in enumerate(parts)]


def _emptied(part: Any, kind: str, place: str, found: SecretValues) -> Any:
    if (
        not isinstance(part, dict)
        or _value_type(part) != ValueType.SECRET.value
        or not isinstance(part.get("key"), str)
    ):
        return part
    for name in VALUES[kind]:
        if isinstance(text := part.get(name), str):
            part = part | {name: ""}
            if text:
                _note(kind, part["key"], text, f"{place}/{name}", found)
    return part


def _value_type(part: dict[str, Any]) -> Any:
    return part.get("valueType", part.get("value_type"))


def _note(kind: str, key: str, text: str, place: str, found: SecretValues) -> None:
    name = header_field(key) if kind == "headers" else query_field(key)
    found.given[name], found.places[name] = text, place
    detail = None if text.startswith(MASK) else _wrong(kind, text)
    if detail:
        found.problems.append(FieldProblem(pointer=place, detail=detail))


def _wrong(kind: str, text: str) -> str | None:
    if len(text) > MOST_CHARACTERS:
        return f"must have at most {MOST_CHARACTERS} characters"
    if kind == "headers":
        return wrong_secret(text)
    return "must not hold a line break or another control character" if CONTROL.search(text) else None
