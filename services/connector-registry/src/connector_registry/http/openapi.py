"""What FastAPI cannot see by itself: bodies that are read with bounds, and problem documents."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from connectors_shared.http.problems import MEDIA_TYPE, Problem

REF: Final = "#/components/schemas/{model}"
BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "Claims: sub, exp, aud, workspace_id, role (viewer, editor, admin).",
}


def request_body(model: type[BaseModel]) -> dict[str, Any]:
    """What a route tells of a body that it reads itself; `model` is to be named to `install_openapi`."""
    schema = {"$ref": REF.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem document (RFC 9457); `errors` names each wrong field by JSON pointer.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
    },
}


def install_openapi(app: FastAPI, bodies: Iterable[type[BaseModel]]) -> None:
    """Complete the app's OpenAPI document; computed once."""
    app.openapi = _document(app, bodies)  # type: ignore[method-assign]


def _document(app: FastAPI, bodies: Iterable[type[BaseModel]]) -> Callable[[], dict[str, Any]]:
    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes),
                bodies,
            )
        return app.openapi_schema

    return document


def _completed(schema: dict[str, Any], bodies: Iterable[type[BaseModel]]) -> dict[str, Any]:
    read: list[tuple[type[BaseModel], JsonSchemaMode]] = [(body, "validation") for body in bodies]
    _, extra = models_json_schema([*read, (Problem, "serialization")], ref_template=REF)
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
