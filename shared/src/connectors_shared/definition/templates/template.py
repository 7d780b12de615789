"""A text with placeholders, ready to be filled."""

from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, Final

import msgspec

from connectors_shared.definition.templates.reference import SHORT, Reference, parse_reference
from connectors_shared.definition.templates.roots import Scope
from connectors_shared.definition.templates.scanner import CLOSING, OPENING, end_of
from connectors_shared.definition.templates.texts import TemplateError, text_of

MOST_PLACEHOLDERS: Final = 10_000
"""In one text."""


class Absence(Enum):
    """What there is instead of a value that nobody gave."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT


class Template(msgspec.Struct, frozen=True, gc=False):
    """Text with placeholders. `lone`: the one that it is made of, which keeps its value's type."""

    segments: tuple[str | Reference, ...]
    references: tuple[Reference, ...] = ()
    lone: Reference | None = None

    def text(self, scope: Scope, escape: Callable[[str], str] | None = None) -> str:
        """The rendered text; only the values are escaped, the author's own text stays as written."""
        if not self.references:
            return str(self.segments[0])
        parts = []
        for segment in self.segments:
            if isinstance(segment, str):
                parts.append(segment)
                continue
            value = segment.resolve(scope)
            text = text_of(value) if value is not None else "null" if segment.says_null else ""
            parts.append(escape(text) if escape else text)
        return "".join(parts)

    def value(self, scope: Scope) -> Any:
        """Like `text`, but a lone placeholder gives the value itself: a number stays a number. ABSENT when nobody gave
        one; null only where the author asks for it, by `?? null`.
        """
        if self.lone is None:
            return self.text(scope)
        value = self.lone.resolve(scope)
        return value if value is not None or self.lone.says_null else ABSENT


def template_of(segments: Sequence[str | Reference]) -> Template:
    """Of texts and placeholders, in their order."""
    references = tuple([segment for segment in segments if isinstance(segment, Reference)])
    lone = references[0] if len(segments) == len(references) == 1 else None
    return Template(tuple(segments) or ("",), references, lone)


def parse_template(text: str) -> Template:
    """Raises TemplateError naming the placeholder that cannot be read, and at which character."""
    if OPENING not in text:
        return Template((text,))
    return _parse_short(text) if len(text) <= SHORT else _parse(text)


@lru_cache(maxsize=4096)
def _parse_short(text: str) -> Template:
    """The same few texts stand in many connectors, and connectors are compiled again and again."""
    return _parse(text)


def _parse(text: str) -> Template:
    segments: list[str | Reference] = []
    start = end = count = 0
    while (start := text.find(OPENING, start)) >= 0 and (stop := end_of(text, start)) is not None:
        if start > end:
            segments.append(text[end:start])
        inside = start + len(OPENING)
        segments.append(parse_reference(text[inside : stop - len(CLOSING)], inside))
        start = end = stop
        count += 1
        if count > MOST_PLACEHOLDERS:
            raise TemplateError(f"holds more than {MOST_PLACEHOLDERS} placeholders")
    if end < len(text) or not segments:
        segments.append(text[end:])
    return template_of(segments)
