"""What the executor tells of executions without an outcome, and does with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID

from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.execution import Lane
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.model import Message
from connectors_shared.http.problems import ProblemError


class ParkedExecution(Message):
    """One that waits. `until`: when it is looked at again. `leased`: it is being run now."""

    execution_id: UUID
    connector_id: UUID
    flow_id: str | None = None
    lane: Lane
    reason: str
    detail: str
    attempt: int
    parked_at: datetime
    until: datetime | None = None
    ends_at: datetime | None = None
    leased: bool


class ParkedPage(Message):
    """With a `next` there may be more, even where this has none."""

    parked: list[ParkedExecution]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parked executions; None means any."""

    connector_id: UUID | None = None
    flow_id: str | None = None
    execution_id: UUID | None = None


class Called(StrEnum):
    """What calling off one execution came to."""

    CANCELLED = "cancelled"
    UNDER_WAY = "under_way"
    CANCELLED_BEFORE = "cancelled_before"
    NOT_PARKED = "not_parked"


class CalledOff(Message):
    execution_id: UUID
    outcome: Called


class CallOff(Message):
    """`executions`: of those that were named."""

    cancelled: int
    executions: list[CalledOff]
    next: str | None = None


class Letter(Message):
    """A dead letter; `cursor` is its place."""

    cursor: str
    at: datetime | None = None
    reason: str | None = None
    detail: str
    attempts: int | None = None
    execution_id: UUID | None = None
    connector_id: UUID | None = None
    size: int


class LetterPage(Message):
    letters: list[Letter]
    next_cursor: str | None = None


class Resumed(Message):
    """`lifted`: codes of what held the connector back; `parked`: how many of its executions wait."""

    lifted: list[str]
    parked: int


class UnfinishedAwayError(ProblemError):
    status = 503
    kind = "executor-unavailable"
    title = "The executor does not answer"
    detail = "Send it again in a few seconds; what was asked for may be done by then, and is not done twice."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds."}

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


class TooManyLooksError(ProblemError):
    status = 429
    kind = "too-many-requests"
    title = "The workspace has too many of these requests under way"
    detail = "Send it again after Retry-After seconds, with fewer at once."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds after which it may be sent again."}


class LettersGoneError(ProblemError):
    status = 404
    kind = "no-such-dead-letter"
    title = "A dead letter is not there any more"
    detail = "Nothing was replayed. List the dead letters for those that are there, and send it again with them."


class Unfinished(Protocol):
    """Of one workspace, and never another's. Raises UnfinishedAwayError, and what an executor refuses:
    InvalidRequestError, TooManyLooksError.
    """

    async def parked(self, workspace_id: UUID, wanted: Wanted, cursor: str | None, limit: int) -> ParkedPage: ...

    async def call_off(self, workspace_id: UUID, execution_ids: Sequence[UUID]) -> CallOff: ...

    async def call_off_all(
        self, workspace_id: UUID, connector_id: UUID | None, flow_id: str | None, cursor: str | None
    ) -> CallOff:
        """Of a connector, of a flow, or of the flow's for the connector: a part, and where to go on."""
        ...

    async def resume(self, workspace_id: UUID, connector_id: UUID) -> Resumed:
        """Try it now, whatever its API has asked for or shown. Raises UnknownConnectorError."""
        ...

    async def letters(
        self,
        workspace_id: UUID,
        kind: LetterKind,
        connector_id: UUID | None,
        reason: DeadReason | None,
        cursor: str | None,
        limit: int,
    ) -> LetterPage:
        """The newest first."""
        ...

    async def find(self, workspace_id: UUID, kind: LetterKind, cursors: Sequence[str]) -> list[Letter]:
        """Those that are there."""
        ...

    async def replay(self, workspace_id: UUID, kind: LetterKind, cursors: Sequence[str]) -> None:
        """All of them. Raises LettersGoneError where one is not there, and replays none then."""
        ...
