"""`/api/connector-drafts`: what the caller is making in the wizard."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.drafts.port import Draft, DraftExists, DraftMissing, StaleDraft, TooManyDrafts
from connector_registry.drafts.service import DraftDesk
from connector_registry.drafts.shapes import (
    CHANGE_BODY,
    START_BODY,
    DraftChange,
    DraftLine,
    DraftList,
    DraftStart,
    DraftView,
    line,
    view,
)
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.conditions import IfMatch, etag, expected_revisions
from connectors_shared.http.idempotency import Idempotency, promise
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import MalformedHeaderError, StoreUnavailableError, problem_responses

PREFIX: Final = "/api/connector-drafts"


def drafts_router(desk: DraftDesk, access: Access, idempotency: Idempotency) -> APIRouter:
    """Whoever may edit connectors has drafts, and sees their own alone."""
    router = APIRouter(
        prefix=PREFIX,
        tags=["drafts"],
        route_class=idempotency.route_class,
        responses=problem_responses(StoreUnavailableError),
    )
    editor = access.requires(Scope.CONNECTORS_EDIT)
    start_body, change_body = Depends(body_of(DraftStart)), Depends(body_of(DraftChange))

    @router.post(
        "",
        status_code=201,
        responses=problem_responses(ConnectorMissing, DraftExists, TooManyDrafts),
        openapi_extra=START_BODY,
        name="Begin a draft",
    )
    async def begin(response: Response, who: Principal = editor, start: Any = start_body) -> DraftLine:
        """Of a new connector, or of a change. Nothing of it is judged, published, or seen by others. Left out is what
        is secret, and what saving would refuse as a key in plain sight. At most 20 of a person and 500 of a workspace,
        of 256 KiB each, 512 KiB of examples and 256 KiB of the last test; gone 30 days after the last change."""
        draft = await desk.begin(who, start, _promise)
        response.headers.update(_headers(draft))
        return line(draft.head())

    @router.get("", name="List drafts")
    async def listed(who: Principal = editor, connector_id: UUID | None = None) -> DraftList:
        """The caller's own, the last changed first."""
        return DraftList(drafts=[line(head) for head in await desk.all(who, connector_id)])

    @router.get("/{draft_id}", responses=problem_responses(DraftMissing), name="Read a draft")
    async def read(draft_id: UUID, response: Response, who: Principal = editor) -> DraftView:
        """To go on with it, on any machine."""
        draft = await desk.find(who, draft_id)
        response.headers["ETag"] = etag(draft.revision)
        return view(draft)

    @router.put(
        "/{draft_id}",
        responses=problem_responses(DraftMissing, StaleDraft, MalformedHeaderError),
        openapi_extra=CHANGE_BODY,
        name="Change a draft",
    )
    async def change(
        draft_id: UUID, response: Response, who: Principal = editor, if_match: IfMatch = None, change: Any = change_body
    ) -> DraftLine:
        """As a whole."""
        draft = await desk.change(who, draft_id, change, expected_revisions(if_match))
        response.headers["ETag"] = etag(draft.revision)
        return line(draft.head())

    @router.delete(
        "/{draft_id}",
        status_code=204,
        response_class=Response,
        responses=problem_responses(DraftMissing),
        name="Discard a draft",
    )
    async def discard(draft_id: UUID, who: Principal = editor) -> Response:
        """It is gone at once."""
        await desk.discard(who, draft_id)
        return Response(status_code=204)

    return router


def _headers(draft: Draft) -> dict[str, str]:
    return {"Location": f"{PREFIX}/{draft.id}", "ETag": etag(draft.revision)}


def _promise(draft: Draft) -> None:
    promise(201, line(draft.head()), _headers(draft))
