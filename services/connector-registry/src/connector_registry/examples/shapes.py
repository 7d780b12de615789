"""What a caller sends and gets of examples."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from connector_registry.examples.port import Example, ExampleDraft
from connectors_shared.contract.model import Message
from connectors_shared.http.openapi import idempotent_body

EXAMPLE_BODY: Final = idempotent_body(ExampleDraft)


class ExampleLine(Message):
    """`size`: of the answer's text, in characters."""

    id: UUID
    name: str
    status: int
    content_type: str
    size: int
    created_at: datetime
    created_by: str


class ExampleView(ExampleLine):
    """In full, without what is secret. `text` is the answer."""

    inputs: Any
    text: str
    output: Any


class ExamplePage(Message):
    """Newest first. `nextCursor` asks for the page after this one; null on the last."""

    examples: list[ExampleLine]
    next_cursor: str | None


def line(example: Example) -> ExampleLine:
    return ExampleLine(**_told(example))


def view(example: Example) -> ExampleView:
    return ExampleView(**_told(example), inputs=example.inputs, text=example.text, output=example.output)


def _told(example: Example) -> dict[str, Any]:
    named = {name: getattr(example, name) for name in ExampleLine.model_fields if name != "size"}
    return named | {"size": len(example.text)}
