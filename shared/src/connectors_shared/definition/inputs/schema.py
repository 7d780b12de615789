"""From an input schema to fields that judge values. The schema is judged too, defaults and choices included."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from connectors_shared.contract.connector import InputField, InputFormat, InputSchema
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.inputs.fields import Check, Field, Fields, Misfits
from connectors_shared.definition.inputs.formats import wrong_format
from connectors_shared.definition.inputs.numbers import exactly
from connectors_shared.definition.inputs.patterns import InvalidPatternError, compile_pattern
from connectors_shared.definition.inputs.types import TYPES, kind_of
from connectors_shared.definition.problems import Place

MOST_LEVELS: Final = 5
MOST_FIELDS: Final = 200
MOST_PATTERNS: Final = 50
"""One takes up to twenty milliseconds to be refused as too large."""
BELONGS: Final = {
    "pattern": ("string",),
    "format": ("string",),
    "min_length": ("string",),
    "max_length": ("string",),
    "minimum": ("integer", "number"),
    "maximum": ("integer", "number"),
    "min_items": ("array",),
    "max_items": ("array",),
    "items": ("array",),
    "properties": ("object",),
}
"""What a field may say → the types for which it means something."""
NO_FIELDS: Final = Fields()
RANGES: Final = (("minimum", "maximum"), ("min_length", "max_length"), ("min_items", "max_items"))


def compile_inputs(schema: InputSchema, pointer: str, found: Compilation) -> Fields:
    return _Compiler(found).fields(schema, pointer, 1) if schema else NO_FIELDS


def wire_name(name: str) -> str:
    """`min_length` → `minLength`."""
    return InputField.model_fields[name].alias or name


@dataclass(slots=True)
class _Compiler:
    found: Compilation
    count: int = 0
    patterns: int = 0

    def fields(self, schema: InputSchema, place: str | Place, level: int) -> Fields:
        return Fields(tuple([(name, self.field(each, Place(place, name), level)) for name, each in schema.items()]))

    def field(self, described: InputField, place: Place, level: int) -> Field:
        self.count += 1
        if self.count == MOST_FIELDS + 1:
            self.found.refuse(place, f"a schema has at most {MOST_FIELDS} fields, those within others included")
        self._check_shape(described, place)
        if level > MOST_LEVELS or self.count > MOST_FIELDS:
            if level > MOST_LEVELS:
                self.found.refuse(place, f"fields are nested at most {MOST_LEVELS} levels deep")
            return Field(TYPES[described.type])
        checks = tuple(self._checks(described, place))
        kind, properties, items = TYPES[described.type], None, None
        if described.properties is not None and described.type == "object":
            properties = self.fields(described.properties, Place(place, "properties"), level + 1)
        if described.items is not None and described.type == "array":
            items = self.field(described.items, Place(place, "items"), level + 1)
        judge = Field(kind, described.required, None, checks, properties, items)
        allowed = self._allowed(described, judge, place)
        if allowed is not None:
            judge = replace(judge, checks=(allowed, *checks))
        return replace(judge, default=self._default(described, judge, place))

    def _check_shape(self, described: InputField, place: Place) -> None:
        for name, types in BELONGS.items():
            if getattr(described, name) is not None and described.type not in types:
                self.found.refuse(Place(place, wire_name(name)), f"is for fields of the type {' or '.join(types)}")
        for least, most in RANGES:
            low, high = getattr(described, least), getattr(described, most)
            if low is not None and high is not None and low > high:
                self.found.refuse(Place(place, wire_name(least)), f"is more than {wire_name(most)}")

    def _checks(self, described: InputField, place: Place) -> Iterator[Check]:
        if described.type == "string":
            yield from self._checks_of_text(described, place)
        elif described.type in ("integer", "number"):
            yield from _bounds(described.minimum, described.maximum, lambda value: value, "must be")
        elif described.type == "array":
            yield from _bounds(described.min_items, described.max_items, len, "must have a number of items of")

    def _checks_of_text(self, described: InputField, place: Place) -> Iterator[Check]:
        yield from _bounds(described.min_length, described.max_length, len, "must have a number of characters of")
        if described.format is not None:
            yield _of_format(described.format)
        if described.pattern is not None:
            yield from self._pattern(described.pattern, Place(place, "pattern"))

    def _pattern(self, pattern: str, place: Place) -> Iterator[Check]:
        self.patterns += 1
        if self.patterns > MOST_PATTERNS:
            self.found.refuse(place, f"a schema has at most {MOST_PATTERNS} patterns")
            return
        try:
            yield _of_pattern(compile_pattern(pattern), pattern)
        except InvalidPatternError as error:
            self.found.refuse(place, f"is no pattern: {error}")

    def _allowed(self, described: InputField, judge: Field, place: Place) -> Check | None:
        if described.enum is None:
            return None
        options = list(exactly(described.enum))
        for index, option in enumerate(options):
            wrong = _wrong(judge, option)
            if wrong is not None:
                self.found.refuse(Place(Place(place, "enum"), index), wrong)
            elif option in options[:index]:
                self.found.refuse(Place(Place(place, "enum"), index), "is there already")
        return lambda value: None if value in options else "must be one of the values that the schema lists"

    def _default(self, described: InputField, judge: Field, place: Place) -> Any:
        if described.default is None or described.default == "":
            return None
        default = exactly(described.default)
        wrong = _wrong(judge, default)
        if wrong is not None:
            self.found.refuse(Place(place, "default"), wrong)
        return default


def _wrong(judge: Field, value: Any) -> str | None:
    """What keeps a value of the schema itself from being one that would be taken as it is."""
    if not judge.type.is_one(value):
        return f"must be {judge.type.name}, not {kind_of(value)}"
    found = Misfits([])
    judge.fitted(value, "", found)
    return None if not found.problems else f"{found.problems[0].pointer} {found.problems[0].detail}".strip()


def _bounds(low: Any, high: Any, measure: Callable[[Any], Any], says: str) -> Iterator[Check]:
    if low is not None:
        least = _exact(low)
        yield lambda value: None if measure(value) >= least else f"{says} {low} at least"
    if high is not None:
        most = _exact(high)
        yield lambda value: None if measure(value) <= most else f"{says} {high} at most"


def _exact(bound: float) -> int | Decimal:
    return Decimal(repr(bound)) if isinstance(bound, float) else bound


def _of_format(format_: InputFormat) -> Check:
    return lambda value: wrong_format(format_, value)


def _of_pattern(matches: Callable[[str], bool], pattern: str) -> Check:
    return lambda value: None if matches(value) else f"must fit the pattern {pattern}"
