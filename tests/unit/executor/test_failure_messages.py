"""What a person reads about a failure is one sentence, however it was put together."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from multidict import CIMultiDict

from connector_executor.caller import Caller
from connector_executor.connectors.plan import Plan, compile_plan
from connector_executor.connectors.standin import missing_version_plan, unknown_plan, unusable_plan
from connector_executor.connectors.versions import NONE
from connector_executor.connectors.workspaces import Workspaces
from connector_executor.execution import Execution, Origin, Source
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import LOST, Failure, Retry
from connector_executor.parking import diversion, parker
from connector_executor.parking.reasons import TROUBLE, unavailable
from connector_executor.scheduling.runner import FAULT
from connector_executor.stages.authorize import Authorizer
from connector_executor.stages.body import read_body
from connector_executor.stages.classify import classify_failure, classify_response
from connector_executor.stages.render import TOO_LARGE, TOO_LONG, render_request
from connector_executor.stages.validate import validate_inputs
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.egress import HttpResponse, SendFailure, SendFailureKind
from connectors_shared.egress.failures import explain_connect_error, explain_exchange_error
from connectors_shared.egress.redirects import redirected_request
from connectors_shared.egress.refusal import SendError
from connectors_shared.egress.request import HttpRequest
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.secrets import Keyring
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector, a_plan, a_schema

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SENTENCE = re.compile(r"[A-Z][^\n]*[^.,;:!? ]\.")
NOTHING: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])


def message_of(found: Any) -> str:
    failure = found.failure if isinstance(found, Retry) else found
    assert isinstance(failure, Failure)
    return failure.message


def an_answer(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(status, CIMultiDict(headers or {}), body, len(body), "https://api.test/", 0.0)


def sent(error: SendError, *, method: str = "POST", may_have_happened: bool = True) -> str:
    failure = SendFailure(error.kind, error.message, may_have_happened, 0.1)
    return message_of(classify_failure(a_plan(method=method), failure))


def refused_redirect(location: str) -> str:
    answer = an_answer(302, headers={"Location": location})
    with pytest.raises(SendError) as caught:
        redirected_request(HttpRequest("GET", "https://api.test/", (), None), answer)
    return sent(caught.value)


def unbuilt(plan: Plan, **fields: Any) -> str:
    event = ConnectorExecute.model_validate(
        {"execution_id": CONNECTOR, "workspace_id": WORKSPACE, "connector_id": CONNECTOR} | fields
    )
    execution = Execution(event, plan, Origin(), 0.0, Source(event.to_json()))
    nothing: Any = None
    caller = Caller(
        nothing, Authorizer(Keyring({"k1": b"k" * 32})), nothing, SystemClock(), ExecutorMetrics(), Workspaces()
    )
    return message_of(caller._request(execution))


LOST_CONNECTION = explain_exchange_error(ConnectionResetError(), "api.test:8443")
REQUIRED_QUERY = {"queryParams": [{"key": "q", "valueType": "input", "inputField": "term", "required": True}]}
DISABLED = compile_plan(a_connector().model_copy(update={"enabled": False}))
MESSAGES = {
    "lost": LOST,
    "fault": FAULT,
    "full": parker.FULL,
    "deep": unbuilt(a_plan(), inputs={"a": json.loads("[" * 150 + "]" * 150)}),
    "unhealthy": diversion.UNHEALTHY,
    "stale": diversion.STALE,
    "too long": TOO_LONG,
    "too large": TOO_LARGE,
    "unknown": unbuilt(unknown_plan(CONNECTOR, WORKSPACE)),
    "unusable": unbuilt(unusable_plan(a_connector(), "the body is not JSON: Expecting value at line 1")),
    "disabled": unbuilt(DISABLED),
    "pinned": message_of(missing_version_plan(a_connector(), 7, NONE).fault),
    "late": unbuilt(a_plan(), deadline=NOW),
    "an input is missing": message_of(validate_inputs({}, a_schema(name={"required": True}))),
    "a parameter is missing": message_of(render_request(a_plan(**REQUIRED_QUERY), {"input": {}}, "id", NOTHING)),
    "500": message_of(classify_response(a_plan(), an_answer(500), NOW)),
    "a bare 503": message_of(classify_response(a_plan(method="POST"), an_answer(503), NOW)),
    "sent, no answer": sent(LOST_CONNECTION),
    "nothing sent": sent(explain_connect_error(ConnectionRefusedError(), "api.test"), may_have_happened=False),
    "no answer to a read": sent(LOST_CONNECTION, method="GET"),
    "no address": sent(SendError(SendFailureKind.invalid_url, "The URL has no valid host.")),
    "a redirect to HTTP": refused_redirect("http://api.test/"),
    "a redirect to nowhere": refused_redirect("https://a:b@c/"),
    "neither JSON nor text": message_of(read_body(an_answer(200, b"\xff", {"Content-Type": "image/x"}))),
    "no JSON": message_of(read_body(an_answer(200, b"{", {"Content-Type": "application/json"}))),
} | {f"unavailable: {reason}": message_of(unavailable(reason, a_plan())) for reason in TROUBLE}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message_is_one_sentence(message: str) -> None:
    assert SENTENCE.fullmatch(message), message


def test_a_message_that_is_put_together_reads_as_one_sentence() -> None:
    assert MESSAGES["sent, no answer"] == (
        "The host api.test:8443 ended the connection early; the request was sent, so it may have taken effect and"
        " is not repeated."
    )
