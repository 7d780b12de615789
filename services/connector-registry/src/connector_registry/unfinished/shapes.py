"""What is asked and answered about executions without an outcome."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from connector_registry.history.port import Outcome
from connector_registry.unfinished.port import Called, CallOff, Letter, ParkedExecution, ParkedPage
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.failure import DeadReason
from connectors_shared.http.openapi import request_body

LETTER_PATTERN: Final = r"^[0-9]{1,9}:[0-9]{1,18}$"
MOST_AT_ONCE: Final = 100
FlowId = Annotated[str, Field(min_length=1, max_length=200)]
LetterId = Annotated[str, StringConstraints(pattern=LETTER_PATTERN)]
_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
PLACE_PATTERN: Final = rf"^{_UUID}:({_UUID})?$"
"""As executors write where a list goes on."""
CursorText = Annotated[str, Field(pattern=PLACE_PATTERN, description="next_cursor of the answer before.")]


class ParkedLine(BaseModel):
    """An execution that waits, and has had no outcome yet. `reason` is a word that stays, `detail` says it. `until`:
    when it is looked at again, null while others of its connector are being run. `ends_at`: then it ends, called or
    not. `under_way`: it is being run now.
    """

    execution_id: UUID
    connector_id: UUID
    flow_id: str | None
    lane: str
    reason: str
    detail: str
    attempt: int
    parked_at: datetime
    until: datetime | None
    ends_at: datetime | None
    under_way: bool


class ParkedLines(BaseModel):
    """By connector, and of each in the order in which they will run. Go on while there is a `next_cursor`: a request
    looks at a bounded part, so a page may be short, or empty, before the end.
    """

    executions: list[ParkedLine]
    next_cursor: str | None


class CancelDraft(BaseModel):
    """Either some executions by their ids, or all of a connector, of a flow, or of the flow's for that connector.
    `cursor` is the `next_cursor` of the answer before.
    """

    model_config = ConfigDict(extra="forbid")

    execution_ids: Annotated[list[UUID], Field(max_length=MOST_AT_ONCE)] = Field(default_factory=list)
    connector_id: UUID | None = None
    flow_id: FlowId | None = None
    cursor: CursorText | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.execution_ids) == (self.connector_id is not None or self.flow_id is not None):
            raise ValueError("give either execution_ids, or connector_id or flow_id or both")
        return self


class CancelledLine(BaseModel):
    """`under_way`: it is being run; when its call has begun it ends with that, else as cancelled. `not_parked`: it has
    run, or was never parked here.
    """

    execution_id: UUID
    outcome: Called


class Cancelled(BaseModel):
    """`cancelled`: how many are now, and were not before. `executions`: what became of each that was named. With a
    `next_cursor` send it again with that as `cursor`: each request does a part.
    """

    cancelled: int
    executions: list[CancelledLine]
    next_cursor: str | None


class ResumedView(BaseModel):
    """`lifted`: what held it back and does no more: `rate_limited` (its API had asked for quiet, or for fewer calls),
    `breaker_open`, `unhealthy`; empty when nothing of that did. `parked`: how many executions wait, and go on as
    its own limit lets them.
    """

    lifted: list[str]
    parked: int


class LetterLine(BaseModel):
    """A message that could not be worked on, and was set aside. `attempts`: how often that has happened to it. `status`
    and `executed_at`: the outcome that its execution has in the history; an execution that was set aside has had it
    since, by a replay or another message of the same id. `applied_at`: when a result that its mapping had refused was
    applied all the same, after a replay.
    """

    id: str
    at: datetime | None
    reason: str | None
    detail: str
    attempts: int | None
    execution_id: UUID | None
    connector_id: UUID | None
    size_bytes: int
    status: str | None
    executed_at: datetime | None
    applied_at: datetime | None


class LetterLines(BaseModel):
    """The newest first. Go on while there is a `next_cursor`, also behind a page that is short, or empty."""

    dead_letters: list[LetterLine]
    next_cursor: str | None


class ReplayDraft(BaseModel):
    """`ids` are of letters of that kind: each kind has its own."""

    model_config = ConfigDict(extra="forbid")

    kind: LetterKind = LetterKind.EXECUTION
    ids: Annotated[list[LetterId], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Replay(StrEnum):
    REPLAYED = "replayed"
    ENDED_ALREADY = "ended_already"
    NOT_FOUND = "not_found"


class ReplayedLine(BaseModel):
    """`ended_already`: it is an execution that has an outcome, so it is not sent again."""

    id: str
    execution_id: UUID | None
    outcome: Replay


class ReplayedLines(BaseModel):
    """What became of each."""

    dead_letters: list[ReplayedLine]


CANCEL_BODY: Final = request_body(CancelDraft)
REPLAY_BODY: Final = request_body(ReplayDraft)


def parked_lines(page: ParkedPage) -> ParkedLines:
    return ParkedLines(executions=[_parked_line(each) for each in page.parked], next_cursor=page.next)


def cancelled(answer: CallOff) -> Cancelled:
    lines = [CancelledLine(execution_id=each.execution_id, outcome=each.outcome) for each in answer.executions]
    return Cancelled(cancelled=answer.cancelled, executions=lines, next_cursor=answer.next)


def letter_line(letter: Letter, outcome: Outcome | None, applied_at: datetime | None) -> LetterLine:
    return LetterLine(
        id=letter.cursor,
        at=letter.at,
        reason=letter.reason,
        detail=letter.detail,
        attempts=letter.attempts,
        execution_id=letter.execution_id,
        connector_id=letter.connector_id,
        size_bytes=letter.size,
        status=outcome and outcome.status,
        executed_at=outcome and outcome.executed_at,
        applied_at=applied_at if letter.reason == DeadReason.MAPPING_REFUSED else None,
    )


def _parked_line(each: ParkedExecution) -> ParkedLine:
    return ParkedLine(
        execution_id=each.execution_id,
        connector_id=each.connector_id,
        flow_id=each.flow_id,
        lane=each.lane.value,
        reason=each.reason,
        detail=each.detail,
        attempt=each.attempt,
        parked_at=each.parked_at,
        until=each.until,
        ends_at=each.ends_at,
        under_way=each.leased,
    )
