"""A JSON value with placeholders in its strings, or JSON as text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from connectors_shared.definition.bodies.json_text import MAX_DEPTH, TOO_DEEP, read_json_text
from connectors_shared.definition.bodies.kind import BodyKind, CompiledBody
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.problems import Place
from connectors_shared.definition.templates import OPENING, InputReference, Template, TemplateError

Node = Any
"""A JSON value in which every string that holds a placeholder has become a Template."""


@dataclass(frozen=True, slots=True)
class JsonBody:
    tree: Node

    def references(self) -> list[InputReference]:
        return [reference for template in _templates_in(self.tree) for reference in template.references]

    def templates(self) -> Iterator[tuple[str, Template]]:
        return _placed(self.tree, "")

    def render(self, inputs: Mapping[str, Any]) -> bytes:
        return msgspec.json.encode(render_tree(self.tree, inputs))


def render_tree(node: Node, inputs: Mapping[str, Any]) -> Any:
    if isinstance(node, Template):
        return node.value(inputs)
    if isinstance(node, dict):
        return {key: render_tree(item, inputs) for key, item in node.items()}
    if isinstance(node, list):
        return [render_tree(item, inputs) for item in node]
    return node


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
