"""Dead letters as JSON: what is told of one, what may be asked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from connector_executor.dead_letters.letter import CURSOR_PATTERN, Letter, LetterFilter
from connector_executor.dead_letters.paging import Page
from connector_executor.dead_letters.service import Replayed
from connector_executor.inbound.http.shapes import Shape
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.failure import DeadReason

CursorText = Annotated[str, StringConstraints(pattern=CURSOR_PATTERN)]
"""`partition:offset`"""
MOST_CURSORS = 100
FOREIGN = "its dead- headers are missing, or newer than this executor"


class LetterShape(Shape):
    """`topic`, `partition` and `offset` are the original's. `size` is that of its value, in bytes."""

    cursor: CursorText
    at: datetime | None
    reason: DeadReason | None
    detail: str
    topic: str | None
    partition: int | None
    offset: int | None
    attempts: int | None
    execution_id: UUID | None
    connector_id: UUID | None
    workspace_id: UUID | None
    size: int
    payload: str | None = None
    """The original value as text; only when asked for."""


class LetterPage(Shape):
    """With a `nextCursor` there is more to look at, even when no letter of this page matched."""

    letters: list[LetterShape]
    next_cursor: CursorText | None


class Matching(Shape):
    """`cursor` and `until` are those of the answer before."""

    reason: DeadReason | None = None
    connector_id: UUID | None = None
    workspace_id: UUID | None = None
    cursor: CursorText | None = None
    until: list[CursorText] = Field(default_factory=list, max_length=1000)

    def filter(self) -> LetterFilter:
        return LetterFilter(self.reason, self.connector_id, self.workspace_id)


class ReplayRequest(Shape):
    """Either some letters by their cursors, or all that match; `{"matching": {}}` is every letter. With `workspaceId`
    there are no letters but those of that workspace; one that cannot be read is nobody's.
    """

    kind: LetterKind = LetterKind.EXECUTION
    cursors: list[CursorText] = Field(default_factory=list, max_length=MOST_CURSORS)
    workspace_id: UUID | None = None
    matching: Matching | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.cursors) == (self.matching is not None):
            raise ValueError("give either cursors or matching")
        if self.matching is not None and self.workspace_id is not None:
            raise ValueError("give workspaceId within matching")
        return self


class FindRequest(Shape):
    """Letters of a workspace by their cursors, which are of their kind."""

    kind: LetterKind = LetterKind.EXECUTION
    workspace_id: UUID
    cursors: Annotated[list[CursorText], Field(min_length=1, max_length=MOST_CURSORS)]


class ReplayAnswer(Shape):
    """With a `nextCursor` ask again, with it as `cursor` and with `until`: each request replays a part."""

    replayed: int
    next_cursor: CursorText | None = None
    until: list[CursorText] = Field(default_factory=list)


def letter_shape(letter: Letter, *, with_payload: bool) -> LetterShape:
    death, named = letter.death, letter.identity
    return LetterShape(
        cursor=str(letter.cursor),
        at=death.at if death else None,
        reason=death.reason if death else None,
        detail=death.detail if death else FOREIGN,
        topic=death.topic if death else None,
        partition=death.partition if death else None,
        offset=death.offset if death else None,
        attempts=death.attempts if death else None,
        execution_id=named.execution_id,
        connector_id=named.connector_id,
        workspace_id=named.workspace_id,
        size=len(letter.value),
        payload=letter.value.decode(errors="replace") if with_payload else None,
    )


def page_shape(page: Page, *, with_payload: bool) -> LetterPage:
    return LetterPage(
        letters=[letter_shape(letter, with_payload=with_payload) for letter in page.letters],
        next_cursor=_text(page.next),
    )


def replay_answer(replayed: Replayed) -> ReplayAnswer:
    return ReplayAnswer(replayed=replayed.count, next_cursor=_text(replayed.next), until=_texts(replayed.until))


def _text(cursor: object | None) -> str | None:
    return None if cursor is None else str(cursor)


def _texts(cursors: Iterable[object]) -> list[str]:
    return [str(cursor) for cursor in cursors]
