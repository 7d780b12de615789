"""Build the request from the plan and the values. Every value is escaped for the place where it stands."""

from connector_executor.connectors.plan import Plan, quote_path
from connector_executor.outcome import Failure
from connector_executor.stages.authorize import Authorized
from connector_executor.stages.validate import INPUTS, LONGEST
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.fields import Pair, written
from connectors_shared.definition.headers import CONTROL
from connectors_shared.definition.problems import Place, shortened
from connectors_shared.definition.templates import ABSENT, Scope, Template, UnrenderableError, fills_more_than
from connectors_shared.definition.urls import Address, has_dot_segment
from connectors_shared.egress import HttpRequest

MAX_INPUT_BYTES = 4 * 1_048_576
MAX_ADDRESS_CHARACTERS = 64 * 1024
"""Of a URL before it is escaped. No server takes as much, and escaping and reading it take many times its size."""
FOREIGN_HOST = Failure(
    FailureType.INVALID_INPUT, "The inputs lead to a host that is not in the connector's allowedHosts."
)
TOO_LONG = f"The inputs would make the URL longer than {MAX_ADDRESS_CHARACTERS} characters."
TOO_LARGE = f"The inputs would fill the request with more than {MAX_INPUT_BYTES} characters."


def render_request(
    plan: Plan, scope: Scope, execution_id: str, authorized: Authorized, message_bytes: int = 0
) -> HttpRequest | Failure:
    """`message_bytes` is the size of the message that the values came in."""
    try:
        return _rendered(plan, scope, execution_id, authorized, message_bytes)
    except UnrenderableError as error:
        return Failure(FailureType.INVALID_INPUT, f"The request cannot be made of these values: {error}.")


def _rendered(
    plan: Plan, scope: Scope, execution_id: str, authorized: Authorized, message_bytes: int
) -> HttpRequest | Failure:
    is_large = plan.placeholders.most_uses * (message_bytes + plan.default_bytes) > MAX_INPUT_BYTES
    if is_large and fills_more_than(MAX_INPUT_BYTES, plan.placeholders.uses, scope):
        return Failure(FailureType.INVALID_REQUEST, TOO_LARGE)
    query = _query(plan, scope)
    if isinstance(query, Failure):
        return query
    if _is_too_long(plan, scope, query):
        return Failure(FailureType.INVALID_REQUEST, TOO_LONG)
    headers = _headers(plan, scope)
    if isinstance(headers, Failure):
        return headers
    body = plan.request.body.render(scope) if plan.request.body else None
    if key := plan.config.idempotency_header:
        headers.append((key, execution_id))
    headers += authorized.headers
    address = plan.plain_url or _address(plan.request.url, scope)
    if isinstance(address, Failure):
        return address
    url = _with_query(address, query + [(name, (value,)) for name, value in authorized.query])
    whose = (plan.workspace_key, plan.connector_key)
    return HttpRequest(plan.method, url, tuple(headers), body, whose=whose, confidential=authorized.confidential)


def _is_too_long(plan: Plan, scope: Scope, query: list[Pair]) -> bool:
    size = 0 if plan.plain_url else len(plan.request.url.rest.text(scope))
    for name, texts in query:
        size += len(name) + sum(map(len, texts))
    return size > MAX_ADDRESS_CHARACTERS


def _query(plan: Plan, scope: Scope) -> list[Pair] | Failure:
    pairs: list[Pair] = []
    for field in plan.request.query:
        found = field.pairs(scope)
        if not found and field.required:
            name = field.template.references[0].name
            why = f"is required for the query parameter {field.key}"
            errors = ((shortened(str(Place(INPUTS, name)), LONGEST), shortened(why, LONGEST)),)
            return Failure(FailureType.INVALID_INPUT, f"The input {name} {why}.", errors=errors)
        pairs += found
    return pairs


def _headers(plan: Plan, scope: Scope) -> list[tuple[str, str]] | Failure:
    """One that is a placeholder without a value is not sent."""
    headers: list[tuple[str, str]] = []
    for name, template in plan.request.headers:
        value = template.text(scope)
        if template.references:
            if not value and _is_absent(template, scope):
                continue
            if CONTROL.search(value.replace("\t", " ")):
                why = f"The header {name} would contain a line break or another control character."
                return Failure(FailureType.INVALID_REQUEST, why)
        headers.append((name, value))
    return headers


def _is_absent(template: Template, scope: Scope) -> bool:
    return template.lone is not None and template.value(scope) is ABSENT


def _address(address: Address, scope: Scope) -> str | Failure:
    rest = address.rest.text(scope, quote_path)
    if has_dot_segment(rest):
        return Failure(FailureType.INVALID_INPUT, "An input would change the path of the URL.")
    if address.host is None:
        return rest
    origin = address.host.origin(scope)
    return FOREIGN_HOST if origin is None else origin + rest


def _with_query(url: str, query: list[Pair]) -> str:
    if not query:
        return url
    base, hash_sign, fragment = url.partition("#")
    separator = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    return f"{base}{separator}{written(query, quote_path)}{hash_sign}{fragment}"
