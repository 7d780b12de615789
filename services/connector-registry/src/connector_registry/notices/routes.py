"""`/api/notices`: what the owner should know of."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from connector_registry.notices.shapes import READ_BODY, AllRead, MarkedRead, NoticePage, NoticeView
from connector_registry.noticing.notice import NoticeKind, Notices, Wanted
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.cursor import Cursor, cut, parse_cursor
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import ProblemError, StoreUnavailableError, problem_responses


class NoticeMissing(ProblemError):  # noqa: N818
    """The workspace has no such notice."""

    status = 404
    kind = "not-found"
    title = "No such notice"
    detail = "There is no notice with this id in your workspace."


def notices_router(notices: Notices, access: Access) -> APIRouter:
    router = APIRouter(prefix="/api/notices", tags=["notices"], responses=problem_responses(StoreUnavailableError))
    reader, editor = access.requires(Scope.CONNECTORS_READ), access.requires(Scope.CONNECTORS_EDIT)
    body = Depends(body_of(AllRead))

    @router.get("", name="List notices")
    async def listed(
        who: Principal = reader,
        open: Annotated[bool | None, Query(description="Whether its cause lasts.")] = None,
        read: Annotated[bool | None, Query(description="Whether somebody has looked at it.")] = None,
        connector_id: UUID | None = None,
        kind: NoticeKind | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=500, description="next_cursor of the page before.")] = None,
    ) -> NoticePage:
        """Newest first. For each cause there is one that is open; it is closed when the cause has ended, and forgotten
        90 days later."""
        wanted = Wanted(open, read, connector_id, kind.value if kind else None)
        found = await notices.page(who.workspace_id, wanted, parse_cursor(cursor), limit + 1)
        shown, following = cut(found, limit, lambda notice: Cursor(notice.opened_at, notice.id))
        return NoticePage(
            notices=[NoticeView.model_validate(notice) for notice in shown],
            unread=await notices.unread(who.workspace_id),
            next_cursor=following,
        )

    @router.post("/{notice_id}/read", responses=problem_responses(NoticeMissing), name="Mark a notice as read")
    async def mark_read(notice_id: UUID, who: Principal = editor) -> NoticeView:
        """For everybody in the workspace. One that is read already stays as it is."""
        notice = await notices.mark_read(who.workspace_id, notice_id, who.user_id)
        if notice is None:
            raise NoticeMissing
        return NoticeView.model_validate(notice)

    @router.post("/read", openapi_extra=READ_BODY, name="Mark all notices as read")
    async def mark_all_read(who: Principal = editor, draft: Any = body) -> MarkedRead:
        """For everybody in the workspace: all that are open and were opened until the newest that one has seen."""
        return MarkedRead(marked=await notices.mark_all_read(who.workspace_id, draft.opened_until, who.user_id))

    return router
