"""Build the request from the plan and the inputs. Every value is escaped for the place where it stands."""

from collections.abc import Mapping
from typing import Any

from connector_executor.connectors.plan import Plan, quote_path
from connector_executor.outcome import Failure
from connector_executor.stages.authorize import Authorized
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.auth.kind import Pairs
from connectors_shared.definition.templates import text_of
from connectors_shared.definition.urls import has_dot_segment
from connectors_shared.egress import HttpRequest

MAX_INPUT_BYTES = 4 * 1_048_576
MAX_ADDRESS_CHARACTERS = 64 * 1024
"""Of a URL before it is escaped. No server takes as much, and escaping and reading it take many times its size."""
TOO_LONG = f"The inputs would make the URL longer than {MAX_ADDRESS_CHARACTERS} characters."
TOO_LARGE = f"The inputs would fill the request with more than {MAX_INPUT_BYTES} characters."


def render_request(
    plan: Plan, inputs: Mapping[str, Any], execution_id: str, authorized: Authorized, message_bytes: int = 0
) -> HttpRequest | Failure:
    """`message_bytes` is the size of the message that the inputs came in."""
    if plan.most_uses * (message_bytes + plan.default_bytes) > MAX_INPUT_BYTES and _is_too_large(plan, inputs):
        return Failure(FailureType.INVALID_REQUEST, TOO_LARGE)
    query = _query(plan, inputs)
    if isinstance(query, Failure):
        return query
    if _is_too_long(plan, inputs, query):
        return Failure(FailureType.INVALID_REQUEST, TOO_LONG)
    headers = [(name, template.text(inputs)) for name, template in plan.request.headers]
    unsafe = next((name for name, value in headers if "\r" in value or "\n" in value), None)
    if unsafe:
        return Failure(FailureType.INVALID_REQUEST, f"The header {unsafe} would contain a line break.")
    body = plan.request.body.render(inputs) if plan.request.body else None
    if key := plan.published.config.idempotency_header:
        headers.append((key, execution_id))
    headers += authorized.headers
    if plan.plain_url is None and has_dot_segment(plan.request.url.text(inputs, quote_path)):
        return Failure(FailureType.INVALID_INPUT, "An input would change the path of the URL.")
    url = _url(plan, inputs, query + authorized.query)
    whose = (plan.workspace_key, plan.connector_key)
    return HttpRequest(plan.method, url, tuple(headers), body, whose=whose, confidential=authorized.confidential)


def _is_too_large(plan: Plan, inputs: Mapping[str, Any]) -> bool:
    """A short definition may name a long input thousands of times: counted before anything is written."""
    total = 0
    for reference, times in plan.uses.items():
        total += times * len(text_of(reference.resolve(inputs)))
        if total > MAX_INPUT_BYTES:
            return True
    return False


def _is_too_long(plan: Plan, inputs: Mapping[str, Any], query: Pairs) -> bool:
    path = 0 if plan.plain_url else len(plan.request.url.text(inputs))
    return path + sum(len(name) + len(value) for name, value in query) > MAX_ADDRESS_CHARACTERS


def _query(plan: Plan, inputs: Mapping[str, Any]) -> Pairs | Failure:
    pairs: Pairs = []
    for part in plan.request.query:
        if part.template is not None:
            pairs.append((part.key, part.template.text(inputs)))
            continue
        assert part.reference is not None
        value = part.reference.resolve(inputs)
        if value is not None and value != "":
            values = value if isinstance(value, list) else [value]
            pairs += [(part.key, text_of(item)) for item in values]
        elif part.required:
            why = f"The input {part.reference.name} is required for the query parameter {part.key}."
            return Failure(FailureType.INVALID_INPUT, why)
    return pairs


def _url(plan: Plan, inputs: Mapping[str, Any], query: Pairs) -> str:
    url = plan.plain_url or plan.request.url.text(inputs, quote_path)
    if not query:
        return url
    base, hash_sign, fragment = url.partition("#")
    separator = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    pairs = "&".join([f"{quote_path(name)}={quote_path(value)}" for name, value in query])
    return f"{base}{separator}{pairs}{hash_sign}{fragment}"
