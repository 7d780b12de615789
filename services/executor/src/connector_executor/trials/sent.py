"""The request as it went over the wire, masked, with its parts and as a cURL command."""

from collections.abc import Mapping, Sequence
from typing import Any

from connector_executor.connectors.plan import Plan, quote_path
from connector_executor.stages.authorize import Authorized
from connector_executor.trials.curl import curl_command
from connector_executor.trials.masking import Masker
from connector_executor.trials.parts import Parts
from connector_executor.trials.showing_bodies import shown_body
from connector_executor.trials.trace import Observed
from connectors_shared.contract.trial import HeaderLine, SentRequest
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.definition.templates import Scope
from connectors_shared.egress import HttpRequest
from connectors_shared.egress.origin import parse_origin, split_url
from connectors_shared.egress.refusal import SendError

END_OF_HEAD = b"\r\n\r\n"


def sent_request(
    plan: Plan,
    request: HttpRequest,
    sent: Sequence[tuple[str, str]],
    given: Mapping[str, Any],
    scope: Scope,
    authorized: Authorized,
) -> SentRequest:
    """`sent`: its headers as they went, see `sent_headers`."""
    masker = Masker(authorized)
    headers = [HeaderLine(name=name, value=masker.header(name, value)) for name, value in sent]
    url = as_sent(request.url)
    seconds = plan.bounds.total_seconds
    curl, variables = curl_command(request.method, url, sent, request.body, seconds, authorized)
    body = request.body
    return SentRequest(
        method=request.method,
        url=_masked_url(url, authorized, masker),
        headers=headers,
        body=shown_body(_masked(body, masker), _content_type(sent)),
        sent_bytes=request.sent_bytes,
        parts=Parts(plan, given, scope, authorized, masker).all(headers, body),
        curl=curl,
        curl_variables=variables,
    )


def sent_headers(attempt: Observed) -> list[tuple[str, str]]:
    """Read from the very bytes; those of the request where it did not come to be written."""
    head, _, _ = attempt.watch.message.partition(END_OF_HEAD)
    lines = head.decode("utf-8", "surrogateescape").split("\r\n")[1:]
    if not lines:
        return list(attempt.request.headers)
    return [(name, value.removeprefix(" ")) for name, _, value in (line.partition(":") for line in lines)]


def as_sent(url: str) -> str:
    try:
        origin, target = split_url(url)
        return f"{parse_origin(origin)}{target}"
    except SendError:
        return url


def _masked_url(url: str, authorized: Authorized, masker: Masker) -> str:
    for name, value in authorized.query:
        pair = f"{quote_path(name)}={quote_path(value)}"
        url = url.replace(pair, f"{quote_path(name)}={MASK}")
    return masker.text(url)


def _masked(body: bytes | None, masker: Masker) -> bytes:
    if not body:
        return b""
    text = body.decode("utf-8", "surrogateescape")
    return masker.text(text).encode("utf-8", "surrogateescape")


def _content_type(headers: Sequence[tuple[str, str]]) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")
