"""`{{input.x}}`: parsed once, rendered per call, escaped by where it stands.

A placeholder reaches from `{{` to the next `}}` and holds a way: `input`, then steps `.name` or `[0]`. `{{` that is
never closed is text. Texts are untrusted and may be long, so they are scanned from left to right, once.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec

OPENING: Final = "{{"
CLOSING: Final = "}}"
ROOT: Final = "input"
STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]{1,9})\]")
MAX_INSIDE: Final = 1000
SHOWN: Final = 100
SHORT: Final = 100


class TemplateError(ValueError):
    """A placeholder, or the text around it, cannot be used; the message is for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class InputReference:
    """One placeholder: the way from the inputs to a value."""

    steps: tuple[str | int, ...]

    @property
    def name(self) -> str:
        return str(self.steps[0])

    def resolve(self, inputs: Mapping[str, Any]) -> Any:
        """The value, or None when any step of the way is absent."""
        found: Any = inputs
        for step in self.steps:
            if isinstance(step, str):
                found = found.get(step) if isinstance(found, dict) else None
            else:
                found = found[step] if isinstance(found, list) and step < len(found) else None
            if found is None:
                return None
        return found


@dataclass(frozen=True, slots=True)
class Template:
    """Text with placeholders. One that is a single placeholder keeps its value's type."""

    segments: tuple[str | InputReference, ...]
    references: tuple[InputReference, ...] = ()

    def text(self, inputs: Mapping[str, Any], escape: Callable[[str], str] | None = None) -> str:
        """The rendered text; only the values are escaped, the author's own text stays as written."""
        parts = []
        for segment in self.segments:
            if isinstance(segment, str):
                parts.append(segment)
            else:
                value = text_of(segment.resolve(inputs))
                parts.append(escape(value) if escape else value)
        return "".join(parts)

    def value(self, inputs: Mapping[str, Any]) -> Any:
        """Like `text`, but a lone placeholder gives the value itself: a number stays a number."""
        if len(self.segments) == 1 and isinstance(self.segments[0], InputReference):
            return self.segments[0].resolve(inputs)
        return self.text(inputs)


def parse_template(text: str) -> Template:
    """Raises TemplateError naming the placeholder that cannot be read."""
    return _parse_short(text) if len(text) <= SHORT else _parse(text)


@lru_cache(maxsize=4096)
def _parse_short(text: str) -> Template:
    """The same few texts stand in many connectors, and connectors are compiled again and again."""
    return _parse(text)


def _parse(text: str) -> Template:
    segments: list[str | InputReference] = []
    end = 0
    for start, stop in placeholders(text):
        if start > end:
            segments.append(text[end:start])
        segments.append(parse_reference(text[start + len(OPENING) : stop - len(CLOSING)]))
        end = stop
    if end < len(text) or not segments:
        segments.append(text[end:])
    return Template(tuple(segments), tuple([segment for segment in segments if isinstance(segment, InputReference)]))


def placeholders(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """(start, stop) of each placeholder, braces included, readable or not."""
    while (start := text.find(OPENING, start)) >= 0:
        closing = text.find(CLOSING, start + len(OPENING))
        if closing < 0:
            return
        stop = closing + len(CLOSING)
        yield start, stop
        start = stop


def holds_placeholder(text: str) -> bool:
    return OPENING in text and next(placeholders(text), None) is not None


def without_placeholders(text: str) -> str:
    """What the author wrote around them."""
    kept, end = [], 0
    for start, stop in placeholders(text):
        kept.append(text[end:start])
        end = stop
    return "".join([*kept, text[end:]])


def parse_reference(inside: str) -> InputReference:
    """What stands between the braces. Raises TemplateError."""
    way = inside.strip()
    steps = _steps(way.removeprefix(ROOT)) if way.startswith(ROOT) and len(way) <= MAX_INSIDE else ()
    if not steps:
        shown = way if len(way) <= SHOWN else way[:SHOWN] + "…"
        raise TemplateError(f"{{{{{shown}}}}} cannot be read; write it as {{{{input.name}}}}")
    return InputReference(steps)


def _steps(way: str) -> tuple[str | int, ...]:
    """Empty when any of it is no step."""
    steps: list[str | int] = []
    position = 0
    while position < len(way):
        found = STEP.match(way, position)
        if found is None:
            return ()
        steps.append(found[1] or int(found[2]))
        position = found.end()
    return tuple(steps)


def text_of(value: Any) -> str:
    """How a value reads inside text: JSON words for what is not a string, nothing for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return msgspec.json.encode(value).decode()
