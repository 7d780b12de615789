"""What may be made of a value before it is written into its place. The list is closed, and each costs one reading.

Values are escaped for their place whatever filters do: `urlencode` is for an address within an address.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from connectors_shared.definition.templates.moments import FORMATS, date_filter
from connectors_shared.definition.templates.texts import ENCODER, TemplateError, UnrenderableError, text_of

MOST_FILTERS: Final = 5
"""Of one placeholder."""
MOST_CHARACTERS: Final = 4 * 1_048_576
"""Of what comes out of a filter: several in a row must not grow without end."""
Apply = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter with its arguments, ready to be applied to any value but null. It may raise UnrenderableError."""

    name: str
    arguments: tuple[Any, ...]
    apply: Apply = field(compare=False, repr=False)
    growth: int = 1


@dataclass(frozen=True, slots=True)
class FilterKind:
    """`parameters` are what it is given in parentheses. `growth`: how many times longer its text may become."""

    name: str
    help: str
    make: Callable[..., Apply]
    growth: int = 1
    parameters: tuple[str, ...] = ()


def _text(of_text: Callable[[str], str]) -> Callable[[], Apply]:
    return lambda: lambda value: _short(of_text(text_of(value)))


def _short(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise UnrenderableError(f"makes a text of more than {MOST_CHARACTERS} characters")
    return text


def _json() -> Apply:
    return lambda value: _short(ENCODER.encode(value).decode())


FILTERS: Final = {
    kind.name: kind
    for kind in (
        FilterKind("trim", "Without blanks at its ends.", _text(str.strip)),
        FilterKind("lower", "In lower case.", _text(str.lower), growth=3),
        FilterKind("upper", "In upper case.", _text(str.upper), growth=3),
        FilterKind("urlencode", "Percent-encoded.", _text(lambda text: quote(text, safe="")), growth=12),
        FilterKind("base64", "Its UTF-8 as Base64.", _text(lambda text: b64encode(text.encode()).decode()), growth=6),
        FilterKind("json", "As JSON text.", _json, growth=6),
        FilterKind("date", "A moment in a format and time zone.", date_filter, parameters=("format", "zone")),
    )
}
DATE_FORMATS: Final = tuple(FORMATS)


def filter_of(name: str, arguments: tuple[Any, ...]) -> Filter:
    """Raises TemplateError: what is wrong with it, as the end of a sentence about the placeholder."""
    kind = FILTERS.get(name)
    if kind is None:
        raise TemplateError(f"has no filter there; there are {', '.join(FILTERS)}")
    if len(arguments) != len(kind.parameters):
        shown = ", ".join(kind.parameters)
        raise TemplateError(f"gives {name} the wrong arguments: it is written {name}" + (f"({shown})" if shown else ""))
    return Filter(name, _hashable(arguments), kind.make(*arguments), kind.growth)


def _hashable(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(ENCODER.encode(argument) for argument in arguments)
