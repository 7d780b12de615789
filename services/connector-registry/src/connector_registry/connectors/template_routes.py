"""`/api/connectors/{id}/field-mapping-templates`: list, create, read, replace and delete the named mappings."""

from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel
from starlette.responses import JSONResponse

from connector_registry.connectors.draft import MappingTemplate
from connector_registry.connectors.port import ConnectorMissing, StaleVersion
from connector_registry.connectors.service import Catalogue, Change
from connector_registry.connectors.shapes import ACCEPTED, Saved, saved, saved_in
from connector_registry.connectors.templates import (
    TemplateExists,
    TemplateMissing,
    TemplateShelf,
    TooManyTemplates,
    name_of,
)
from connectors_shared.http.access import Access
from connectors_shared.http.any_text import ANY_TEXT
from connectors_shared.http.body import json_body
from connectors_shared.http.conditions import IfMatch, etag, expected_revisions
from connectors_shared.http.idempotency import Idempotency, promise
from connectors_shared.http.openapi import idempotent_body, request_body
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import (
    MalformedHeaderError,
    StoreUnavailableError,
    problem_responses,
)

Name = Annotated[str, Path(min_length=1, max_length=200)]
TEMPLATE_BODY: Final = request_body(MappingTemplate)
NEW_BODY: Final = idempotent_body(MappingTemplate)
CHANGING: Final = (ConnectorMissing, StaleVersion, MalformedHeaderError)
ONE: Final = f"/{{name:{ANY_TEXT}}}"


class TemplateList(BaseModel):
    """In the order in which they are offered."""

    templates: list[MappingTemplate]


def templates_router(catalogue: Catalogue, access: Access, idempotency: Idempotency) -> APIRouter:
    """ETag and If-Match are those of the connector, whose definition the templates are of."""
    router = APIRouter(
        prefix="/api/connectors/{connector_id}/field-mapping-templates",
        tags=["field mapping templates"],
        responses=problem_responses(StoreUnavailableError),
        route_class=idempotency.route_class,
    )
    shelf = TemplateShelf(catalogue)
    reader, editor = access.requires(Scope.CONNECTORS_READ), access.requires(Scope.CONNECTORS_EDIT)
    body = Depends(json_body)

    @router.get("", responses=problem_responses(ConnectorMissing), name="List mapping templates")
    async def listed(connector_id: UUID, response: Response, who: Principal = reader) -> TemplateList:
        """All of the connector."""
        templates, revision = await shelf.all(who, connector_id)
        response.headers["ETag"] = etag(revision)
        return TemplateList(templates=templates)

    @router.get(
        ONE,
        responses=problem_responses(ConnectorMissing, TemplateMissing),
        name="Read a mapping template",
    )
    async def read(connector_id: UUID, name: Name, response: Response, who: Principal = reader) -> MappingTemplate:
        templates, revision = await shelf.all(who, connector_id)
        response.headers["ETag"] = etag(revision)
        for template in templates:
            if template.name == name:
                return template
        raise TemplateMissing

    @router.post(
        "",
        status_code=201,
        response_model=Saved,
        responses=ACCEPTED | problem_responses(*CHANGING, TemplateExists, TooManyTemplates),
        openapi_extra=NEW_BODY,
        name="Create a mapping template",
    )
    async def create(
        connector_id: UUID,
        response: Response,
        who: Principal = editor,
        if_match: IfMatch = None,
        raw: Any = body,
    ) -> Saved:
        """Answers with the connector, which has a new version. Sent again without an Idempotency-Key it is a 409 and
        changes nothing."""
        location = {"Location": _location(connector_id, name_of(raw))}

        def promised(change: Change) -> None:
            promise(202, saved(change), location | {"ETag": etag(change.connector.revision)})

        made = await shelf.create(who, connector_id, raw, expected_revisions(if_match), promised)
        response.headers.update(location)
        return saved_in(response, made)

    @router.put(
        ONE,
        response_model=Saved,
        responses=ACCEPTED | problem_responses(*CHANGING, TemplateMissing, TemplateExists),
        openapi_extra=TEMPLATE_BODY,
        name="Replace a mapping template",
    )
    async def replace(
        connector_id: UUID,
        name: Name,
        response: Response,
        who: Principal = editor,
        if_match: IfMatch = None,
        raw: Any = body,
    ) -> Saved:
        """It may get another name."""
        return saved_in(response, await shelf.replace(who, connector_id, name, raw, expected_revisions(if_match)))

    @router.delete(
        ONE,
        status_code=204,
        response_class=Response,
        responses=ACCEPTED | problem_responses(*CHANGING, TemplateMissing),
        name="Delete a mapping template",
    )
    async def delete(connector_id: UUID, name: Name, who: Principal = editor, if_match: IfMatch = None) -> Response:
        """Executions that name it are refused from then on; those that ask for a former version find it there."""
        change = await shelf.remove(who, connector_id, name, expected_revisions(if_match))
        headers = {"ETag": etag(change.connector.revision)}
        if change.published:
            return Response(status_code=204, headers=headers)
        return JSONResponse(saved(change).model_dump(mode="json"), status_code=202, headers=headers)

    return router


def _location(connector_id: UUID, name: str) -> str:
    return f"/api/connectors/{connector_id}/field-mapping-templates/{quote(name, safe='')}"
