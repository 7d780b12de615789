"""The export of the contacts, as a stream."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from connectors_shared.http.access import Access
from connectors_shared.http.audit.trail import Trail
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import ProblemError, StoreUnavailableError, problem_responses
from field_mapper.coercion import UserFieldCoercion
from field_mapper.imports.export import Export
from field_mapper.inbound.http.filters import Asked, asked_for, wanted_of
from field_mapper.inbound.http.searching import SearchTooSlowError, SearchTurns, TooManySearchesError
from field_mapper.outbound import audit
from field_mapper.outbound.fields import CustomFields

PATH: Final = "/api/contact-export"


class TooManyFoundError(ProblemError):
    status = 422
    kind = "too-many-found"
    title = "The search finds more contacts than can be told apart"
    detail = "Look for more of the name, or export all contacts."


def export_router(access: Access, coercion_of: Callable[[UUID], UserFieldCoercion], trail: Trail) -> APIRouter:
    """A route that finds the contacts in `app.state.reader`."""
    router = APIRouter(tags=["contacts"], responses=problem_responses(StoreUnavailableError))
    reader = access.requires(Scope.CONTACTS_READ)
    turns, filters = SearchTurns(), Depends(asked_for)

    @router.get(
        PATH,
        response_class=StreamingResponse,
        responses=problem_responses(TooManySearchesError, SearchTooSlowError, TooManyFoundError)
        | {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    async def export_contacts(
        request: Request,
        principal: Principal = reader,
        asked: Asked = filters,
    ) -> StreamingResponse:
        """CSV, oldest first: `id`, `external_id`, the user fields, a column for each custom field, and when it was made
        and changed. The filters are those of the list. A text that a spreadsheet would take for a formula has an
        apostrophe before it, which an import takes away again.
        """
        fields: CustomFields = request.app.state.fields
        names = [field.name for field in await fields.all(principal.workspace_id) if not field.definition.deleting]
        wanted = await wanted_of(request, principal.workspace_id, coercion_of(principal.workspace_id), asked)
        export = Export(request.app.state.reader, principal.workspace_id, wanted, names)
        async with turns.of(principal.workspace_id):
            first = await export.first()
        if first.truncated:
            raise TooManyFoundError
        await trail.note(audit.exported(principal.workspace_id, asked.names))
        headers = {"Content-Disposition": 'attachment; filename="contacts.csv"', "Cache-Control": "no-store"}
        return StreamingResponse(export.lines(first), media_type="text/csv; charset=utf-8", headers=headers)

    return router
