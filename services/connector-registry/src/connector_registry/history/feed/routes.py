"""`/api/executions/feed`: executions as they are recorded, as server-sent events."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from starlette.responses import Response

from connector_registry.history.feed.hub import Feed, Followed, TooManyStreamsError
from connectors_shared.contract.execution import ResultStatus
from connectors_shared.http.access import Access
from connectors_shared.http.event_stream import MEDIA_TYPE, EventStream
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import Responses, StoreUnavailableError, problem_responses

Id = Annotated[str | None, Query(min_length=1, max_length=200)]
LastEventId = Annotated[
    str | None,
    Header(pattern=r"^[0-9]{1,18}$", description="id of the last event that came, as a browser sends it."),
]
EVENTS: Final[Responses] = {
    200: {
        "description": "Events: one for each execution, its data an item of the list of executions as JSON; `gap`: some"
        " are missing, read the list. Ends after a minute at most; connect again with Last-Event-ID.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    },
    **problem_responses(TooManyStreamsError, StoreUnavailableError),
}


def _followed(
    connector_id: UUID | None = None,
    flow_id: Id = None,
    flow_run_id: Id = None,
    contact_id: Id = None,
    status: ResultStatus | None = None,
) -> Followed:
    return Followed(connector_id, flow_id, flow_run_id, contact_id, status.value if status else None)


def feed_router(feed: Feed, access: Access) -> APIRouter:
    """Before the history's, in which an id may stand where `feed` does."""
    router = APIRouter(prefix="/api", tags=["history"])
    reader, filters = access.requires(Scope.EXECUTIONS_READ), Depends(_followed)

    @router.get("/executions/feed", responses=EVENTS, response_class=Response, name="Follow executions")
    async def follow(
        who: Principal = reader, followed: Any = filters, last_event_id: LastEventId = None
    ) -> EventStream:
        """Executions of the workspace as they are recorded. With `Last-Event-ID` those come first that were recorded
        since then, for a day at least: none is lost, and none comes twice."""
        after = None if last_event_id is None else int(last_event_id)
        following = await feed.join(who.workspace_id, followed, after)
        return EventStream(following.parts(), following.leave)

    return router
