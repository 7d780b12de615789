"""`/api/connectors/{id}/examples`: keep, list, read, delete."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.examples.port import Example, ExampleDraft, ExampleExists, ExampleMissing, TooManyExamples
from connector_registry.examples.service import ExampleBook
from connector_registry.examples.shapes import (
    EXAMPLE_BODY,
    ExampleLine,
    ExamplePage,
    ExampleView,
    line,
    view,
)
from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.cursor import Cursor, cut, parse_cursor
from connectors_shared.http.idempotency import Idempotency, promise
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import StoreUnavailableError, problem_responses


def examples_router(book: ExampleBook, access: Access, idempotency: Idempotency) -> APIRouter:
    router = APIRouter(
        prefix="/api/connectors/{connector_id}/examples",
        tags=["examples"],
        route_class=idempotency.route_class,
        responses=problem_responses(StoreUnavailableError),
    )
    reader, editor = access.requires(Scope.CONNECTORS_READ), access.requires(Scope.CONNECTORS_EDIT)
    body = Depends(body_of(ExampleDraft))

    @router.post(
        "",
        status_code=201,
        responses=problem_responses(ConnectorMissing, ExampleExists, TooManyExamples),
        openapi_extra=EXAMPLE_BODY,
        name="Keep a test as an example",
    )
    async def keep(connector_id: UUID, response: Response, who: Principal = editor, draft: Any = body) -> ExampleLine:
        """A connector has 20 at most, of 256 KiB each. What its name or its form says to be secret is masked before it
        is stored."""
        example = await book.keep(who, connector_id, draft, _promise)
        response.headers["Location"] = _location(example)
        return line(example)

    @router.get("", responses=problem_responses(ConnectorMissing), name="List examples")
    async def listed(
        connector_id: UUID,
        who: Principal = reader,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=500, description="nextCursor of the page before.")] = None,
    ) -> ExamplePage:
        """Newest first."""
        found = await book.page(who, connector_id, limit + 1, parse_cursor(cursor))
        shown, following = cut(found, limit, lambda example: Cursor(example.created_at, example.id))
        return ExamplePage(examples=[line(example) for example in shown], next_cursor=following)

    @router.get("/{example_id}", responses=problem_responses(ExampleMissing), name="Read an example")
    async def read(connector_id: UUID, example_id: UUID, who: Principal = reader) -> ExampleView:
        """In full, without what is secret."""
        return view(await book.find(who, connector_id, example_id))

    @router.delete(
        "/{example_id}",
        status_code=204,
        response_class=Response,
        responses=problem_responses(ExampleMissing),
        name="Delete an example",
    )
    async def delete(connector_id: UUID, example_id: UUID, who: Principal = editor) -> Response:
        """It is gone at once."""
        await book.remove(who, connector_id, example_id)
        return Response(status_code=204)

    return router


def _location(example: Example) -> str:
    return f"/api/connectors/{example.connector_id}/examples/{example.id}"


def _promise(example: Example) -> None:
    promise(201, line(example), {"Location": _location(example)})
