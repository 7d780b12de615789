"""What is asked of the executor, for one workspace alone, and a problem where it does not answer."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.history.memory import InMemoryReading
from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.unfinished.executor import ExecutorUnfinished
from connector_registry.unfinished.memory import InMemoryUnfinished
from connector_registry.unfinished.port import LetterPage, TooManyLooksError, UnfinishedAwayError, Wanted
from connector_registry.unfinished.service import AT_ONCE, UnfinishedDesk
from connectors_shared.contract.dead import LetterKind
from connectors_shared.http.audit.memory import InMemoryTrail
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import ProblemError

WORKSPACE, CONNECTOR, EXECUTION = uuid4(), uuid4(), uuid4()
Handle = Callable[[httpx2.Request], httpx2.Response]
CANCELLED = {"cancelled": 1, "executions": [], "next": "a:b"}
QUESTIONS: dict[str, tuple[Callable[[ExecutorUnfinished], Any], str, dict[str, Any], dict[str, Any]]] = {
    "parked": (
        lambda asked: asked.parked(WORKSPACE, Wanted(CONNECTOR, execution_id=EXECUTION), "x:", 7),
        "/internal/parked",
        {"connectorId": str(CONNECTOR), "executionId": str(EXECUTION), "cursor": "x:", "limit": "7"},
        {"parked": [], "next": None},
    ),
    "call off": (
        lambda asked: asked.call_off(WORKSPACE, [EXECUTION]),
        "/internal/parked/cancel",
        {"executionIds": [str(EXECUTION)]},
        CANCELLED,
    ),
    "call off all": (
        lambda asked: asked.call_off_all(WORKSPACE, None, "flow-1", None),
        "/internal/parked/cancel",
        {"connectorId": None, "flowId": "flow-1", "cursor": None},
        CANCELLED,
    ),
    "resume": (
        lambda asked: asked.resume(WORKSPACE, CONNECTOR),
        f"/internal/connectors/{CONNECTOR}/resume",
        {},
        {"lifted": ["rate_limited"], "parked": 3},
    ),
    "letters": (
        lambda asked: asked.letters(WORKSPACE, LetterKind.RESULT, None, None, None, 5),
        "/internal/dead-letters",
        {"kind": "result", "limit": "5"},
        {"letters": [], "nextCursor": None},
    ),
    "find": (
        lambda asked: asked.find(WORKSPACE, LetterKind.RESULT, ["0:1"]),
        "/internal/dead-letters/find",
        {"kind": "result", "cursors": ["0:1"]},
        {"letters": [], "nextCursor": None},
    ),
    "replay": (
        lambda asked: asked.replay(WORKSPACE, LetterKind.EXECUTION, ["0:1"]),
        "/internal/dead-letters/replay",
        {"kind": "execution", "cursors": ["0:1"]},
        {"replayed": 1},
    ),
}


def at_executor(handle: Handle) -> ExecutorUnfinished:
    return ExecutorUnfinished(httpx2.AsyncClient(transport=httpx2.MockTransport(handle), base_url="http://executor"))


@pytest.mark.parametrize(("ask", "path", "wanted", "answer"), QUESTIONS.values(), ids=QUESTIONS)
async def test_every_question_names_the_workspace(
    ask: Callable[[ExecutorUnfinished], Any], path: str, wanted: dict[str, Any], answer: dict[str, Any]
) -> None:
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=answer)

    await ask(at_executor(handle))
    [request] = seen
    asked = json.loads(request.content) if request.content else dict(request.url.params)
    assert (request.url.path, asked) == (path, wanted | {"workspaceId": str(WORKSPACE)})


@pytest.mark.parametrize("answer", [httpx2.Response(500), httpx2.Response(200, content=b"{"), None], ids=str)
async def test_an_executor_that_does_not_answer_is_a_problem(answer: httpx2.Response | None) -> None:
    def handle(_request: httpx2.Request) -> httpx2.Response:
        if answer is None:
            raise httpx2.ConnectError("canary")
        return answer

    with pytest.raises(UnfinishedAwayError) as raised:
        await at_executor(handle).call_off(WORKSPACE, [EXECUTION])
    assert "canary" not in str(raised.value.problem)


def a_problem(status: int, kind: str, *errors: dict[str, str], **headers: str) -> httpx2.Response:
    problem = {"type": f"/problems/{kind}", "title": "No", "status": status, "errors": list(errors)}
    return httpx2.Response(
        status, json=problem, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        (a_problem(422, "invalid-request", {"pointer": "/flowId", "detail": "no"}), 422, [("/flow_id", "no")]),
        (a_problem(404, "no-such-dead-letter", {"pointer": "/cursors", "detail": "0:1"}), 404, [("/ids", "0:1")]),
        (a_problem(404, "not-found"), 503, []),
        (a_problem(404, "unknown-connector"), 404, []),
        (a_problem(403, "forbidden"), 503, []),
        (httpx2.Response(422, content=b"<html>"), 503, []),
    ],
    ids=["a field", "no letter", "no route", "no connector", "not ours", "a page"],
)
async def test_what_the_caller_can_change_is_passed_on_and_nothing_else(
    answer: httpx2.Response, status: int, told: list[tuple[str, str]]
) -> None:
    with pytest.raises(ProblemError) as raised:
        await at_executor(lambda _request: answer).replay(WORKSPACE, LetterKind.RESULT, ["0:1"])
    problem = raised.value.problem
    assert (problem.status, [(each.pointer, each.detail) for each in problem.errors]) == (status, told)


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry_After": "7"}, "7"), ({}, "2")], ids=["told", "not told"])
async def test_an_executor_that_is_busy_says_when_to_come_again(headers: dict[str, str], seconds: str) -> None:
    busy = a_problem(429, "too-many-requests", **headers)
    with pytest.raises(TooManyLooksError) as raised:
        await at_executor(lambda _request: busy).parked(WORKSPACE, Wanted(), None, 5)
    assert raised.value.headers == {"Retry-After": seconds}


async def test_without_an_executor_it_says_what_to_set() -> None:
    with pytest.raises(UnfinishedAwayError) as raised:
        await ExecutorUnfinished(None).find(WORKSPACE, LetterKind.RESULT, ["0:1"])
    assert "CONNECTORS_EXECUTOR_URL" in raised.value.problem.detail


class Gated(InMemoryUnfinished):
    """Answers when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def letters(self, *asked: Any) -> LetterPage:
        await self.gate.wait()
        return await super().letters(*asked)


async def test_a_workspace_has_so_many_looks_at_once() -> None:
    gated = Gated()
    desk = UnfinishedDesk(gated, InMemoryReading(InMemoryHistory()), InMemoryConnectorStore(), InMemoryTrail())
    who = Principal(WORKSPACE, "ann")
    question = who, LetterKind.EXECUTION, None, None, None, 5
    looks = [asyncio.ensure_future(desk.letters(*question)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyLooksError):
        await desk.letters(*question)
    assert await desk.parked(Principal(uuid4(), "bob"), Wanted(), None, 5)
    gated.gate.set()
    await asyncio.gather(*looks)
    assert await desk.letters(*question)
