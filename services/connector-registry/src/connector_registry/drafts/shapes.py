"""What a caller sends and gets of drafts."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import ConfigDict, Field

from connector_registry.drafts.port import Draft, DraftHead
from connector_registry.examples.port import MOST_EXAMPLES, ExampleDraft
from connectors_shared.contract.model import Message
from connectors_shared.http.openapi import idempotent_body, request_body

Step = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[a-z]+$")]
Document = Annotated[dict[str, Any], Field(description="As for POST or PUT of /api/connectors, finished or not.")]


class DraftChange(Message):
    """`step`: where to go on. `examples`: what becomes examples of the connector when it is saved."""

    model_config = ConfigDict(extra="forbid")

    connector: Document
    step: Step = "basic"
    base_revision: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    examples: Annotated[list[ExampleDraft], Field(max_length=MOST_EXAMPLES)] = Field(default_factory=list)


class DraftStart(DraftChange):
    """`connectorId`: what it is a change of, at `baseRevision`; without it, it is a new one."""

    connector_id: UUID | None = None


START_BODY: Final = idempotent_body(DraftStart)
CHANGE_BODY: Final = request_body(DraftChange)


class DraftLine(Message):
    """`name`, `icon` and `category` as far as they were given. It is gone at `expiresAt`, unless it is changed."""

    id: UUID
    connector_id: UUID | None
    base_revision: int | None
    step: str
    name: str
    icon: str
    category: str
    revision: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime


class DraftView(DraftLine):
    """With the connector and its examples, without what is secret."""

    connector: dict[str, Any]
    examples: list[ExampleDraft]


class DraftList(Message):
    """The last changed first, all of them."""

    drafts: list[DraftLine]


def line(head: DraftHead) -> DraftLine:
    return DraftLine(**_told(head))


def view(draft: Draft) -> DraftView:
    examples = [ExampleDraft.model_validate(example) for example in draft.examples]
    return DraftView(**_told(draft.head()), connector=draft.document, examples=examples)


def _told(head: DraftHead) -> dict[str, Any]:
    return {name: getattr(head, name) for name in DraftLine.model_fields}
