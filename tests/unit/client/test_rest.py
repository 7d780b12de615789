"""Calls over REST: repeated with the same id, and clear about whether they may have happened."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import msgspec
import pytest

from connector_registry.executions.shapes import parse_order
from connectors_client import (
    CallTerms,
    ClientError,
    ConflictError,
    ConnectionLostError,
    ExecutionContext,
    FieldMapping,
    InvalidCallError,
    MappingOptions,
    NotAllowedError,
    NotCalledError,
    Outcome,
    OutcomeLateError,
    RefusedError,
    RestExecutions,
    TryLaterError,
    UnknownConnectorError,
    WrongField,
)

CONNECTOR = UUID(int=7)
Answer = httpx2.Response | Exception


class Registry:
    """Answers as it is told, in turn; the last answer stays."""

    def __init__(self, *answers: Answer | Callable[[dict[str, Any]], Answer]) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[httpx2.Request] = []
        self._answers = list(answers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        self.bodies.append(msgspec.json.decode(request.content))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if callable(answer):
            answer = answer(self.bodies[-1])
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def call(self, *, repeat: bool = True, timeout_seconds: float = 30.0, **options: Any) -> Outcome:
        transport = httpx2.MockTransport(self)
        async with RestExecutions("http://registry.test", "a-token", repeat=repeat, transport=transport) as executions:
            return await executions.call(CONNECTOR, {"a": 1}, timeout_seconds=timeout_seconds, **options)

    async def refuses(self, **options: Any) -> ClientError:
        with pytest.raises(ClientError) as raised:
            await self.call(**options)
        return raised.value


def done(body: dict[str, Any], **more: Any) -> httpx2.Response:
    told = {"success": True, "data": {"b": 2}, "executionTime": 12, "executionId": body["executionId"], **more}
    return httpx2.Response(200, json=told)


def a_problem(status: int, kind: str, headers: dict[str, str] | None = None, errors: Iterable[Any] = ()) -> Answer:
    body = {"type": f"/problems/{kind}", "title": "No", "status": status, "detail": "why", "errors": list(errors)}
    return httpx2.Response(status, json=body, headers=headers)


async def test_all_that_an_event_may_say_can_be_said() -> None:
    """And what the registry reads is what was meant."""
    terms = CallTerms(
        connector_version=3,
        field_mappings=[FieldMapping(source_path="a", target_field="notes", target_type="user_field")],
        options=MappingOptions(create_if_not_exists=False),
        on_error="continue",
        labels={"team": "sales"},
        lane="bulk",
    )
    registry = Registry(done)
    await registry.call(terms=terms)
    [body] = registry.bodies
    order = parse_order(body, UUID(int=1), CONNECTOR)
    assert {name: getattr(order, name) for name in CallTerms.model_fields} == {
        name: getattr(terms, name) for name in CallTerms.model_fields
    }
    assert "mappingTemplate" not in body


async def test_an_answer_is_an_outcome() -> None:
    registry, execution_id = Registry(lambda body: done(body, variables={"x": 1})), uuid4()
    context = ExecutionContext(flow_run_id="run", step_id="step")
    outcome = await registry.call(execution_id=execution_id, context=context, store_as="x")
    assert outcome == Outcome(execution_id, True, {"b": 2}, None, 12, {"x": 1})
    [request], [body] = registry.requests, registry.bodies
    assert (request.url.path, request.headers["authorization"]) == (
        f"/api/connectors/{CONNECTOR}/execute",
        "Bearer a-token",
    )
    assert (body["inputs"], body["storeAs"], body["executionId"]) == ({"a": 1}, "x", str(execution_id))
    assert body["context"]["flowRunId"] == "run"
    assert 0 < body["waitSeconds"] <= 30


async def test_a_failed_call_is_an_outcome() -> None:
    error = {"type": "invalid_input", "message": "a is required"}
    outcome = await Registry(lambda body: done(body, success=False, data=None, error=error)).call()
    with pytest.raises(NotCalledError, match="a is required"):
        outcome.raise_for_failure()


async def test_lost_and_late_and_limited_calls_are_repeated_with_the_same_id() -> None:
    registry = Registry(
        httpx2.ReadError("reset"),
        a_problem(504, "still-running"),
        a_problem(429, "rate-limited", {"Retry-After": "0"}),
        done,
    )
    assert (await registry.call()).success
    first = registry.bodies[0]
    assert len(registry.bodies) == 4
    for name in ("executionId", "requestedAt"):
        assert {body[name] for body in registry.bodies} == {first[name]}


@pytest.mark.parametrize("answer", [a_problem(504, "still-running"), httpx2.Response(504, text="<html>")])
async def test_who_is_told_at_once_that_it_still_runs_asks_again_after_a_pause(answer: Answer) -> None:
    registry = Registry(answer)
    assert isinstance(await registry.refuses(timeout_seconds=0.5), OutcomeLateError)
    assert len(registry.bodies) <= 2  # the pauses are 0.2 s and 0.4 s at least


@pytest.mark.parametrize(
    ("answer", "happened"),
    [
        (httpx2.ConnectError("refused"), False),
        (httpx2.ReadError("reset"), True),
        (httpx2.ReadTimeout("slow"), True),
        (httpx2.Response(502, text="<html>bad gateway</html>"), True),
        (a_problem(502, "executor-lost"), True),
        (a_problem(502, "executor-failed"), True),
        (httpx2.Response(200, text="nonsense"), True),
    ],
)
async def test_a_lost_connection_tells_whether_it_may_have_happened(answer: Answer, happened: bool) -> None:
    error = await Registry(answer).refuses(repeat=False)
    assert isinstance(error, ConnectionLostError)
    assert error.may_have_happened is happened


async def test_an_outcome_that_is_late_may_have_happened() -> None:
    error = await Registry(a_problem(504, "still-running")).refuses(timeout_seconds=0.05)
    assert isinstance(error, OutcomeLateError)
    assert error.may_have_happened


async def test_a_refusal_after_a_lost_request_does_not_hide_that_it_may_have_happened() -> None:
    registry = Registry(httpx2.ReadError("reset"), a_problem(503, "stopping", {"Retry-After": "3600"}))
    error = await registry.refuses()
    assert isinstance(error, ConnectionLostError)
    assert error.may_have_happened


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "malformed-json", InvalidCallError),
        (401, "unauthorized", NotAllowedError),
        (403, "missing-scope", NotAllowedError),
        (404, "connector-not-found", UnknownConnectorError),
        (409, "already-parked", ConflictError),
        (418, "teapot", RefusedError),
        (429, "rate-limited", TryLaterError),
        (502, "executor-unreachable", TryLaterError),
        (503, "upstream-failing", TryLaterError),
    ],
)
async def test_every_refusal_has_a_class(status: int, kind: str, expected: type[RefusedError]) -> None:
    error = await Registry(a_problem(status, kind, {"Retry-After": "9"})).refuses(repeat=False)
    assert type(error) is expected
    assert isinstance(error, RefusedError)
    assert (error.status, error.kind, error.retry_after_seconds) == (status, kind, 9.0)


async def test_wrong_fields_are_named() -> None:
    wrong = {"pointer": "/inputs/a", "detail": "is required"}
    error = await Registry(a_problem(422, "invalid-request", errors=[wrong, "nonsense"])).refuses()
    assert isinstance(error, InvalidCallError)
    assert error.fields == (WrongField("/inputs/a", "is required"),)


@pytest.mark.parametrize("header", ["soon", "-1", "9" * 400, "²"])
async def test_a_nonsensical_retry_after_is_not_obeyed(header: str) -> None:
    answer = a_problem(429, "rate-limited", {"Retry-After": header} if header.isascii() else None)
    error = await Registry(answer).refuses(repeat=False)
    assert isinstance(error, TryLaterError)
    assert error.retry_after_seconds is None
