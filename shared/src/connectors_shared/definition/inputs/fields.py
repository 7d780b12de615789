"""A field of an input schema, ready to judge what is given for it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors_shared.definition.inputs.numbers import is_infinite
from connectors_shared.definition.inputs.types import MISFIT, InputType, kind_of
from connectors_shared.definition.problems import Place, Problem

MOST_TOLD: Final = 20
BEYOND: Final = "holds a number beyond the range of numbers"
Check = Callable[[Any], str | None]
"""What is wrong with a value of the right type, or None."""


@dataclass(slots=True)
class Misfits:
    """What does not fit, and where; the first of them, and how many there are beside."""

    problems: list[Problem]
    untold: int = 0

    def add(self, place: str | Place, detail: str) -> None:
        if len(self.problems) < MOST_TOLD:
            self.problems.append(Problem(str(place), detail))
        else:
            self.untold += 1


@dataclass(frozen=True, slots=True)
class Field:
    """`default` is of the type. `properties` are those of an object, `items` is what a list holds."""

    type: InputType
    required: bool = False
    default: Any = None
    checks: tuple[Check, ...] = ()
    properties: "Fields | None" = None
    items: "Field | None" = None

    def fitted(self, value: Any, place: str | Place, found: Misfits) -> Any:
        """The value as the request gets it; whatever it is when a problem was reported."""
        if not self.type.is_one(value):
            coerced = self.type.coerce(value)
            if coerced is MISFIT:
                found.add(place, f"must be {self.type.name}, not {kind_of(value)}")
                return value
            value = coerced
        for check in self.checks:
            wrong = check(value)
            if wrong is not None:
                found.add(place, wrong)
                return value
        if self.properties is not None:
            return self.properties.filled(value, place, found)
        if self.items is not None:
            return [self.items.fitted(item, Place(place, index), found) for index, item in enumerate(value)]
        return value


@dataclass(frozen=True, slots=True)
class Fields:
    """By name, in the order in which a form shows them."""

    by_name: tuple[tuple[str, Field], ...] = ()

    def filled(self, given: Mapping[str, Any], place: str | Place, found: Misfits) -> dict[str, Any]:
        """With defaults in. What has another name stays as it is; an empty text is no value."""
        filled = dict(given)
        for name, field in self.by_name:
            value = filled.get(name)
            if value is not None and value != "":
                filled[name] = field.fitted(value, Place(place, name), found)
            elif field.default is not None:
                filled[name] = field.default
            elif field.required:
                found.add(Place(place, name), "is required")
            elif value is not None:
                del filled[name]
        return filled

    def __iter__(self) -> Iterator[tuple[str, Field]]:
        return iter(self.by_name)


def fit(fields: Fields, inputs: Mapping[str, Any], place: str = "") -> dict[str, Any] | Misfits:
    """The inputs as a request gets them, or everything that does not fit, with pointers below `place`."""
    found = Misfits([])
    for name, value in inputs.items():
        if is_infinite(value):
            found.add(Place(place, name), BEYOND)
    filled = fields.filled(inputs, place, found)
    return found if found.problems else filled
