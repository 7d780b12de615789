"""What the client of the executor makes of connections that break and of answers that are none."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from pydantic import SecretStr
from structlog.testing import CapturingLogger

from connector_registry.executions.executor_client import ExecutorClient, open_client
from connector_registry.executions.port import Answer, Fault
from connectors_shared.contract.status import ConnectorStatus
from connectors_shared.http.body_limit import MAX_REQUEST_BYTES
from tests.unit.registry.executions.executed import a_refusal, a_result
from tests.unit.registry.executions.executions_suite import an_order

TOKEN = "canary-token-" + "t" * 32
ORDER = an_order(uuid4(), inputs={"phone": "canary-input", "none": None}, waitSeconds=30)


async def answered(handle: Callable[[httpx2.Request], httpx2.Response]) -> Answer:
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(handle), base_url="http://executor") as client:
        return await ExecutorClient(client).execute(ORDER)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    log = CapturingLogger()
    monkeypatch.setattr("connector_registry.executions.executor_client.log", log)
    return log


async def test_the_order_is_sent_whole_and_waits_longer_than_the_executor() -> None:
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, content=a_result(ORDER).to_json())

    await answered(handle)
    [request] = seen
    assert (request.method, request.url.path) == ("POST", "/internal/executions")
    assert ORDER.model_validate_json(request.content) == ORDER
    assert b'"none":null' in request.content
    assert 30 < request.extensions["timeout"]["read"] <= 45
    assert request.extensions["timeout"]["connect"] <= 10


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (httpx2.ConnectError("canary-refused"), Fault.UNREACHABLE),
        (httpx2.ConnectTimeout("canary"), Fault.UNREACHABLE),
        (httpx2.PoolTimeout("canary"), Fault.UNREACHABLE),
        (httpx2.ReadTimeout("canary"), Fault.LATE),
        (httpx2.ReadError("canary"), Fault.LOST),
        (httpx2.WriteError("canary"), Fault.LOST),
        (httpx2.WriteTimeout("canary"), Fault.LOST),
        (httpx2.RemoteProtocolError("canary"), Fault.LOST),
        (httpx2.DecodingError("canary"), Fault.LOST),
    ],
)
async def test_a_broken_connection_says_whether_the_call_may_have_happened(
    log: CapturingLogger, error: httpx2.HTTPError, fault: Fault
) -> None:
    def handle(_request: httpx2.Request) -> httpx2.Response:
        raise error

    assert await answered(handle) is fault
    [line] = log.calls
    assert line.kwargs == {"fault": fault.value, "error": type(error).__name__}


@pytest.mark.parametrize(
    ("status", "content", "fault"),
    [
        (200, b"", Fault.UNUSABLE),
        (200, b'{"success":true}', Fault.UNUSABLE),
        (204, b"", Fault.UNUSABLE),
        (302, b"", Fault.UNUSABLE),
        (404, b"<html>no such page</html>", Fault.UNUSABLE),
        (404, b'{"type":"about:blank","title":"Not Found","status":404}', Fault.UNUSABLE),
        (403, b'{"type":"/problems/forbidden","title":"No","status":403}', Fault.UNUSABLE),
        (500, b'{"type":"/problems/internal","title":"Ours","status":500}', Fault.UNUSABLE),
        (401, b'{"type":"/problems/unauthorized","title":"Who","status":401}', Fault.TOKEN_REFUSED),
    ],
)
async def test_what_is_no_answer_of_an_executor_is_a_fault(
    log: CapturingLogger, status: int, content: bytes, fault: Fault
) -> None:
    assert await answered(lambda _: httpx2.Response(status, content=content)) is fault
    [line] = log.calls
    assert line.kwargs == {"fault": fault.value, "status": status}


@pytest.mark.parametrize("status", [404, 409, 422, 429, 503, 504])
async def test_a_problem_of_the_executor_is_a_refusal(status: int) -> None:
    refused = a_refusal(status, "its-reason", retry_after="7")
    response = httpx2.Response(status, json=refused.problem.model_dump(), headers={"Retry-After": "7"})
    assert await answered(lambda _: response) == refused


async def test_where_nobody_listens_the_call_has_not_begun(unused_tcp_port: int) -> None:
    async with open_client(f"http://127.0.0.1:{unused_tcp_port}", SecretStr(TOKEN)) as client:
        assert client.headers["Authorization"] == f"Bearer {TOKEN}"
        assert await ExecutorClient(client).execute(ORDER) is Fault.UNREACHABLE


async def test_a_server_that_hangs_up_after_the_order_may_have_called() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(ORDER.to_json()[-20:])
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, open_client(url, SecretStr(TOKEN)) as client:
        assert await ExecutorClient(client).execute(ORDER) is Fault.LOST


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> None:
    monkeypatch.setenv("HTTP_PROXY", "nonsense://a-client-that-read-this-would-raise")
    async with open_client(f"http://127.0.0.1:{unused_tcp_port}", SecretStr(TOKEN)) as client:
        assert await ExecutorClient(client).execute(ORDER) is Fault.UNREACHABLE


CONNECTORS = [UUID(int=n) for n in (1, 2, 3)]


async def asked(handle: Callable[[httpx2.Request], httpx2.Response], what: str, *arguments: UUID) -> Any:
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(handle), base_url="http://executor") as client:
        return await getattr(ExecutorClient(client), what)(*arguments)


async def test_why_a_connector_runs_or_not_is_asked_for_as_its_workspace_sees_it() -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == f"/internal/connectors/{CONNECTORS[0]}/status"
        assert request.url.params["workspaceId"] == str(CONNECTORS[1])
        return httpx2.Response(200, content=ConnectorStatus(connector_id=CONNECTORS[0], state="idle").to_json())

    status = await asked(handle, "status", CONNECTORS[1], CONNECTORS[0])
    assert (status.connector_id, status.state) == (CONNECTORS[0], "idle")


async def test_backlogs_are_asked_for_page_by_page() -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        first = CONNECTORS[0] if "after" not in request.url.params else CONNECTORS[2]
        following = str(first) if first == CONNECTORS[0] else None
        page = {"backlogs": [{"connectorId": str(first), "parked": first.int, "reason": None}], "next": following}
        return httpx2.Response(200, json=page)

    assert await asked(handle, "parked") == {CONNECTORS[0]: 1, CONNECTORS[2]: 3}


@pytest.mark.parametrize("response", [httpx2.Response(503, json={}), httpx2.Response(200, content=b"x"), None])
async def test_an_executor_that_says_nothing_usable_has_said_nothing(response: httpx2.Response | None) -> None:
    def handle(_request: httpx2.Request) -> httpx2.Response:
        if response is None:
            raise httpx2.ConnectError("canary")
        return response

    assert await asked(handle, "parked") is None
    assert await asked(handle, "status", CONNECTORS[0], CONNECTORS[1]) is None


async def test_an_order_that_no_executor_takes_is_not_sent() -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError(request.url)

    large = an_order(uuid4(), inputs={"text": "x" * MAX_REQUEST_BYTES})
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(handle), base_url="http://executor") as client:
        assert await ExecutorClient(client).execute(large) is Fault.TOO_LARGE
