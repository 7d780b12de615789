"""What somebody should look at in a call, though it may have succeeded."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector_executor.connectors.plan import Plan
from connector_executor.policies.headers import value_of
from connectors_shared.contract.trial import BodyKind, Remark, ShownBody
from connectors_shared.definition.problems import Place
from connectors_shared.definition.templates import INPUT, Scope
from connectors_shared.definition.templates.roots import CONTEXT
from connectors_shared.egress import DEFAULT_BOUNDS, HttpRequest, HttpResponse
from connectors_shared.egress.redirects import is_redirect

NEAR: Final = 0.8
"""Of a limit."""
MOST_NAMED: Final = 50
READ_BY_STAGES: Final = frozenset({"utf-8", "utf-8-sig", "ascii"})


def about_inputs(plan: Plan, given: Mapping[str, Any], scope: Scope) -> Iterator[Remark]:
    used = [reference for reference in plan.placeholders.uses if reference.root == INPUT]
    names = {reference.name for reference in used}
    for name in [name for name in given if name not in names][:MOST_NAMED]:
        message = f"The input {name[:100]} is not used by the definition."
        yield Remark(code="unused_input", message=message, pointer=str(Place("/inputs", name[:100])))
    lacking = {each.name for each in used if each.default is None and scope[INPUT].get(each.name) is None}
    for name in sorted(lacking)[:MOST_NAMED]:
        message = f"The definition uses the input {name}, which was not given and has no default."
        yield Remark(code="missing_input", message=message, pointer=str(Place("/inputs", name)))
    yield from _about_other_values(plan, scope)


def _about_other_values(plan: Plan, scope: Scope) -> Iterator[Remark]:
    others = [
        reference for reference in plan.placeholders.uses if reference.root != INPUT and reference.default is None
    ]
    lacking = {each.way: each.root for each in others if each.found(scope) is None}
    for way, root in sorted(lacking.items())[:MOST_NAMED]:
        message = f"The definition uses {way}, which has no value here and no default."
        yield Remark(code=f"missing_{root}", message=message, pointer="/context" if root == CONTEXT else "")


def about_request(request: HttpRequest) -> Iterator[Remark]:
    if request.url[:5].lower() == "http:":
        message = "The call is not encrypted: whoever is on the way can read it, credentials included. Use https."
        yield Remark(code="insecure_http", message=message, pointer="/config/url")


def about_response(plan: Plan, response: HttpResponse, shown: ShownBody) -> Iterator[Remark]:
    if is_redirect(response):
        place = value_of(response.headers, "Location")[:200]
        message = f"The API redirects to {place or 'nowhere'}; redirects are not followed. Call that address instead."
        yield Remark(code="redirect_not_followed", message=message, pointer="/config/url")
    if len(response.body) > NEAR * DEFAULT_BOUNDS.max_body_bytes:
        limit = DEFAULT_BOUNDS.max_body_bytes
        message = (
            f"The answer has {len(response.body)} bytes, and more than {limit} are not read. Ask for less at once."
        )
        yield Remark(code="answer_near_limit", message=message)
    is_json = "json" in value_of(response.headers, "Content-Type").lower()
    if shown.kind is BodyKind.TEXT and plan.transform and not is_json and (shown.text or "")[:1] in "{[":
        message = "The answer looks like JSON, but its Content-Type does not say so: the transform gets it as text."
        yield Remark(code="not_declared_as_json", message=message, pointer="/config/responseTransform")
    if shown.kind is BodyKind.TEXT and shown.charset not in READ_BY_STAGES and not is_json:
        message = f"The answer is in {shown.charset}; executions read UTF-8 only, and fail on other characters."
        yield Remark(code="charset", message=message)


def about_output(plan: Plan, output: Any, size: int, most_bytes: int) -> Iterator[Remark]:
    if size > NEAR * most_bytes:
        message = f"The result has {size} bytes of at most {most_bytes}; choose fewer fields in the response transform."
        yield Remark(code="result_near_limit", message=message, pointer="/config/responseTransform")
    if output is None and plan.transform:
        message = "The transform found nothing in the answer."
        yield Remark(code="empty_output", message=message, pointer="/config/responseTransform")
