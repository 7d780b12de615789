"""What a kind of body is: how it is written in a definition, and what it becomes on the wire."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.templates import Reference, Scope, Template


class CompiledBody(Protocol):
    """A body whose placeholders are found."""

    def references(self) -> list[Reference]:
        """Every placeholder, as often as it stands there."""

    def templates(self) -> Iterator[tuple[str, Template]]:
        """Those that it is made of, with their names in it: of the field, or a JSON pointer. What of JSON holds no
        placeholder is none."""

    def render(self, scope: Scope) -> bytes:
        """The bytes on the wire."""


Compile = Callable[[Any, str, Compilation], CompiledBody | None]
"""From the body as it was written and its pointer; None when a problem was reported."""


@dataclass(frozen=True, slots=True)
class BodyKind:
    """`content_type` is sent unless the definition has a Content-Type of its own.

    `control` is how a form asks for it: `json`, `rows` of names and values, or `text`.
    """

    type: str
    title: str
    description: str
    content_type: str
    control: Literal["json", "rows", "text"]
    compile: Compile
