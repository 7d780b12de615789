"""`GET /api/actions`: what an action picker shows."""

import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Response

from connector_registry.actions.service import ActionCatalogue, Asked
from connector_registry.actions.shapes import ActionPage
from connectors_shared.contract.actions import ActionGroup
from connectors_shared.http.access import Access
from connectors_shared.http.cursor import parse_cursor
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import (
    FieldProblem,
    InvalidRequestError,
    StoreUnavailableError,
    problem_responses,
)

NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "Nothing has changed since that ETag."}}
IfNoneMatch = Annotated[str | None, Header(description="The ETag of the answer you have; 304 while it is the same.")]


def actions_router(catalogue: ActionCatalogue, access: Access) -> APIRouter:
    """One route."""
    router = APIRouter(prefix="/api/actions", tags=["actions"], responses=problem_responses(StoreUnavailableError))
    reader = access.requires(Scope.CONNECTORS_READ)

    @router.get("", response_model=ActionPage, responses=NOT_MODIFIED, name="List actions")
    async def page(
        who: Principal = reader,
        q: Annotated[str | None, Query(max_length=200, description="Looked for in name and description.")] = None,
        category: Annotated[ActionGroup | None, Query(description="Only those of this group of the picker.")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=500, description="next_cursor of the page before.")] = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Built-in actions first, then the connectors of the workspace, newest first: each with its inputs and outputs,
        how it has done in the last thirty days, and why it cannot be used where that is so."""
        asked = Asked(limit, parse_cursor(cursor), _without_nul(q), category)
        body = (await catalogue.page(who.workspace_id, asked)).model_dump_json().encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if _names(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    return router


def _names(if_none_match: str | None, tag: str) -> bool:
    """RFC 9110, 13.1.2: by weak comparison."""
    told = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    return tag in told or "*" in told


def _without_nul(text: str | None) -> str | None:
    """Postgres has no NUL in text."""
    if text and "\x00" in text:
        raise InvalidRequestError([FieldProblem(pointer="/q", detail="must not hold a NUL character")])
    return text
