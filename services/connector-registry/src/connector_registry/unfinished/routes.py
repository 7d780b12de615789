"""`/api/parked` and `/api/dead-letters`: what has had no outcome, and what can be done about it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.unfinished.port import LettersGoneError, TooManyLooksError, UnfinishedAwayError, Wanted
from connector_registry.unfinished.service import UnfinishedDesk
from connector_registry.unfinished.shapes import (
    CANCEL_BODY,
    REPLAY_BODY,
    CancelDraft,
    Cancelled,
    CursorText,
    FlowId,
    LetterId,
    LetterLines,
    ParkedLines,
    ReplayDraft,
    ReplayedLines,
    ResumedView,
    cancelled,
    parked_lines,
)
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.failure import DeadReason
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.execution_problems import UnknownConnectorError
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import StoreUnavailableError, problem_responses

Limit = Annotated[int, Query(ge=1, le=100)]


def unfinished_router(desk: UnfinishedDesk, access: Access) -> APIRouter:
    """Reading has the scope of the history; whoever may execute may cancel, and replay; who edits may resume."""
    problems = problem_responses(UnfinishedAwayError, TooManyLooksError, StoreUnavailableError)
    router = APIRouter(prefix="/api", tags=["executions"], responses=problems)
    reader, executor = access.requires(Scope.EXECUTIONS_READ), access.requires(Scope.CONNECTORS_EXECUTE)
    editor = access.requires(Scope.CONNECTORS_EDIT)
    cancelling, replaying = Depends(body_of(CancelDraft)), Depends(body_of(ReplayDraft))

    @router.get("/parked", name="List parked executions")
    async def parked(
        who: Principal = reader,
        connector_id: UUID | None = None,
        flow_id: FlowId | None = None,
        execution_id: UUID | None = None,
        limit: Limit = 50,
        cursor: CursorText | None = None,
    ) -> ParkedLines:
        """Executions that wait for their connector's limit, its API or its credential: since when, why, and until
        when."""
        return parked_lines(await desk.parked(who, Wanted(connector_id, flow_id, execution_id), cursor, limit))

    @router.post("/parked/cancel", openapi_extra=CANCEL_BODY, name="Cancel parked executions")
    async def cancel(who: Principal = executor, draft: Any = cancelling) -> Cancelled:
        """Each ends with a result `skipped`, `cancelled`, so that its flow goes on. Sent again, it changes nothing."""
        return cancelled(await desk.cancel(who, draft))

    @router.post(
        "/connectors/{connector_id}/resume",
        responses=problem_responses(ConnectorMissing, UnknownConnectorError),
        name="Try a connector now",
    )
    async def resume(connector_id: UUID, who: Principal = editor) -> ResumedView:
        """Forgets what its API has asked for (a `Retry-After`, a lower quota), lets one call find out whether an API
        that failed works again, and lets go what is parked. Its own limit holds. Where its limit is shared it is
        forgotten for all who share it. What its API asks for from then on holds again. Sent again, it changes nothing.
        """
        resumed = await desk.resume(who, connector_id)
        return ResumedView(lifted=resumed.lifted, parked=resumed.parked)

    @router.get("/dead-letters", name="List dead letters")
    async def dead_letters(
        who: Principal = reader,
        kind: LetterKind = LetterKind.EXECUTION,
        connector_id: UUID | None = None,
        reason: DeadReason | None = None,
        limit: Limit = 50,
        cursor: LetterId | None = None,
    ) -> LetterLines:
        """Of the workspace: executions that could not be worked on, and whose end cannot be told otherwise; or results
        that were not applied to their contact, as their mapping says (`mapping_refused`) or since that failed, or could
        not be recorded. Messages that cannot be read belong to no workspace: operators see them."""
        return await desk.letters(who, kind, connector_id, reason, cursor, limit)

    @router.post(
        "/dead-letters/replay",
        responses=problem_responses(LettersGoneError),
        openapi_extra=REPLAY_BODY,
        name="Replay dead letters",
    )
    async def replay(who: Principal = executor, draft: Any = replaying) -> ReplayedLines:
        """Sends the original messages again, as they were. An execution that has had its outcome is not sent; sent
        twice, one is called once all the same, by its execution id. A result is applied by the rules of today's
        contact and custom fields; one that was applied or recorded before changes nothing."""
        return await desk.replay(who, draft)

    return router
