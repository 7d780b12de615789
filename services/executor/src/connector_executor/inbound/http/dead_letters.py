"""`/internal/dead-letters`: look at what died, and replay it."""

from collections.abc import Awaitable, Mapping
from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from connector_executor.dead_letters.letter import Cursor, LetterFilter
from connector_executor.dead_letters.log import LettersAwayError
from connector_executor.dead_letters.paging import Walk
from connector_executor.dead_letters.replay import ReplayError
from connector_executor.dead_letters.service import DeadLetterService, NoSuchLettersError
from connector_executor.inbound.http.dead_letter_shapes import (
    CursorText,
    FindRequest,
    LetterPage,
    Matching,
    ReplayAnswer,
    ReplayRequest,
    letter_shape,
    page_shape,
    replay_answer,
)
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.failure import DeadReason
from connectors_shared.http.body import body_of
from connectors_shared.http.openapi import request_body
from connectors_shared.http.problems import FieldProblem, ProblemError, problem_responses

R = TypeVar("R")


class NoSuchDeadLetterError(ProblemError):
    status = 404
    kind = "no-such-dead-letter"
    title = "No such dead letter"
    detail = "Nothing was replayed. List the dead letters for the cursors that exist."


class KafkaAwayError(ProblemError):
    status = 503
    kind = "kafka-away"
    title = "Kafka does not answer"


class ReplayRefusedError(ProblemError):
    status = 503
    kind = "replay-refused"
    title = "Not all was replayed"


class Order(StrEnum):
    """By the time of death."""

    NEWEST = "newest"
    OLDEST = "oldest"


Services = Mapping[LetterKind, DeadLetterService]
"""For each kind."""


def dead_letters_router(services: Services) -> APIRouter:
    """All routes, without authentication."""
    router = APIRouter(prefix="/dead-letters", tags=["dead letters"], responses=problem_responses(KafkaAwayError))
    replaying, finding = Depends(body_of(ReplayRequest)), Depends(body_of(FindRequest))

    @router.get("", name="List dead letters")
    async def look(
        kind: LetterKind = LetterKind.EXECUTION,
        reason: DeadReason | None = None,
        connector_id: Annotated[UUID | None, Query(alias="connectorId")] = None,
        workspace_id: Annotated[UUID | None, Query(alias="workspaceId")] = None,
        order: Order = Order.NEWEST,
        cursor: Annotated[CursorText | None, Query(description="nextCursor of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        payload: Annotated[bool, Query(description="Adds the original value, which may be personal data.")] = False,
    ) -> LetterPage:
        """One request looks at a bounded part of the topic: go on while there is a `nextCursor`. Each kind has its own
        topic, and so its own cursors."""
        walk = Walk(newest_first=order is Order.NEWEST, start=_parsed(cursor), most_letters=limit)
        found = await _answered(services[kind].look(LetterFilter(reason, connector_id, workspace_id), walk))
        return page_shape(found, with_payload=payload)

    @router.post("/find", name="Find dead letters", openapi_extra=request_body(FindRequest))
    async def find(body: FindRequest = finding) -> LetterPage:
        """Those that are there, and are of the workspace: one that cannot be read is nobody's."""
        cursors = [Cursor.parse(text) for text in body.cursors]
        found = await _answered(services[body.kind].find(cursors, LetterFilter(workspace_id=body.workspace_id)))
        return LetterPage(letters=[letter_shape(letter, with_payload=False) for letter in found], next_cursor=None)

    @router.post(
        "/replay",
        name="Replay dead letters",
        responses=problem_responses(NoSuchDeadLetterError, KafkaAwayError, ReplayRefusedError),
        openapi_extra=request_body(ReplayRequest),
    )
    async def replay(body: ReplayRequest = replaying) -> ReplayAnswer:
        """Puts the original messages back where they came from, acknowledged by Kafka before this answers.

        The execution id keeps a call that has happened from happening again, as long as the executor remembers it; and
        a result that was applied or recorded from being so again.
        """
        service = services[body.kind]
        if body.matching is None:
            cursors, wanted = (
                [Cursor.parse(text) for text in body.cursors],
                LetterFilter(workspace_id=body.workspace_id),
            )
            return ReplayAnswer(replayed=await _answered(service.replay(cursors, wanted)))
        return await _replay_matching(service, body.matching)

    async def _replay_matching(service: DeadLetterService, wanted: Matching) -> ReplayAnswer:
        until = [Cursor.parse(text) for text in wanted.until]
        return replay_answer(await _answered(service.replay_matching(wanted.filter(), _parsed(wanted.cursor), until)))

    return router


def _parsed(cursor: str | None) -> Cursor | None:
    return None if cursor is None else Cursor.parse(cursor)


async def _answered(work: Awaitable[R]) -> R:
    try:
        return await work
    except NoSuchLettersError as error:
        errors = [FieldProblem(pointer="/cursors", detail=f"no dead letter at {cursor}") for cursor in error.missing]
        raise NoSuchDeadLetterError(errors=errors) from error
    except LettersAwayError as error:
        raise KafkaAwayError(f"Try again later; {error}.") from error
    except ReplayError as error:
        raise ReplayRefusedError(f"Kafka took {error.taken} of the letters, but not {error}.") from error
