"""What an example is, what its rules need from the world, and how they refuse."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Protocol
from uuid import UUID

import msgspec
from pydantic import ConfigDict, Field, StringConstraints

from connectors_shared.contract.model import Message
from connectors_shared.contract.trial import RawResponse
from connectors_shared.http.cursor import Cursor
from connectors_shared.http.problems import ProblemError

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
MOST_EXAMPLES: Final = 20
"""Of a connector."""
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class ExampleDraft(Message):
    """A name beside `inputs`, `response` and `output` of the answer to a test, as they came."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    inputs: dict[str, Any] = Field(default_factory=dict)
    response: RawResponse
    output: Any = None


class ExampleMissing(ProblemError):  # noqa: N818
    """The connector has no such example."""

    status = 404
    kind = "not-found"
    title = "No such example"
    detail = "There is no example with this id of this connector in your workspace."


class ExampleExists(ProblemError):  # noqa: N818
    """The connector has one of that name."""

    status = 409
    kind = "example-exists"
    title = "There is an example of this name"
    detail = "Choose another name, or delete the one that is there."


class TooManyExamples(ProblemError):  # noqa: N818
    """The connector has as many as it may."""

    status = 409
    kind = "too-many-examples"
    title = "The connector has enough examples"
    detail = "Delete one first."


@dataclass(frozen=True, slots=True)
class Example:
    """A test that is kept, without what is secret. `text` is the answer, `output` what the transform made of it."""

    id: UUID
    workspace_id: UUID
    connector_id: UUID
    name: str
    inputs: Any = field(repr=False)
    status: int
    content_type: str
    text: str = field(repr=False)
    output: Any = field(repr=False)
    created_at: datetime
    created_by: str

    @property
    def document(self) -> Any:
        """The answer as a transform gets it."""
        if not is_json(self.content_type):
            return self.text
        try:
            return msgspec.json.decode(self.text)
        except UNREADABLE:
            return self.text


def is_json(content_type: str) -> bool:
    return "json" in content_type.lower()


class ExampleStore(Protocol):
    """Every call sees one workspace only. The examples of a connector go when that is purged."""

    async def add(self, example: Example, most: int) -> None:
        """Raises ExampleExists, TooManyExamples, or ConnectorMissing when the connector has gone meanwhile."""

    async def find(self, workspace_id: UUID, connector_id: UUID, example_id: UUID) -> Example | None: ...

    async def page(self, workspace_id: UUID, connector_id: UUID, limit: int, after: Cursor | None) -> list[Example]:
        """At most `limit`, newest first."""

    async def remove(self, workspace_id: UUID, connector_id: UUID, example_id: UUID) -> bool:
        """Whether there was one."""
