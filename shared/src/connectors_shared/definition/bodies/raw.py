"""Text as it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors_shared.definition.bodies.kind import BodyKind, CompiledBody
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.templates import Reference, Scope, Template


@dataclass(frozen=True, slots=True)
class RawBody:
    template: Template

    def references(self) -> list[Reference]:
        return list(self.template.references)

    def templates(self) -> Iterator[tuple[str, Template]]:
        yield "", self.template

    def render(self, scope: Scope) -> bytes:
        return self.template.text(scope).encode()


def _compile(body: Any, pointer: str, found: Compilation) -> CompiledBody | None:
    if isinstance(body, str):
        return RawBody(found.template(pointer, body))
    found.refuse(pointer, "a raw body must be text")
    return None


RAW = BodyKind("raw", "Text", "Text, sent as it is.", "text/plain; charset=utf-8", "text", _compile)
