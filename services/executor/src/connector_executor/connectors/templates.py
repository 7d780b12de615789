"""`{{input.x}}`: parsed once, rendered per call, escaped by where it stands."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}")
REFERENCE = re.compile(r"input((?:\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]+\])+)")
SHORT = 100
STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]")


class TemplateError(ValueError):
    """A placeholder cannot be read; write it as {{input.name}}."""


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

    @property
    def references(self) -> tuple[InputReference, ...]:
        return tuple(segment for segment in self.segments if isinstance(segment, InputReference))

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
    for match in PLACEHOLDER.finditer(text):
        if match.start() > end:
            segments.append(text[end : match.start()])
        segments.append(_reference(match.group(1)))
        end = match.end()
    if end < len(text) or not segments:
        segments.append(text[end:])
    return Template(tuple(segments))


def text_of(value: Any) -> str:
    """How a value reads inside text: JSON words for what is not a string, nothing for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return msgspec.json.encode(value).decode()


Node = Any
"""A JSON value in which every string that holds a placeholder has become a Template."""


def parse_tree(value: Any) -> Node:
    """Compile a JSON value; strings without placeholders stay strings."""
    if isinstance(value, str):
        return parse_template(value) if "{{" in value else value
    if isinstance(value, Mapping):
        return {str(key): parse_tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [parse_tree(item) for item in value]
    return value


def render_tree(node: Node, inputs: Mapping[str, Any]) -> Any:
    if isinstance(node, Template):
        return node.value(inputs)
    if isinstance(node, dict):
        return {key: render_tree(item, inputs) for key, item in node.items()}
    if isinstance(node, list):
        return [render_tree(item, inputs) for item in node]
    return node


def parse_json_text(text: str) -> Node:
    """JSON as typed into the wizard, where a placeholder may stand bare: `{"age": {{input.age}}}`."""
    try:
        return parse_tree(json.loads(_quote_bare(text)))
    except json.JSONDecodeError as error:
        raise TemplateError(f"the body is not JSON: {error.msg} at line {error.lineno}") from None


def _reference(inside: str) -> InputReference:
    match = REFERENCE.fullmatch(inside)
    if not match:
        raise TemplateError(f"{{{{{inside}}}}} cannot be read; write it as {{{{input.name}}}}")
    steps = tuple(name if name else int(index) for name, index in STEP.findall(match.group(1)))
    return InputReference(steps)


def _quote_bare(text: str) -> str:
    """Put quotes around placeholders outside of strings; a lone placeholder keeps its type anyway."""
    out: list[str] = []
    inside_string = False
    position = 0
    while position < len(text):
        if not inside_string and (match := PLACEHOLDER.match(text, position)):
            out.append(json.dumps(match.group(0)))
            position = match.end()
            continue
        character = text[position]
        if inside_string and character == "\\":
            out.append(text[position : position + 2])
            position += 2
            continue
        inside_string ^= character == '"'
        out.append(character)
        position += 1
    return "".join(out)
