"""`/api/workspace`: the caller's own."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Response

from connector_registry.workspaces.port import WorkspaceChanged
from connector_registry.workspaces.service import WorkspaceSettings
from connector_registry.workspaces.shapes import CHANGE_BODY, WorkspaceChange, WorkspaceView, view
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.conditions import etag, expected_revisions
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import MalformedHeaderError, Responses, StoreUnavailableError, problem_responses

IfMatch = Annotated[str | None, Header(description="The ETag you know; 412 when it is no longer current.")]
ACCEPTED: Final[Responses] = {
    202: {"model": WorkspaceView, "description": "Saved; its message is published as soon as Kafka takes it."}
}


def workspaces_router(settings: WorkspaceSettings, access: Access) -> APIRouter:
    router = APIRouter(
        prefix="/api/workspace",
        tags=["workspaces"],
        responses=problem_responses(StoreUnavailableError),
    )
    admin, body = access.requires(Scope.WORKSPACE_ADMIN), Depends(body_of(WorkspaceChange))

    @router.get("", name="Read the workspace")
    async def read(response: Response, who: Principal = admin) -> WorkspaceView:
        """The settings of your workspace. One that has never been used has the defaults."""
        found = await settings.read(who)
        response.headers["ETag"] = etag(found.revision)
        return view(found)

    @router.put(
        "",
        responses=ACCEPTED | problem_responses(WorkspaceChanged, MalformedHeaderError),
        openapi_extra=CHANGE_BODY,
        name="Change the workspace",
    )
    async def change(
        response: Response, who: Principal = admin, if_match: IfMatch = None, wanted: Any = body
    ) -> WorkspaceView:
        """Fields left out keep their value. Executors and the mapper follow as soon as it is published."""
        changed, published = await settings.change(who, wanted, expected_revisions(if_match))
        response.headers["ETag"] = etag(changed.revision)
        response.status_code = 200 if published else 202
        return view(changed, published=published)

    return router
