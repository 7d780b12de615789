"""Bodies with placeholders: a JSON value, JSON as text, form fields or raw text, each compiled once."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import msgspec

from connectors_shared.contract.connector import BodyType
from connectors_shared.definition.templates import (
    CLOSING,
    OPENING,
    InputReference,
    Template,
    TemplateError,
    parse_template,
)

MAX_DEPTH: Final = 64
TOKEN: Final = re.compile(r'["\\\[\]{}]')
TOO_DEEP: Final = f"the body is nested deeper than {MAX_DEPTH} levels"

Node = Any
"""A JSON value in which every string that holds a placeholder has become a Template."""


@dataclass(frozen=True, slots=True)
class BodyPart:
    """The body: a JSON tree, form fields or raw text, compiled."""

    type: BodyType
    tree: Node = None
    form: tuple[tuple[str, Template], ...] = ()
    raw: Template | None = None

    def references(self) -> list[InputReference]:
        """Every placeholder, as often as it stands there."""
        templates = [template for _, template in self.form] + templates_in(self.tree)
        return [reference for t in [*templates, *([self.raw] if self.raw else [])] for reference in t.references]


def compile_body(body_type: BodyType | None, body: Any) -> BodyPart | None:
    """None when there is no body. Raises TemplateError."""
    if body is None or body == "":
        return None
    kind = body_type or BodyType.JSON
    if kind is BodyType.JSON:
        return BodyPart(kind, tree=parse_json_text(body) if isinstance(body, str) else parse_tree(body))
    if kind is BodyType.FORM:
        return BodyPart(kind, form=_form_fields(body))
    return BodyPart(kind, raw=parse_template(body if isinstance(body, str) else str(body)))


def parse_tree(value: Any, depth: int = 0) -> Node:
    """Compile a JSON value; strings without placeholders stay strings. Raises TemplateError."""
    if isinstance(value, str):
        return parse_template(value) if OPENING in value else value
    if not isinstance(value, Mapping | list):
        return value
    if depth >= MAX_DEPTH:
        raise TemplateError(TOO_DEEP)
    if isinstance(value, list):
        return [parse_tree(item, depth + 1) for item in value]
    return {str(key): parse_tree(item, depth + 1) for key, item in value.items()}


def render_tree(node: Node, inputs: Mapping[str, Any]) -> Any:
    if isinstance(node, Template):
        return node.value(inputs)
    if isinstance(node, dict):
        return {key: render_tree(item, inputs) for key, item in node.items()}
    if isinstance(node, list):
        return [render_tree(item, inputs) for item in node]
    return node


def templates_in(node: Node) -> list[Template]:
    if isinstance(node, Template):
        return [node]
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [template for item in inner for template in templates_in(item)]


def parse_json_text(text: str) -> Node:
    """JSON as typed into the wizard, where a placeholder may stand bare: `{"age": {{input.age}}}`.

    Raises TemplateError, also for what Python takes for JSON and others do not: NaN, 1e999, half a character.
    """
    quoted = _quote_bare(text)
    try:
        value = json.loads(quoted, parse_constant=_refuse_constant, parse_float=_finite)
        msgspec.json.encode(value)
    except json.JSONDecodeError as error:
        raise TemplateError(f"the body is not JSON: {error.msg} at line {error.lineno}") from None
    except TemplateError:
        raise
    except ValueError:
        raise TemplateError("the body is not JSON: it holds a number or character that cannot be sent") from None
    return parse_tree(value)


def _refuse_constant(word: str) -> Any:
    raise TemplateError(f"the body is not JSON: {word} is no number that JSON has")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise TemplateError("the body is not JSON: a number is too large")
    return number


def _form_fields(body: Any) -> tuple[tuple[str, Template], ...]:
    """`{"a": "1"}` or `[{"key": "a", "value": "1"}]`."""
    if isinstance(body, Mapping):
        return tuple((str(key), parse_template(_field_text(value))) for key, value in body.items())
    if not isinstance(body, list) or not all(isinstance(row, Mapping) and "key" in row for row in body):
        raise TemplateError("a form body is an object of names and values")
    return tuple((str(row["key"]), parse_template(_field_text(row.get("value", "")))) for row in body)


def _field_text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _quote_bare(text: str) -> str:
    """Put quotes around placeholders outside of strings; a lone placeholder keeps its type anyway.

    Raises TemplateError when brackets are nested too deep for a parser that recurses.
    """
    out: list[str] = []
    done, position, depth, inside_string, closed = 0, 0, 0, False, True
    while token := TOKEN.search(text, position):
        at, character = token.start(), token[0]
        position = at + 1
        if character == '"':
            inside_string = not inside_string
        elif inside_string:
            position += character == "\\"
        elif closed and text.startswith(OPENING, at):
            closing = text.find(CLOSING, at + len(OPENING))
            closed = closing >= 0
            if closed:
                position = closing + len(CLOSING)
                out += (text[done:at], json.dumps(text[at:position]))
                done = position
        else:
            depth += (character in "[{") - (character in "]}")
            if depth > MAX_DEPTH:
                raise TemplateError(TOO_DEEP)
    return "".join([*out, text[done:]])
