"""Whatever an upstream says in its headers, what follows is bounded; a fault of ours leaves no doubt about the call."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from connector_executor.caller import Caller
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.workspaces import Workspaces
from connector_executor.execution import Execution, Origin, Source
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Retry
from connector_executor.policies.quota import MAX_WINDOW_SECONDS, advise
from connector_executor.policies.retry import MAX_RETRY_AFTER_SECONDS
from connector_executor.stages.authorize import Authorizer
from connector_executor.stages.classify import advice_of, classify_response
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import FailureType
from connectors_shared.egress import HttpRequest, HttpResponse, SendBounds
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.secrets import Keyring
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_plan
from tests.unit.executor.hostile import HEADER_VALUES, LONG

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAMES = [
    "Date",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Rate-Limit-Remaining",
    "X-Rate-Limit-Reset",
]
CPU_SECONDS = 1.0
"""Far above what one reading of a bounded value takes."""


def an_answer(status: int, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(status, CIMultiDict(headers), b"", 0, "https://api.test/users", 0.1)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(NAMES), HEADER_VALUES, max_size=5),
    st.sampled_from([200, 429, 500, 503]),
    st.sampled_from([None, {"maxRequestsPerMinute": 60}, {"windows": [{"limit": 1_000_000, "seconds": 1}]}]),
)
@example({"X-RateLimit-Limit": "1e-30"}, 200, {"maxRequestsPerMinute": 60})
@example({"RateLimit": "limit=0.000001, remaining=0, reset=9"}, 200, {"maxRequestsPerMinute": 60})
@example({"Retry-After": "nan", "Date": "Mon, 01 Jan 2026 00:00:00 +99999999999999999999"}, 503, None)
def test_what_any_headers_ask_for_is_bounded(
    headers: dict[str, str], status: int, limit: dict[str, Any] | None
) -> None:
    plan = a_plan(rateLimit=limit) if limit else a_plan()
    advice = advice_of(plan, an_answer(status, headers), NOW)
    if advice is not None:
        assert -1 <= advice.hold_seconds <= MAX_RETRY_AFTER_SECONDS
        assert 0 <= advice.interval_seconds <= MAX_RETRY_AFTER_SECONDS
        assert 0 <= advice.ttl_seconds <= MAX_WINDOW_SECONDS
        assert len(advice.source) <= 100
    decision = classify_response(plan, an_answer(status, headers), NOW)
    if isinstance(decision, Retry) and decision.asked_seconds is not None:
        assert 0 <= decision.asked_seconds <= MAX_RETRY_AFTER_SECONDS


@pytest.mark.parametrize("name", NAMES)
def test_only_the_beginning_of_a_header_is_read(name: str) -> None:
    started = time.process_time()
    for value in LONG:
        advise(CIMultiDict({name: value, "X-RateLimit-Limit": value}), NOW, True, [(10, 1.0)])
        classify_response(a_plan(), an_answer(503, {name: value}), NOW)
    assert time.process_time() - started < CPU_SECONDS


class Answers:
    """Stands for the sender."""

    def __init__(self, answer: HttpResponse) -> None:
        self.answer = answer
        self.sent: list[HttpRequest] = []

    async def send(self, request: HttpRequest, _bounds: SendBounds) -> HttpResponse:
        self.sent.append(request)
        return self.answer


def a_caller(sender: Answers) -> Caller:
    transformer: Any = None  # no connector here has a transform
    return Caller(
        sender, Authorizer(Keyring({"k1": b"k" * 32})), transformer, SystemClock(), ExecutorMetrics(), Workspaces()
    )


def an_execution(plan: Plan, message: bytes | None = None, **fields: Any) -> Execution:
    ids = {"executionId": CONNECTOR, "workspaceId": WORKSPACE, "connectorId": CONNECTOR}
    event = ConnectorExecute.model_validate(ids).model_copy(update=fields)
    return Execution(event, plan, Origin(), 0.0, Source(event.to_json() if message is None else message))


@pytest.mark.parametrize(
    "fields",
    [
        {"deadline": datetime(1, 1, 1)},  # noqa: DTZ001  the contract lets none in
        {"message": b'{"inputs": {"x": "\\ud800"}}'},
        {"message": b""},
    ],
)
async def test_what_cannot_be_built_was_not_sent_and_nothing_is_in_doubt(fields: dict[str, Any]) -> None:
    sender = Answers(an_answer(200, {}))
    plan = a_plan(method="POST", url="https://api.test/{{input.x}}", bodyType="json", body={"a": "{{input.x}}"})
    called = await a_caller(sender).call(an_execution(plan, **fields))
    assert isinstance(called.decision, Failure)
    assert called.decision.type is FailureType.INVALID_REQUEST
    assert (sender.sent, called.lives) == ([], None)


async def test_a_fault_after_the_answer_is_no_doubt_about_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("connector_executor.caller.classify_response", fails)
    monkeypatch.setattr("connector_executor.caller.advice_of", fails)
    execution = an_execution(a_plan(method="POST"))
    called = await a_caller(Answers(an_answer(201, {}))).call(execution)
    assert isinstance(called.decision, Failure)
    assert (called.decision.type, called.decision.http_status) == (FailureType.INVALID_RESPONSE, 201)
    assert (called.advice, called.lives, len(execution.attempts)) == (None, True, 1)


async def test_advice_that_cannot_be_read_changes_no_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("connector_executor.caller.advice_of", fails)
    called = await a_caller(Answers(an_answer(404, {}))).call(an_execution(a_plan()))
    assert isinstance(called.decision, Failure)
    assert (called.decision.type, called.advice) == (FailureType.HTTP_ERROR, None)
