"""Reading what was recorded: a list with filters, and all of it as a file."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from connectors_shared.contract.model import Moment
from connectors_shared.http.access import Access
from connectors_shared.http.audit.entry import Action, Entry, Thing
from connectors_shared.http.audit.shapes import MEDIA_TYPES, EntryPage, Format, heading, line, view
from connectors_shared.http.audit.trail import FILTERS, Trail, Wanted
from connectors_shared.http.cursor import Cursor, cut, parse_cursor
from connectors_shared.http.parameters import storable
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import Responses, StoreUnavailableError, problem_responses

EXPORTED_AT_ONCE: Final = 200
"""Entries in memory: each has 20 KiB at most."""
Id = Annotated[str | None, Query(min_length=1, max_length=200)]
FILE: Final[Responses] = {
    200: {
        "description": "Newest first, a line each; the first one of CSV names the columns.",
        "content": {"text/csv": {"schema": {"type": "string"}}, "application/x-ndjson": {"schema": {"type": "string"}}},
    }
}


def _wanted(
    actor: Annotated[str | None, Query(min_length=1, max_length=200, description="Id of who did it.")] = None,
    key: Annotated[str | None, Query(min_length=1, max_length=200, description="Id of the API key used.")] = None,
    action: Action | None = None,
    kind: Annotated[Thing | None, Query(description="Of what it was done to.")] = None,
    id: Annotated[str | None, Query(min_length=1, max_length=200, description="Of what it was done to.")] = None,
    since: Annotated[Moment | None, Query(description="At that time or later.")] = None,
    until: Annotated[Moment | None, Query(description="Before that time.")] = None,
) -> Wanted:
    return Wanted(
        actor_id=storable(actor),
        actor_key=storable(key),
        action=action.value if action else None,
        kind=kind.value if kind else None,
        thing_id=storable(id),
        since=since,
        until=until,
    )


def audit_router(trail: Trail, access: Access, prefix: str) -> APIRouter:
    """For administrators."""
    router = APIRouter(prefix=prefix, tags=["audit"], responses=problem_responses(StoreUnavailableError))
    admin, filters = access.requires(Scope.WORKSPACE_ADMIN), Depends(_wanted)

    @router.get("", response_model_exclude_unset=True, name="List what was done")
    async def listed(
        who: Principal = admin,
        wanted: Any = filters,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=500, description="next_cursor of the page before.")] = None,
    ) -> EntryPage:
        """Who did what to what, from where, newest first; all that is asked for has to hold. Entries cannot be changed
        or deleted."""
        found = await trail.page(who.workspace_id, wanted, parse_cursor(cursor), limit + 1)
        shown, following = cut(found, limit, lambda each: Cursor(each.at, each.id))
        return EntryPage(entries=[view(each) for each in shown], next_cursor=following)

    @router.get("/export", response_class=StreamingResponse, responses=FILE, name="Export what was done")
    async def export(
        who: Principal = admin, wanted: Any = filters, format: Format = Format.NDJSON
    ) -> StreamingResponse:
        """All entries that are asked for, as a file that is written while it is read. The export is an entry itself,
        and not among them. In CSV, a cell that a spreadsheet would compute begins with an apostrophe."""
        first = await trail.page(who.workspace_id, wanted, None, EXPORTED_AT_ONCE)
        given = wanted.given((*FILTERS, "since", "until"))
        details = {"format": format.value} | {name: str(value) for name, value in given.items()}
        await trail.note(Entry(who.workspace_id, Action.EXPORTED, Thing.AUDIT, details=details))
        name = f'attachment; filename="audit.{format.value}"'
        return StreamingResponse(
            _lines(trail, who, wanted, format, first),
            media_type=MEDIA_TYPES[format],
            headers={"Content-Disposition": name},
        )

    return router


async def _lines(
    trail: Trail, who: Principal, wanted: Wanted, format: Format, found: list[Any]
) -> AsyncIterator[bytes]:
    """A page at a time, each with a connection of its own: who reads slowly holds none."""
    yield heading(format)
    while found:
        yield b"".join(line(each, format) for each in found)
        if len(found) < EXPORTED_AT_ONCE:
            return
        found = await trail.page(who.workspace_id, wanted, Cursor(found[-1].at, found[-1].id), EXPORTED_AT_ONCE)
