"""What FastAPI cannot see by itself: bodies that are read with bounds, and every status that may be answered."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from connectors_shared.http.access import BEARER, MissingScopeError, TooManyRequestsError
from connectors_shared.http.idempotency import PARAMETER, KeyInUseError, KeyReusedError
from connectors_shared.http.problems import (
    InvalidRequestError,
    MalformedHeaderError,
    MalformedJsonError,
    TooLargeError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
    add_problem_schemas,
    add_problems,
)
from connectors_shared.http.published_keys import KeysUnavailableError

REF: Final = "#/components/schemas/{model}"
Operation = dict[str, Any]
OF_BODIES: Final = (MalformedJsonError, TooLargeError, UnsupportedMediaTypeError, InvalidRequestError)


def request_body(model: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` of a route whose body is read by `body_of` or `json_body`."""
    schema = model.model_json_schema(ref_template=REF)
    parts = schema.pop("$defs", {})
    content = {"$ref": REF.format(model=model.__name__), "$defs": parts | {model.__name__: schema}}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": content}}}}


def idempotent_body(model: type[BaseModel]) -> dict[str, Any]:
    """`request_body` of a route that takes an Idempotency-Key."""
    return request_body(model) | {"parameters": [dict(PARAMETER)]}


def file_body(media_type: str, description: str) -> dict[str, Any]:
    """`openapi_extra` of a route that reads a file as a stream, once it knows who asks."""
    content = {"schema": {"type": "string", "$defs": {}}}
    return {"requestBody": {"required": True, "description": description, "content": {media_type: content}}}


def install_openapi(app: FastAPI) -> None:
    """Complete the app's OpenAPI document; computed once, when it is asked for."""
    app.openapi = _document(app)  # type: ignore[method-assign]


def operations_of(document: dict[str, Any]) -> Iterator[Operation]:
    for path in document["paths"].values():
        yield from path.values()


def _document(app: FastAPI) -> Callable[[], dict[str, Any]]:
    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    return document


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for operation in operations_of(document):
        _lift(operation, schemas)
        _complete(operation)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    add_problem_schemas(document)
    return document


def _lift(operation: Operation, schemas: dict[str, Any]) -> None:
    """Put the schemas that came with the operation's body among the others; another one of a name keeps it.

    Raises TypeError for a body parameter of FastAPI's.
    """
    for media_type in operation.get("requestBody", {}).get("content", {}).values():
        if "$defs" not in media_type["schema"]:
            raise TypeError(f"{operation['operationId']} reads its body before it knows who asks: use body_of")
        parts = media_type["schema"].pop("$defs")
        names = {name: _free_name(name, part, schemas) for name, part in parts.items()}
        media_type["schema"] = _renamed(media_type["schema"], names)
        schemas |= {names[name]: _renamed(part, names) for name, part in parts.items()}


def _free_name(name: str, part: dict[str, Any], schemas: dict[str, Any]) -> str:
    return name if schemas.get(name, part) == part else f"{name}-Input"


def _renamed(schema: Any, names: dict[str, str]) -> Any:
    """A schema is ours and small: it is as deep as our models."""
    if isinstance(schema, list):
        return [_renamed(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    renamed = {key: _renamed(part, names) for key, part in schema.items()}
    if isinstance(reference := schema.get("$ref"), str):
        prefix, _, name = reference.rpartition("/")
        renamed["$ref"] = f"{prefix}/{names.get(name, name)}"
    return renamed


def _complete(operation: Operation) -> None:
    """With the problems that come with what a route takes; its own it has told."""
    responses = operation["responses"]
    security = operation.get("security", [])
    if security:
        add_problems(responses, UnauthorizedError)
    if any(BEARER.scheme_name in requirement for requirement in security):
        add_problems(responses, TooManyRequestsError, KeysUnavailableError)
    if any(scopes for requirement in security for scopes in requirement.values()):
        add_problems(responses, MissingScopeError)
    if "requestBody" in operation:
        add_problems(responses, *OF_BODIES)
    parameters = operation.get("parameters", [])
    add_problems(responses, InvalidRequestError)
    if PARAMETER in parameters:
        add_problems(responses, MalformedHeaderError, KeyInUseError, KeyReusedError)
    operation["responses"] = dict(sorted(responses.items()))
