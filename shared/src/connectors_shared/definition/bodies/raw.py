"""Text as it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors_shared.definition.bodies.kind import BodyKind, CompiledBody
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.templates import InputReference, Template


@dataclass(frozen=True, slots=True)
class RawBody:
    template: Template

    def references(self) -> list[InputReference]:
        return list(self.template.references)

    def templates(self) -> Iterator[tuple[str, Template]]:
        yield "", self.template

    def render(self, inputs: Mapping[str, Any]) -> bytes:
        return self.template.text(inputs).encode()


def _compile(body: Any, pointer: str, found: Compilation) -> CompiledBody | None:
    if isinstance(body, str):
        return RawBody(found.template(pointer, body))
    found.refuse(pointer, "a raw body must be text")
    return None


RAW = BodyKind("raw", "Text", "Text, sent as it is.", "text/plain; charset=utf-8", "text", _compile)
