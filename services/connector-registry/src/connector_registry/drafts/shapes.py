"""What a caller sends and gets of drafts."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from connector_registry.drafts.port import Draft, DraftHead
from connector_registry.examples.port import MOST_EXAMPLES, ExampleDraft
from connectors_shared.contract.model import Message
from connectors_shared.contract.trial import RawResponse
from connectors_shared.http.openapi import idempotent_body, request_body

Step = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[a-z]+$")]
Document = Annotated[dict[str, Any], Field(description="As for POST or PUT of /api/connectors, finished or not.")]


class LastTest(Message):
    """`inputs`, `response` and `output` of the answer to a test, as they came, or a response without its text where
    that is too large to be kept (`truncated`). `configuration`: what was tested, by whatever the client tells it by;
    what differs from it now was changed since. It is given back as it came, so it must tell no secret.
    """

    model_config = ConfigDict(extra="forbid")

    tested_at: AwareDatetime
    configuration: Annotated[str, Field(max_length=64, pattern=r"^[0-9A-Za-z._:-]*$")] = ""
    inputs: dict[str, Any] = Field(default_factory=dict)
    response: RawResponse
    output: Any = None


class DraftChange(Message):
    """`step`: where to go on. `examples`: what becomes examples of the connector when it is saved. `lastTest`: whose
    answer is there again when somebody goes on."""

    model_config = ConfigDict(extra="forbid")

    connector: Document
    step: Step = "basic"
    base_revision: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    examples: Annotated[list[ExampleDraft], Field(max_length=MOST_EXAMPLES)] = Field(default_factory=list)
    last_test: LastTest | None = None


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
    """With the connector, its examples and the last test, without what is secret."""

    connector: dict[str, Any]
    examples: list[ExampleDraft]
    last_test: LastTest | None


class DraftList(Message):
    """The last changed first, all of them."""

    drafts: list[DraftLine]


def line(head: DraftHead) -> DraftLine:
    return DraftLine(**_told(head))


def view(draft: Draft) -> DraftView:
    examples = [ExampleDraft.model_validate(example) for example in draft.examples]
    tested = None if draft.last_test is None else LastTest.model_validate(draft.last_test)
    return DraftView(**_told(draft.head()), connector=draft.document, examples=examples, last_test=tested)


def _told(head: DraftHead) -> dict[str, Any]:
    return {name: getattr(head, name) for name in DraftLine.model_fields}
