"""`{{contact.phone}}` and `{{enrichedData.city}}`: the product's own templates, over what a run knows.

The grammar of definitions knows the inputs of a call. A flow has many names instead, so its placeholders are read as if
they stood in the inputs: what that grammar can do, such as defaults and filters, can be done here.
"""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from connectors_shared.definition.bodies.json_body import JsonBody, Node
from connectors_shared.definition.templates import (
    OPENING,
    Template,
    TemplateError,
    UnrenderableError,
    fills_more_than,
    holds_placeholder,
    parse_template,
    placeholders,
)

CONTACT: Final = "contact"
INPUT: Final = "input"
RESERVED: Final = frozenset({CONTACT, INPUT})
KEPT: Final = 2048
SHORT: Final = 1000
"""Characters of a text that is kept compiled: of a long one that takes many times its size."""
MOST_FILLED: Final = 1_048_576
"""Characters that values may fill in, of all templates that are rendered at once."""


def compiled(text: str) -> Template:
    """Raises TemplateError, whose message names the placeholder as it was written."""
    return _kept(text) if len(text) <= SHORT else _compiled(text)


@lru_cache(maxsize=KEPT)
def _kept(text: str) -> Template:
    return _compiled(text)


def _compiled(text: str) -> Template:
    parts, end = [], 0
    for start, stop in placeholders(text):
        parts += [text[end : start + len(OPENING)], INPUT, ".", text[start + len(OPENING) : stop].lstrip()]
        end = stop
    try:
        return parse_template("".join([*parts, text[end:]]))
    except TemplateError as error:
        raise TemplateError(str(error).replace(f"{OPENING}{INPUT}.", OPENING)) from None


def names_in(value: Any) -> list[str]:
    """The first names of all placeholders of a JSON value. Raises TemplateError."""
    return [reference.name for reference in JsonBody(tree_of(value)).references()]


def is_template(value: Any) -> bool:
    """Whether a text of it is filled in by a run. Raises TemplateError."""
    return next(JsonBody(tree_of(value)).templates(), None) is not None


def rendered(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with its templates filled in; a text that is one placeholder keeps the type of what it stands for, and
    null where nothing is known. What stands in an object is left out then. Raises ValueError where a filter refuses, or
    the values would make it too large.

    Numbers are plain ones, which is how they are stored: templates make decimals of those that are written in them."""
    body, scope = JsonBody(tree_of(value)), {INPUT: known}
    if fills_more_than(MOST_FILLED, Counter(body.references()), scope):
        raise UnrenderableError(f"the values would fill it with more than {MOST_FILLED} characters")
    return msgspec.json.decode(body.render(scope))


def tree_of(value: Any) -> Node:
    """Raises TemplateError."""
    if isinstance(value, str):
        return compiled(value) if holds_placeholder(value) else value
    if isinstance(value, dict):
        return {name: tree_of(each) for name, each in value.items()}
    return [tree_of(each) for each in value] if isinstance(value, list) else value
