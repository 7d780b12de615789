"""A JSON value with placeholders in its strings, or JSON as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors_shared.definition.bodies.json_text import MAX_DEPTH, TOO_DEEP, read_json_text
from connectors_shared.definition.bodies.kind import BodyKind, CompiledBody
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.problems import Place
from connectors_shared.definition.templates import (
    ABSENT,
    ENCODER,
    OPENING,
    Reference,
    Scope,
    Template,
    TemplateError,
)

Node = Any
"""A JSON value in which every string that holds a placeholder has become a Template."""


@dataclass(frozen=True, slots=True)
class JsonBody:
    tree: Node

    def references(self) -> list[Reference]:
        return [reference for template in _templates_in(self.tree) for reference in template.references]

    def templates(self) -> Iterator[tuple[str, Template]]:
        return _placed(self.tree, "")

    def render(self, scope: Scope) -> bytes:
        return ENCODER.encode(_or_null(render_tree(self.tree, scope)))


def render_tree(node: Node, scope: Scope) -> Any:
    """A member that is a placeholder without a value is left out. An item of a list is null: its place counts."""
    if isinstance(node, Template):
        return node.value(scope)
    if isinstance(node, dict):
        return {key: value for key, item in node.items() if (value := render_tree(item, scope)) is not ABSENT}
    if isinstance(node, list):
        return [_or_null(render_tree(item, scope)) for item in node]
    return node


def _or_null(value: Any) -> Any:
    return None if value is ABSENT else value


def compile_tree(value: Any, pointer: str | Place, found: Compilation, depth: int = 0) -> Node:
    """Strings without placeholders stay strings."""
    if isinstance(value, str):
        return found.template(pointer, value) if OPENING in value else value
    if not isinstance(value, dict | list):
        return value
    if depth >= MAX_DEPTH:
        found.refuse(pointer, TOO_DEEP)
        return None
    if isinstance(value, list):
        return [compile_tree(item, Place(pointer, index), found, depth + 1) for index, item in enumerate(value)]
    return {str(key): _member(str(key), item, pointer, found, depth) for key, item in value.items()}


def _member(key: str, value: Any, pointer: str | Place, found: Compilation, depth: int) -> Node:
    inner = Place(pointer, key)
    if OPENING in key:
        found.plain_name(inner, key)
    return compile_tree(value, inner, found, depth + 1)


def _compile(body: Any, pointer: str, found: Compilation) -> CompiledBody | None:
    if not isinstance(body, str):
        return JsonBody(compile_tree(body, pointer, found))
    try:
        value = read_json_text(body)
    except TemplateError as error:
        found.refuse(pointer, str(error))
        return None
    inside = Compilation()
    tree = compile_tree(value, "", inside)
    found.take(inside, pointer)
    return JsonBody(tree)


def _templates_in(node: Node) -> list[Template]:
    if isinstance(node, Template):
        return [node]
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [template for item in inner for template in _templates_in(item)]


def _placed(node: Node, place: str | Place) -> Iterator[tuple[str, Template]]:
    if isinstance(node, Template):
        yield str(place), node
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in inner:
        yield from _placed(item, Place(place, key))


JSON = BodyKind(
    "json", "JSON", "A JSON value, or JSON as text; inputs keep their type.", "application/json", "json", _compile
)
