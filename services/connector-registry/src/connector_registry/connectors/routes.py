"""`/api/connectors`: create, list, read, change, enable and disable, delete and restore."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from starlette.responses import JSONResponse

from connector_registry.connectors.connector import ListFilter
from connector_registry.connectors.draft import slug
from connector_registry.connectors.port import ConnectorMissing, StaleVersion
from connector_registry.connectors.service import Catalogue, Change
from connector_registry.connectors.shapes import (
    ACCEPTED,
    CHANGE_BODY,
    DELETED,
    DRAFT_BODY,
    ConnectorPage,
    ConnectorView,
    Saved,
    full,
    line,
    saved,
    saved_in,
)
from connector_registry.credentials.port import Credentials
from connectors_shared.http.access import Access
from connectors_shared.http.body import json_body
from connectors_shared.http.conditions import IfMatch, etag, expected_revisions
from connectors_shared.http.cursor import Cursor, cut, parse_cursor
from connectors_shared.http.idempotency import Idempotency, promise
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import (
    FieldProblem,
    InvalidRequestError,
    MalformedHeaderError,
    StoreUnavailableError,
    problem_responses,
)

CHANGE_PROBLEMS: Final = problem_responses(ConnectorMissing, StaleVersion, MalformedHeaderError)


def connectors_router(
    catalogue: Catalogue, credentials: Credentials, access: Access, idempotency: Idempotency
) -> APIRouter:
    """What is done to connectors; executing them is a feature of its own."""
    router = APIRouter(
        prefix="/api/connectors",
        tags=["connectors"],
        responses=problem_responses(StoreUnavailableError),
        route_class=idempotency.route_class,
    )
    reader, editor = access.requires(Scope.CONNECTORS_READ), access.requires(Scope.CONNECTORS_EDIT)
    body = Depends(json_body)

    @router.post(
        "",
        status_code=201,
        response_model=Saved,
        responses=ACCEPTED,
        openapi_extra=DRAFT_BODY,
        name="Create a connector",
    )
    async def create(response: Response, who: Principal = editor, raw: Any = body) -> Saved:
        """Answers when the executors can know it. 202 means: saved, but Kafka does not answer at the moment;
        it is published as soon as Kafka does. Do not send it again."""
        created = await catalogue.create(who, raw, _promise)
        response.headers["Location"] = _location(created)
        return saved_in(response, created)

    @router.get("", response_model_exclude_unset=True, name="List connectors")
    async def page(
        who: Principal = reader,
        q: Annotated[str | None, Query(max_length=200, description="Looked for in name and description.")] = None,
        category: Annotated[str | None, Query(max_length=200)] = None,
        enabled: Annotated[bool | None, Query()] = None,
        deleted: Annotated[bool, Query(description="Those that were deleted and can be restored.")] = False,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=500, description="next_cursor of the page before.")] = None,
    ) -> ConnectorPage:
        """Newest first."""
        wanted = ListFilter(
            limit=limit + 1,
            after=parse_cursor(cursor),
            text=_without_nul("/q", q),
            category=str(slug(_without_nul("/category", category))) if category else None,
            enabled=enabled,
            deleted=deleted,
        )
        found = await catalogue.page(who, wanted)
        shown, following = cut(found, limit, lambda summary: Cursor(summary.created_at, summary.id))
        return ConnectorPage(connectors=[line(summary) for summary in shown], next_cursor=following)

    @router.get(
        "/{connector_id}",
        response_model=ConnectorView,
        responses=problem_responses(ConnectorMissing),
        name="Read a connector",
    )
    async def read(connector_id: UUID, response: Response, who: Principal = reader) -> ConnectorView:
        """The full definition; secrets are masked."""
        found = await catalogue.find(who, connector_id)
        response.headers["ETag"] = etag(found.connector.revision)
        return full(found, credentials)

    @router.put(
        "/{connector_id}",
        response_model=Saved,
        responses=ACCEPTED | CHANGE_PROBLEMS,
        openapi_extra=CHANGE_BODY,
        name="Change a connector",
    )
    async def change(
        connector_id: UUID,
        response: Response,
        who: Principal = editor,
        if_match: IfMatch = None,
        raw: Any = body,
    ) -> Saved:
        """Fields left out keep their value. `config` is replaced as a whole, except for secrets: one that is
        left out or sent back masked stays; `auth` of type none removes it. A changed `config`, schema or mapping
        template is a new version; where nothing is different, ETag and version stay as they are."""
        expected = expected_revisions(if_match)
        return saved_in(response, await catalogue.change(who, connector_id, raw, expected))

    @router.delete(
        "/{connector_id}",
        status_code=204,
        response_class=Response,
        responses=DELETED | CHANGE_PROBLEMS,
        name="Delete a connector",
    )
    async def delete(connector_id: UUID, who: Principal = editor, if_match: IfMatch = None) -> Response:
        """It is not called any more. For eight days it can be restored; then it is gone for good, with its versions
        and its credential."""
        if await catalogue.delete(who, connector_id, expected_revisions(if_match)):
            return Response(status_code=204)
        return JSONResponse({"id": str(connector_id), "published": False}, status_code=202)

    def switching(word: str, enabled: bool) -> None:
        @router.post(
            f"/{{connector_id}}/{word}",
            response_model=Saved,
            responses=ACCEPTED | CHANGE_PROBLEMS,
            name=f"{word.capitalize()} a connector",
        )
        async def switch(
            connector_id: UUID, response: Response, who: Principal = editor, if_match: IfMatch = None
        ) -> Saved:
            """Makes no version. While it is disabled its executions end as skipped."""
            switched = await catalogue.switch(who, connector_id, enabled, expected_revisions(if_match))
            return saved_in(response, switched)

    switching("enable", enabled=True)
    switching("disable", enabled=False)

    @router.post(
        "/{connector_id}/republish",
        response_model=Saved,
        responses=ACCEPTED | CHANGE_PROBLEMS,
        name="Publish a connector again",
    )
    async def republish(
        connector_id: UUID, response: Response, who: Principal = editor, if_match: IfMatch = None
    ) -> Saved:
        """As it is, under a new revision: for a registry whose database was restored from a backup."""
        return saved_in(response, await catalogue.republish(who, connector_id, expected_revisions(if_match)))

    @router.post(
        "/{connector_id}/restore",
        response_model=Saved,
        responses=ACCEPTED | CHANGE_PROBLEMS,
        name="Restore a deleted connector",
    )
    async def restore(
        connector_id: UUID, response: Response, who: Principal = editor, if_match: IfMatch = None
    ) -> Saved:
        """It is there again as it was deleted, with its versions and its credential, for eight days after that."""
        return saved_in(response, await catalogue.restore(who, connector_id, expected_revisions(if_match)))

    return router


def _location(change: Change) -> str:
    return f"/api/connectors/{change.connector.id}"


def _promise(change: Change) -> None:
    promise(202, saved(change), {"Location": _location(change), "ETag": etag(change.connector.revision)})


def _without_nul(pointer: str, text: str | None) -> str | None:
    """Postgres has no NUL in text."""
    if text and "\x00" in text:
        raise InvalidRequestError([FieldProblem(pointer=pointer, detail="must not hold a NUL character")])
    return text
