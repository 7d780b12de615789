"""Build the request from the plan and the inputs. Every value is escaped for the place where it stands."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlencode

import msgspec

from connector_executor.connectors.plan import BODY_CONTENT_TYPE, Plan, quote_path
from connector_executor.egress import HttpRequest
from connector_executor.outcome import Failure
from connectors_shared.contract.connector import BodyType
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.bodies import BodyPart, render_tree
from connectors_shared.definition.templates import text_of

Pairs = list[tuple[str, str]]
MAX_INPUT_BYTES = 4 * 1_048_576
MAX_ADDRESS_CHARACTERS = 64 * 1024
"""Of a URL before it is escaped. No server takes as much, and escaping and reading it take many times its size."""
TOO_LONG = f"The inputs would make the URL longer than {MAX_ADDRESS_CHARACTERS} characters."
TOO_LARGE = f"The inputs would fill the request with more than {MAX_INPUT_BYTES} characters."


def render_request(
    plan: Plan, inputs: Mapping[str, Any], execution_id: str, auth: tuple[Pairs, Pairs], message_bytes: int = 0
) -> HttpRequest | Failure:
    """`auth` is the headers and query parameters that authorize the call (see `authorize`).

    `message_bytes` is the size of the message that the inputs came in.
    """
    if plan.most_uses * (message_bytes + plan.default_bytes) > MAX_INPUT_BYTES and _is_too_large(plan, inputs):
        return Failure(FailureType.INVALID_REQUEST, TOO_LARGE)
    auth_headers, auth_query = auth
    query = _query(plan, inputs)
    if isinstance(query, Failure):
        return query
    if _is_too_long(plan, inputs, query):
        return Failure(FailureType.INVALID_REQUEST, TOO_LONG)
    headers = [(name, template.text(inputs)) for name, template in plan.headers]
    unsafe = next((name for name, value in headers if "\r" in value or "\n" in value), None)
    if unsafe:
        return Failure(FailureType.INVALID_REQUEST, f"The header {unsafe} would contain a line break.")
    body = _body(plan.body, inputs) if plan.body else None
    if plan.body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", BODY_CONTENT_TYPE[plan.body.type]))
    if key := plan.published.config.idempotency_header:
        headers.append((key, execution_id))
    headers += auth_headers
    if plan.plain_url is None and _has_dot_segment(plan.url.text(inputs, quote_path)):
        return Failure(FailureType.INVALID_INPUT, "An input would change the path of the URL.")
    url = _url(plan, inputs, query + auth_query)
    return HttpRequest(plan.method, url, tuple(headers), body, whose=(plan.workspace_key, plan.connector_key))


def _is_too_large(plan: Plan, inputs: Mapping[str, Any]) -> bool:
    """A short definition may name a long input thousands of times: counted before anything is written."""
    total = 0
    for reference, times in plan.uses.items():
        total += times * len(text_of(reference.resolve(inputs)))
        if total > MAX_INPUT_BYTES:
            return True
    return False


def _is_too_long(plan: Plan, inputs: Mapping[str, Any], query: Pairs) -> bool:
    path = 0 if plan.plain_url else len(plan.url.text(inputs))
    return path + sum(len(name) + len(value) for name, value in query) > MAX_ADDRESS_CHARACTERS


def _query(plan: Plan, inputs: Mapping[str, Any]) -> Pairs | Failure:
    pairs: Pairs = []
    for part in plan.query:
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
    url = plan.plain_url or plan.url.text(inputs, quote_path)
    if not query:
        return url
    base, hash_sign, fragment = url.partition("#")
    separator = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    pairs = "&".join([f"{quote_path(name)}={quote_path(value)}" for name, value in query])
    return f"{base}{separator}{pairs}{hash_sign}{fragment}"


def _has_dot_segment(url: str) -> bool:
    """Dots need no escaping, yet a segment `..` would lead out of the path that the author wrote."""
    path = re.split(r"[?#]", url, maxsplit=1)[0]
    return any(unquote(segment) in (".", "..") for segment in path.split("/"))


def _body(part: BodyPart, inputs: Mapping[str, Any]) -> bytes:
    if part.type is BodyType.JSON:
        return msgspec.json.encode(render_tree(part.tree, inputs))
    if part.type is BodyType.FORM:
        return urlencode([(key, template.text(inputs)) for key, template in part.form]).encode()
    assert part.raw is not None
    return part.raw.text(inputs).encode()
