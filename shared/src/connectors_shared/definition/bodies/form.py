"""Form fields, `application/x-www-form-urlencoded`: `{"a": "1"}` or `[{"key": "a", "value": "1"}]`.

A row of the latter may say `arrays` and `nulls`, as a query parameter does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import quote_plus

from connectors_shared.contract.connector import ArrayStyle, Nulls
from connectors_shared.definition.bodies.kind import BodyKind, CompiledBody
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.fields import Field, with_nulls, written
from connectors_shared.definition.problems import Place
from connectors_shared.definition.templates import Reference, Scope, Template, text_of

Word = TypeVar("Word", bound=StrEnum)
ROW = frozenset({"key", "value", "arrays", "nulls"})


@dataclass(frozen=True, slots=True)
class FormBody:
    fields: tuple[Field, ...]

    def references(self) -> list[Reference]:
        return [reference for field in self.fields for reference in field.template.references]

    def templates(self) -> Iterator[tuple[str, Template]]:
        return ((field.key, field.template) for field in self.fields)

    def render(self, scope: Scope) -> bytes:
        return written([pair for field in self.fields for pair in field.pairs(scope)], quote_plus).encode()


def _compile(body: Any, pointer: str, found: Compilation) -> CompiledBody | None:
    if not isinstance(body, dict | list):
        found.refuse(pointer, "a form body must be an object of names and values")
        return None
    fields = _named(body, pointer, found) if isinstance(body, dict) else _listed(body, pointer, found)
    return FormBody(tuple(fields))


def _named(body: Mapping[Any, Any], pointer: str, found: Compilation) -> Iterator[Field]:
    for name, value in body.items():
        yield Field(str(name), _template(str(name), value, Place(pointer, str(name)), found))


def _listed(body: list[Any], pointer: str, found: Compilation) -> Iterator[Field]:
    for index, row in enumerate(body):
        if isinstance(row, dict) and isinstance(row.get("key"), str):
            yield _row(row, Place(pointer, index), found)
        else:
            found.refuse(Place(pointer, index), "must be an object with a key and a value")


def _row(row: Mapping[str, Any], place: Place, found: Compilation) -> Field:
    for name in [name for name in row if name not in ROW]:
        found.refuse(Place(place, str(name)), "is not a field here; check its spelling")
    template = _template(row["key"], row.get("value", ""), Place(place, "value"), found)
    arrays = _word(row, "arrays", ArrayStyle.REPEAT, place, found)
    return Field(row["key"], with_nulls(template, _word(row, "nulls", Nulls.OMIT, place, found)), arrays)


def _word(row: Mapping[str, Any], name: str, usual: Word, place: Place, found: Compilation) -> Word:
    words = type(usual)
    try:
        return words(row.get(name, usual))
    except ValueError:
        found.refuse(Place(place, name), "must be one of " + ", ".join(words))
        return usual


def _template(name: str, value: Any, pointer: Place, found: Compilation) -> Template:
    found.plain_name(pointer, name)
    if isinstance(value, dict | list):
        found.refuse(pointer, "must be text, a number or true or false: a form has no objects and lists")
    return found.template(pointer, text_of(value))


FORM = BodyKind(
    "form",
    "Form fields",
    "Names and values, as a browser sends a form.",
    "application/x-www-form-urlencoded",
    "rows",
    _compile,
)
