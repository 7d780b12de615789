"""`/api/network-grants`: list, create, delete."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from starlette.responses import JSONResponse

from connector_registry.grants.port import Grant, GrantExists, GrantMissing, InternalHostRefused, TooManyGrants
from connector_registry.grants.service import GrantBook
from connector_registry.grants.shapes import DRAFT_BODY, GrantDeleted, GrantDraft, GrantList, GrantView, view
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.idempotency import Idempotency, promise
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import Responses, StoreUnavailableError, problem_responses

ACCEPTED: Final[Responses] = {
    202: {"model": GrantView, "description": "Saved; its message is published as soon as Kafka takes it."}
}
DELETED: Final[Responses] = {202: {"model": GrantDeleted}}


def grants_router(book: GrantBook, access: Access, idempotency: Idempotency) -> APIRouter:
    router = APIRouter(
        prefix="/api/network-grants",
        tags=["grants"],
        responses=problem_responses(StoreUnavailableError),
        route_class=idempotency.route_class,
    )
    admin, body = access.requires(Scope.WORKSPACE_ADMIN), Depends(body_of(GrantDraft))

    @router.get("", name="List grants")
    async def listed(who: Principal = admin) -> GrantList:
        """Which internal hosts connectors of the workspace may call, who allowed it, and why."""
        return GrantList(grants=[view(grant, in_force=book.is_in_force(grant)) for grant in await book.all(who)])

    @router.post(
        "",
        status_code=201,
        responses=ACCEPTED | problem_responses(InternalHostRefused, GrantExists, TooManyGrants),
        openapi_extra=DRAFT_BODY,
        name="Create a grant",
    )
    async def create(response: Response, who: Principal = admin, draft: Any = body) -> GrantView:
        """Lets exactly this host and port through, for the connector or the workspace. A host that is public needs
        none. Internal hosts are refused unless the operator allows them (`CONNECTORS_INTERNAL_GRANTS`); cloud metadata,
        link-local and multicast addresses are nobody's to grant."""
        grant, published = await book.give(who, draft, _promise)
        response.headers["Location"] = _location(grant)
        response.status_code = 201 if published else 202
        return view(grant, in_force=True, published=published)

    @router.delete(
        "/{grant_id}",
        status_code=204,
        response_class=Response,
        responses=DELETED | problem_responses(GrantMissing),
        name="Delete a grant",
    )
    async def delete(grant_id: UUID, who: Principal = admin) -> Response:
        """Calls that have begun go on; the next one is refused."""
        if await book.take_back(who, grant_id):
            return Response(status_code=204)
        return JSONResponse({"id": str(grant_id), "published": False}, status_code=202)

    return router


def _location(grant: Grant) -> str:
    return f"/api/network-grants/{grant.id}"


def _promise(grant: Grant) -> None:
    promise(202, view(grant, in_force=True, published=False), {"Location": _location(grant)})
