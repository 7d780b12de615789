"""What a valid connector is: the registry saves only what compiles, and the executor runs just that."""

from typing import Final

import msgspec

from connectors_shared.contract.connector import PublishedConnector, RequestConfig
from connectors_shared.definition import bodies
from connectors_shared.definition.auth.kind import AuthKind
from connectors_shared.definition.bodies.json_body import JSON
from connectors_shared.definition.bodies.kind import BodyKind, CompiledBody
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.credentials import Credentials, check_origins, compile_auth
from connectors_shared.definition.fields import Field
from connectors_shared.definition.inputs.fields import Fields
from connectors_shared.definition.inputs.names import check_names
from connectors_shared.definition.inputs.schema import compile_inputs
from connectors_shared.definition.limits import MAX_BODY_BYTES, check_rate_limit, check_size
from connectors_shared.definition.methods import is_repeatable
from connectors_shared.definition.plain_keys import check_plain_keys
from connectors_shared.definition.problems import Problem
from connectors_shared.definition.request import check_idempotency_header, compile_headers, compile_query
from connectors_shared.definition.secret_values import compile_secret_headers, compile_secret_query
from connectors_shared.definition.templates import Reference, Template
from connectors_shared.definition.transforms import syntax_error
from connectors_shared.definition.urls import Address, compile_url

CONFIG: Final = "/config"
NO_CREDENTIALS: Final = Credentials()
_CONTENT_TYPE: Final = "Content-Type"


class CompiledDefinition(msgspec.Struct, frozen=True, gc=False):
    """The parts of a request, ready to be filled with values, and the `inputs` that judge these.

    `headers` have the Content-Type of the body; the headers of `auth` and of idempotency come with each call, and so do
    `secret_headers` and `secret_query`, which are names and the fields of the credential that has the values.
    """

    url: Address
    query: tuple[Field, ...]
    headers: tuple[tuple[str, Template], ...]
    body: CompiledBody | None
    auth: AuthKind
    repeatable: bool
    inputs: Fields
    secret_headers: tuple[tuple[str, str], ...] = ()
    secret_query: tuple[tuple[str, str], ...] = ()

    def references(self) -> tuple[Reference, ...]:
        """Every placeholder, as often as it stands there."""
        found = [*self.url.references]
        for _, template in self.headers:
            found += template.references
        for field in self.query:
            found += field.template.references
        return (*found, *self.body.references()) if self.body else tuple(found)


def compile_definition(
    definition: PublishedConnector, credentials: Credentials = NO_CREDENTIALS
) -> CompiledDefinition | list[Problem]:
    """Its parts, or everything that is wrong with it, with pointers into the message."""
    found = Compilation()
    compiled = _compiled(definition, credentials, found)
    return found.told() or compiled


def check_definition(definition: PublishedConnector, credentials: Credentials = NO_CREDENTIALS) -> list[Problem]:
    """Everything that is wrong with a definition that somebody wants to save.

    More than `compile_definition`: also ceilings, keys in plain sight, whether the credentials may be sent to the URL,
    and whether the engine of transforms can parse this one, which the executor leaves to its workers.
    """
    found, config = Compilation(), definition.config
    if not check_size(config.body, MAX_BODY_BYTES, f"{CONFIG}/body", found):
        definition = definition.model_copy(update={"config": config.model_copy(update={"body": None})})
    _compiled(definition, credentials, found)
    check_origins(config, f"{CONFIG}/url", credentials, found)
    check_plain_keys(definition.config, CONFIG, found)
    if config.body is not None and config.body_type is None:
        found.refuse(f"{CONFIG}/bodyType", "say how the body is written: " + ", ".join(bodies.KINDS))
    check_rate_limit(config.rate_limit, f"{CONFIG}/rateLimit", found)
    wrong = syntax_error(config.response_transform) if config.response_transform else None
    if wrong:
        found.refuse(f"{CONFIG}/responseTransform", f"is not JSONata: {wrong}")
    return found.told()


def _compiled(definition: PublishedConnector, credentials: Credentials, found: Compilation) -> CompiledDefinition:
    config = definition.config
    auth = compile_auth(definition, credentials, found)
    auth_header = auth.header(credentials.auth.public if credentials.auth else {})
    url = compile_url(config, CONFIG, found)
    headers = compile_headers(config.headers, auth_header, f"{CONFIG}/headers", found)
    taken = {auth_header, *[header.key.lower() for header in config.headers]}
    check_idempotency_header(config.idempotency_header, taken, f"{CONFIG}/idempotencyHeader", found)
    query = compile_query(config.query_params, f"{CONFIG}/queryParams", found)
    secret_headers = compile_secret_headers(config, credentials.secrets, f"{CONFIG}/headers", found)
    secret_query = compile_secret_query(config, credentials.secrets, f"{CONFIG}/queryParams", found)
    kind, body = _body(config, found)
    if body and kind and _CONTENT_TYPE.lower() not in taken:
        headers.append((_CONTENT_TYPE, Template((kind.content_type,))))
    inputs = compile_inputs(definition.input_schema, "/inputSchema", found)
    check_names(definition.input_schema, found)
    repeatable = is_repeatable(config.method.value, config.idempotency_header)
    return CompiledDefinition(
        url, query, tuple(headers), body, auth, repeatable, inputs, tuple(secret_headers), tuple(secret_query)
    )


def _body(config: RequestConfig, found: Compilation) -> tuple[BodyKind | None, CompiledBody | None]:
    """None and None when there is no body. One whose kind is not said is JSON."""
    kind = bodies.KINDS.get(config.body_type or JSON.type)
    if kind is None:
        found.refuse(f"{CONFIG}/bodyType", "must be one of " + ", ".join(bodies.KINDS), unknown_word=True)
    if kind is None or config.body is None or config.body == "":
        return None, None
    return kind, kind.compile(config.body, f"{CONFIG}/body", found)
