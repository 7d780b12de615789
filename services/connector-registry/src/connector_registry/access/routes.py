"""`/api/api-keys`: make, list, revoke; `/api/session`: who asks."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from connector_registry.access.port import ApiKeyExists, ApiKeyMissing, MadeWithApiKey, TooManyApiKeys
from connector_registry.access.service import KeyRing
from connector_registry.access.shapes import (
    DRAFT_BODY,
    ApiKeyDraft,
    ApiKeyPage,
    NewApiKeyView,
    SessionView,
    session_view,
    view,
)
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.cursor import Cursor, cut, parse_cursor
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import StoreUnavailableError, problem_responses


def access_router(ring: KeyRing, access: Access, *, has_flows: bool = False) -> APIRouter:
    """`has_flows`: a flow engine answers under the same origin."""
    router = APIRouter(tags=["access"], responses=problem_responses(StoreUnavailableError))
    admin, body = access.requires(Scope.WORKSPACE_ADMIN), Depends(body_of(ApiKeyDraft))

    @router.get("/api/session", name="Who am I")
    async def session(who: Principal = access.signed_in()) -> SessionView:
        """The caller as the registry knows him: with a token or with an API key, and what that may do."""
        return session_view(who, has_flows=has_flows)

    @router.post(
        "/api/api-keys",
        status_code=201,
        responses=problem_responses(MadeWithApiKey, ApiKeyExists, TooManyApiKeys),
        openapi_extra=DRAFT_BODY,
        name="Make an API key",
    )
    async def make(who: Principal = admin, draft: Any = body) -> NewApiKeyView:
        """Its text is in this answer and nowhere else. No Idempotency-Key is taken: the answer is not kept, to be given
        again; a repeat is told that there is one of the name."""
        key, text = await ring.make(who, draft)
        return NewApiKeyView(**view(key).model_dump(), key=text)

    @router.get("/api/api-keys", name="List API keys")
    async def listed(
        who: Principal = admin,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=500, description="next_cursor of the page before.")] = None,
    ) -> ApiKeyPage:
        """Newest first, with those that are revoked or have expired in the last 400 days."""
        found = await ring.page(who, limit + 1, parse_cursor(cursor))
        shown, following = cut(found, limit, lambda key: Cursor(key.created_at, key.id))
        return ApiKeyPage(api_keys=[view(key) for key in shown], next_cursor=following)

    @router.delete(
        "/api/api-keys/{api_key_id}",
        status_code=204,
        response_class=Response,
        responses=problem_responses(ApiKeyMissing),
        name="Revoke an API key",
    )
    async def revoke(api_key_id: UUID, who: Principal = admin) -> Response:
        """For good, and for the next request already, wherever it arrives. A repeat changes nothing."""
        await ring.revoke(who, api_key_id)
        return Response(status_code=204)

    return router
