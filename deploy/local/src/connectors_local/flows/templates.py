"""`{{contact.phone}}` and `{{enrichedData.city}}`: the product's own templates, over what a run knows.

The grammar of definitions knows the inputs of a call. A flow has many names instead, so its placeholders are read as if
they stood in the inputs: what that grammar can do, such as defaults and filters, can be done here.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from connectors_shared.definition.templates import (
    ABSENT,
    ENCODER,
    OPENING,
    Template,
    TemplateError,
    holds_placeholder,
    parse_template,
    placeholders,
)

CONTACT: Final = "contact"
INPUT: Final = "input"
RESERVED: Final = frozenset({CONTACT, INPUT})
DEEPEST_VALUE: Final = 20
"""Of the values of a step, whose texts may be templates."""
KEPT: Final = 2048


class TooDeepError(ValueError):
    """A value has more levels than templates are looked for in."""


@lru_cache(maxsize=KEPT)
def compiled(text: str) -> Template:
    """Raises TemplateError, whose message names the placeholder as it was written."""
    parts, end = [], 0
    for start, stop in placeholders(text):
        parts += [text[end : start + len(OPENING)], INPUT, ".", text[start + len(OPENING) : stop].lstrip()]
        end = stop
    try:
        return parse_template("".join([*parts, text[end:]]))
    except TemplateError as error:
        raise TemplateError(str(error).replace(f"{OPENING}{INPUT}.", OPENING)) from None


def names_in(value: Any) -> Iterator[str]:
    """The first names of all placeholders of a JSON value. Raises TemplateError and TooDeepError."""
    for text in texts_of(value):
        if holds_placeholder(text):
            yield from (reference.name for reference in compiled(text).references)


def texts_of(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        if depth >= DEEPEST_VALUE:
            raise TooDeepError(f"is nested deeper than {DEEPEST_VALUE} levels")
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts_of(each, depth + 1)


def rendered(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with its templates filled in; a text that is one placeholder keeps the type of what it stands for, and
    null where nothing is known. What stands in an object is left out then. Raises ValueError where a filter refuses.

    Numbers are plain ones, which is how they are stored: templates make decimals of those that are written in them."""
    found = _rendered(value, {INPUT: known})
    return None if found is ABSENT else msgspec.json.decode(ENCODER.encode(found))


def _rendered(value: Any, scope: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return compiled(value).value(scope) if holds_placeholder(value) else value
    if isinstance(value, dict):
        found = {name: _rendered(each, scope) for name, each in value.items()}
        return {name: each for name, each in found.items() if each is not ABSENT}
    if isinstance(value, list):
        return [None if each is ABSENT else each for each in (_rendered(each, scope) for each in value)]
    return value
