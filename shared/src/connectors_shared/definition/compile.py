"""What a valid connector is: the registry saves only what compiles, and the executor runs just that."""

from dataclasses import dataclass
from typing import Final

from connectors_shared.contract.connector import PublishedConnector, RequestConfig
from connectors_shared.definition import bodies
from connectors_shared.definition.auth.kind import AuthKind
from connectors_shared.definition.auth.sealed import compile_auth
from connectors_shared.definition.bodies.json_body import JSON
from connectors_shared.definition.bodies.kind import BodyKind, CompiledBody
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.inputs import check_defaults, check_names
from connectors_shared.definition.limits import MAX_BODY_BYTES, check_rate_limit, check_size
from connectors_shared.definition.methods import is_repeatable
from connectors_shared.definition.problems import Problem
from connectors_shared.definition.request import QueryPart, check_idempotency_header, compile_headers, compile_query
from connectors_shared.definition.templates import InputReference, Template
from connectors_shared.definition.transforms import syntax_error
from connectors_shared.definition.urls import compile_url

CONFIG: Final = "/config"
_CONTENT_TYPE: Final = "Content-Type"


@dataclass(frozen=True, slots=True)
class CompiledDefinition:
    """The parts of a request, ready to be filled with inputs.

    `headers` have the Content-Type of the body; the headers of `auth` and of idempotency come with each call.
    """

    url: Template
    query: tuple[QueryPart, ...]
    headers: tuple[tuple[str, Template], ...]
    body: CompiledBody | None
    auth: AuthKind
    repeatable: bool

    def references(self) -> list[InputReference]:
        """Every placeholder, as often as it stands there."""
        templates = [self.url, *(template for _, template in self.headers)]
        templates += [part.template for part in self.query if part.template]
        found = [reference for template in templates for reference in template.references]
        found += [part.reference for part in self.query if part.reference]
        return found + (self.body.references() if self.body else [])


def compile_definition(definition: PublishedConnector) -> CompiledDefinition | list[Problem]:
    """Its parts, or everything that is wrong with it, with pointers into the message."""
    found = Compilation()
    compiled = _compiled(definition, found)
    return found.told() or compiled


def check_definition(definition: PublishedConnector) -> list[Problem]:
    """Everything that is wrong with a definition that somebody wants to save.

    More than `compile_definition`: also ceilings, and whether the engine of transforms can parse this one, which the
    executor leaves to its workers.
    """
    found, config = Compilation(), definition.config
    if not check_size(config.body, MAX_BODY_BYTES, f"{CONFIG}/body", found):
        definition = definition.model_copy(update={"config": config.model_copy(update={"body": None})})
    _compiled(definition, found)
    if config.body is not None and config.body_type is None:
        found.refuse(f"{CONFIG}/bodyType", "say how the body is written: " + ", ".join(bodies.KINDS))
    check_rate_limit(config.rate_limit, f"{CONFIG}/rateLimit", found)
    check_defaults(definition.input_schema, "/inputSchema", found)
    wrong = syntax_error(config.response_transform) if config.response_transform else None
    if wrong:
        found.refuse(f"{CONFIG}/responseTransform", f"is not JSONata: {wrong}")
    return found.told()


def _compiled(definition: PublishedConnector, found: Compilation) -> CompiledDefinition:
    config = definition.config
    auth = compile_auth(definition.auth, "/auth", found)
    auth_header = auth.header(definition.auth.public)
    url = compile_url(config.url, f"{CONFIG}/url", found)
    headers = compile_headers(config.headers, auth_header, f"{CONFIG}/headers", found)
    taken = {auth_header, *(header.key.lower() for header in config.headers)}
    check_idempotency_header(config.idempotency_header, taken, f"{CONFIG}/idempotencyHeader", found)
    query = compile_query(config.query_params, f"{CONFIG}/queryParams", found)
    kind, body = _body(config, found)
    if body and kind and _CONTENT_TYPE.lower() not in taken:
        headers.append((_CONTENT_TYPE, Template((kind.content_type,))))
    check_names(definition.input_schema, found)
    repeatable = is_repeatable(config.method.value, config.idempotency_header)
    return CompiledDefinition(url, query, tuple(headers), body, auth, repeatable)


def _body(config: RequestConfig, found: Compilation) -> tuple[BodyKind | None, CompiledBody | None]:
    """None and None when there is no body. One whose kind is not said is JSON."""
    kind = bodies.KINDS.get(config.body_type or JSON.type)
    if kind is None:
        found.refuse(f"{CONFIG}/bodyType", "must be one of " + ", ".join(bodies.KINDS), unknown_word=True)
    if kind is None or config.body is None or config.body == "":
        return None, None
    return kind, kind.compile(config.body, f"{CONFIG}/body", found)
