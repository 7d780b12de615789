"""What FastAPI cannot see by itself: bodies that are read with bounds, and problem documents."""

from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from connector_registry.connectors.draft import ConnectorChange, ConnectorDraft
from connector_registry.executions.order import ExecutionDraft
from connector_registry.inbound.http.views import Saved
from connectors_shared.runtime.problems import MEDIA_TYPE, Problem

REF: Final = "#/components/schemas/{model}"
BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "Claims: sub, exp, aud, workspace_id, role (viewer, editor, admin).",
}


def _body(model: type[BaseModel]) -> dict[str, Any]:
    schema = {"$ref": REF.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


DRAFT_BODY: Final = _body(ConnectorDraft)
CHANGE_BODY: Final = _body(ConnectorChange)
EXECUTION_BODY: Final = _body(ExecutionDraft)
ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": Saved, "description": "Saved; its message is published as soon as Kafka takes it."}
}
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem document (RFC 9457); `errors` names each wrong field by JSON pointer.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
    },
}


def install_openapi(app: FastAPI) -> None:
    """Complete the app's OpenAPI document; computed once."""
    app.openapi = _document(app)  # type: ignore[method-assign]


def _document(app: FastAPI) -> Callable[[], dict[str, Any]]:
    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    return document


def _completed(schema: dict[str, Any]) -> dict[str, Any]:
    _, extra = models_json_schema(
        [
            (ConnectorDraft, "validation"),
            (ConnectorChange, "validation"),
            (ExecutionDraft, "validation"),
            (Problem, "serialization"),
        ],
        ref_template=REF,
    )
    components = schema.setdefault("components", {})
    components["schemas"] = extra["$defs"] | components.get("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["securitySchemes"] = {"bearer": BEARER}
    schema["security"] = [{"bearer": []}]
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
    return schema
