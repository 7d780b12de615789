"""Form fields, `application/x-www-form-urlencoded`: `{"a": "1"}` or `[{"key": "a", "value": "1"}]`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from connectors_shared.definition.bodies.kind import BodyKind, CompiledBody
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.problems import Place
from connectors_shared.definition.templates import InputReference, Template, text_of

Row = tuple[str, Any, Place]
"""Name, value, and the place of the value."""


@dataclass(frozen=True, slots=True)
class FormBody:
    fields: tuple[tuple[str, Template], ...]

    def references(self) -> list[InputReference]:
        return [reference for _, template in self.fields for reference in template.references]

    def templates(self) -> Iterator[tuple[str, Template]]:
        return iter(self.fields)

    def render(self, inputs: Mapping[str, Any]) -> bytes:
        return urlencode([(name, template.text(inputs)) for name, template in self.fields]).encode()


def _compile(body: Any, pointer: str, found: Compilation) -> CompiledBody | None:
    if not isinstance(body, dict | list):
        found.refuse(pointer, "a form body must be an object of names and values")
        return None
    rows = _named(body, pointer) if isinstance(body, dict) else _listed(body, pointer, found)
    return FormBody(tuple([_field(row, found) for row in rows]))


def _named(body: Mapping[Any, Any], pointer: str) -> Iterator[Row]:
    return ((str(name), value, Place(pointer, str(name))) for name, value in body.items())


def _listed(body: list[Any], pointer: str, found: Compilation) -> Iterator[Row]:
    for index, row in enumerate(body):
        if isinstance(row, dict) and isinstance(row.get("key"), str):
            yield row["key"], row.get("value", ""), Place(Place(pointer, index), "value")
        else:
            found.refuse(Place(pointer, index), "must be an object with a key and a value")


def _field(row: Row, found: Compilation) -> tuple[str, Template]:
    name, value, pointer = row
    found.plain_name(pointer, name)
    if isinstance(value, dict | list):
        found.refuse(pointer, "must be text, a number or true or false: a form has no objects and lists")
    return name, found.template(pointer, text_of(value))


FORM = BodyKind(
    "form",
    "Form fields",
    "Names and values, as a browser sends a form.",
    "application/x-www-form-urlencoded",
    "rows",
    _compile,
)
