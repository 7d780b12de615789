"""What FastAPI cannot see by itself: bodies that are read with bounds, and problem documents."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from connectors_shared.http.problems import (
    ForbiddenError,
    InvalidRequestError,
    MalformedJsonError,
    TooLargeError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
    add_problem_schemas,
    add_problems,
)

REF: Final = "#/components/schemas/{model}"
BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "Claims: sub, exp, aud, workspace_id, role (viewer, editor, admin).",
}


OF_CALLERS: Final = (UnauthorizedError, ForbiddenError)
OF_BODIES: Final = (MalformedJsonError, TooLargeError, UnsupportedMediaTypeError, InvalidRequestError)


def request_body(model: type[BaseModel]) -> dict[str, Any]:
    """What a route tells of a body that it reads itself; `model` is to be named to `install_openapi`."""
    schema = {"$ref": REF.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


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
    _, extra = models_json_schema(read, ref_template=REF)
    components = schema.setdefault("components", {})
    components["schemas"] = extra["$defs"] | components.get("schemas", {})
    add_problem_schemas(schema)
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["securitySchemes"] = {"bearer": BEARER}
    schema["security"] = [{"bearer": []}]
    for operations in schema["paths"].values():
        for operation in operations.values():
            _complete(operation)
    return schema


def _complete(operation: dict[str, Any]) -> None:
    """With the problems that come with what a route takes; its own it has told."""
    responses = operation["responses"]
    add_problems(responses, *OF_CALLERS)
    if "requestBody" in operation:
        add_problems(responses, *OF_BODIES)
    if "parameters" in operation:
        add_problems(responses, InvalidRequestError)
    operation["responses"] = dict(sorted(responses.items()))
