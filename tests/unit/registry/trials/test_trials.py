"""`POST /api/connectors/{id}/test` and `POST /api/connectors/test`: who may, what is called, and every answer."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import uvicorn

from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.credentials.book import CredentialBook
from connector_registry.credentials.port import Token, TokenState
from connector_registry.executions.port import Fault, Refused
from connector_registry.grants.memory import InMemoryGrantStore
from connector_registry.grants.port import Grant
from connector_registry.trials.memory import InMemoryTrials
from connector_registry.trials.problems import FAULTS
from connectors_shared.contract.trial import TrialOrder, TrialReport
from connectors_shared.http.problems import Problem
from connectors_shared.runtime.secrets import Keyring, place_of
from tests.unit.registry.conftest import KEYS

Build = Callable[..., dict[str, Any]]
SignIn = Callable[..., dict[str, str]]
INPUTS = {"phoneNumber": "6266958105"}


@pytest.fixture
async def connector_id(client: httpx2.AsyncClient, a_connector: Build) -> str:
    return str((await client.post("/api/connectors", json=a_connector())).json()["id"])


def token_of(order: TrialOrder) -> str:
    """What an executor reads in its credential."""
    [credential] = order.credentials
    return Keyring.parse(KEYS).open(credential.sealed["token"], place_of(credential, "token"))


async def test_a_saved_connector_is_tried_as_it_is_stored(
    client: httpx2.AsyncClient, trials: InMemoryTrials, connector_id: str
) -> None:
    answer = await client.post(f"/api/connectors/{connector_id}/test", json={"inputs": INPUTS})
    assert answer.status_code == 200
    report = answer.json()
    assert (report["success"], report["output"], report["connectorId"]) == (True, INPUTS, connector_id)
    [order] = trials.orders
    assert (str(order.connector.connector_id), order.inputs) == (connector_id, INPUTS)
    assert token_of(order).endswith("bc0a")
    assert report["outputSchema"]["properties"] == {"phoneNumber": {"type": "string"}}
    assert "schemaChanges" not in report


async def test_the_output_is_compared_with_the_saved_schema(
    client: httpx2.AsyncClient, trials: InMemoryTrials, a_connector: Build
) -> None:
    schema = {"type": "object", "properties": {"phoneNumber": {"type": "integer"}, "gone": {"type": "string"}}}
    created = (await client.post("/api/connectors", json=a_connector(output_schema=schema))).json()
    report = (await client.post(f"/api/connectors/{created['id']}/test", json={"inputs": INPUTS})).json()
    assert {(one["pointer"], one["kind"], one["breaking"]) for one in report["schemaChanges"]} == {
        ("/gone", "removed", True),
        ("/phoneNumber", "type", True),
        ("/phoneNumber", "required", False),
    }


async def test_the_grants_of_the_workspace_go_with_it(
    client: httpx2.AsyncClient,
    trials: InMemoryTrials,
    grants: InMemoryGrantStore,
    connector_id: str,
    a_connector: Build,
) -> None:
    await client.post(f"/api/connectors/{connector_id}/test", json={"inputs": INPUTS})
    [workspace_id] = {order.connector.workspace_id for order in trials.orders}
    own, foreign = a_grant(workspace_id), a_grant(uuid4())
    await grants.add(own, 10)
    await grants.add(foreign, 10)
    await client.post(f"/api/connectors/{connector_id}/test", json={"inputs": INPUTS})
    await client.post("/api/connectors/test", json={"connector": a_connector(), "inputs": INPUTS})
    assert [order.grants for order in trials.orders] == [[], [own.id], [own.id]]


def a_grant(workspace_id: UUID) -> Grant:
    return Grant(uuid4(), workspace_id, None, "127.0.0.1", 8080, "ours", "ada", datetime.now(UTC))


async def test_a_draft_is_called_and_not_saved(
    client: httpx2.AsyncClient, trials: InMemoryTrials, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    answer = await client.post("/api/connectors/test", json={"connector": a_connector(), "inputs": INPUTS})
    assert answer.status_code == 200
    [order] = trials.orders
    assert token_of(order).endswith("bc0a")
    assert "bc0a" not in order.to_json().decode()
    assert (store.connectors, store.credentials, store.outgoing.messages) == ({}, {}, [])


async def test_drafts_of_one_api_share_their_limits_and_those_of_another_do_not(
    client: httpx2.AsyncClient, trials: InMemoryTrials, a_connector: Build
) -> None:
    for url in ("https://one.test/a", "https://one.test/b", "https://two.test/"):
        draft = a_connector(config={"url": url}, auth={"type": "none"})
        assert (await client.post("/api/connectors/test", json={"connector": draft})).status_code == 200
    first, second, third = (order.connector.connector_id for order in trials.orders)
    assert first == second != third


async def test_a_draft_of_a_change_keeps_the_stored_secret_behind_its_mask(
    client: httpx2.AsyncClient, trials: InMemoryTrials, connector_id: str
) -> None:
    shown = (await client.get(f"/api/connectors/{connector_id}")).json()
    changed = {"config": shown["config"] | {"timeout": 1000}}
    asked = {"connector": changed, "connectorId": connector_id}
    assert (await client.post("/api/connectors/test", json=asked)).status_code == 200
    [order] = trials.orders
    assert (str(order.connector.connector_id), order.connector.config.timeout) == (connector_id, 1000)
    assert token_of(order).endswith("bc0a")
    assert (await client.get(f"/api/connectors/{connector_id}")).json() == shown


async def test_a_stored_secret_does_not_go_to_another_origin_by_a_draft(
    client: httpx2.AsyncClient, trials: InMemoryTrials, connector_id: str
) -> None:
    config = {"method": "GET", "url": "https://evil.test/"}
    answer = await client.post(
        "/api/connectors/test", json={"connector": {"config": config}, "connectorId": connector_id}
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/connector/config/url"]
    assert not trials.orders


async def test_a_shared_credential_is_used_where_its_origins_allow(
    client: httpx2.AsyncClient, trials: InMemoryTrials, a_connector: Build
) -> None:
    credential = {
        "name": "Shared",
        "auth": {"type": "bearer", "token": "the-shared-token"},
        "allowed_origins": ["https://one.test"],
    }
    created = (await client.post("/api/credentials", json=credential)).json()

    async def tried(url: str) -> httpx2.Response:
        draft = a_connector(config={"url": url}, auth={"credentialId": created["id"]})
        return await client.post("/api/connectors/test", json={"connector": draft})

    assert (await tried("https://one.test/")).status_code == 200
    assert token_of(trials.orders[0]) == "the-shared-token"
    refused = await tried("https://two.test/")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/connector/config/url")
    assert len(trials.orders) == 1


CLIENT = {
    "type": "oauth2",
    "token_url": "https://login.example.com/token",
    "client_id": "client-1",
    "client_secret": "secret-of-the-client",
}


async def test_a_draft_is_called_with_the_token_of_the_credential_that_it_names(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, trials: InMemoryTrials, a_connector: Build
) -> None:
    body = {"name": "Shared", "auth": CLIENT, "allowed_origins": ["https://one.test"]}
    id_ = UUID((await client.post("/api/credentials", json=body)).json()["id"])
    saved, keyring = store.credentials[id_], Keyring.parse(KEYS)
    sealed = CredentialBook(keyring).seal_token(saved, "access_token", "the-token-itself")
    obtained, expires = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 13, tzinfo=UTC)
    told = {"obtained_at": obtained, "expires_at": expires}
    token = Token(TokenState.OK, generation=1, made_for=saved.client, access_token=sealed, **told)
    store.credentials[id_] = replace(saved, token=token)
    draft = a_connector(config={"url": "https://one.test/"}, auth={"credentialId": str(id_)})
    answer = await client.post("/api/connectors/test", json={"connector": draft})
    assert answer.status_code == 200, answer.text
    [sent] = trials.orders[0].credentials
    assert keyring.open(sent.sealed["access_token"], place_of(sent, "access_token")) == "the-token-itself"
    assert "client_secret" not in sent.sealed
    assert answer.json()["token"] == {
        "state": "ok",
        "endpoint": "https://login.example.com/token",
        "obtainedAt": "2026-01-01T12:00:00Z",
        "expiresAt": "2026-01-01T13:00:00Z",
    }


async def test_a_token_that_is_not_there_is_told_with_what_is_wrong(
    client: httpx2.AsyncClient, trials: InMemoryTrials, a_connector: Build, connector_id: str
) -> None:
    by_people = CLIENT | {"grant_type": "authorization_code", "authorize_url": "https://login.example.com/authorize"}
    answer = await client.post("/api/connectors/test", json={"connector": a_connector(auth=by_people)})
    assert answer.status_code == 200, answer.text
    told = answer.json()["token"]
    assert (told["state"], told["why"]) == ("stale", "Nobody has connected it yet.")
    entered = await client.post(f"/api/connectors/{connector_id}/test", json={"inputs": INPUTS})
    assert "token" not in entered.json()


async def test_all_that_is_wrong_with_a_draft_is_told_at_its_place(
    client: httpx2.AsyncClient, a_connector: Build
) -> None:
    draft = a_connector(config={"method": "FETCH", "url": "ftp://x"}, name="")
    answer = await client.post("/api/connectors/test", json={"connector": draft, "inputs": INPUTS})
    assert answer.status_code == 422
    told = {error["pointer"] for error in answer.json()["errors"]}
    assert told == {"/connector/name", "/connector/config/method", "/connector/config/url"}


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (("connectors:execute",), 403),
        (("connectors:edit",), 403),
        (("connectors:edit", "connectors:execute"), 200),
    ],
)
async def test_testing_a_draft_needs_both_scopes(
    client: httpx2.AsyncClient, a_connector: Build, sign_in: SignIn, scopes: tuple[str, ...], status: int
) -> None:
    asked = {"connector": a_connector()}
    answer = await client.post("/api/connectors/test", json=asked, headers=sign_in(scopes=scopes))
    assert answer.status_code == status


async def test_testing_a_saved_one_needs_the_scope_to_execute(
    client: httpx2.AsyncClient, connector_id: str, sign_in: SignIn
) -> None:
    path = f"/api/connectors/{connector_id}/test"
    assert (await client.post(path, json={}, headers=sign_in(scopes=["connectors:read"]))).status_code == 403
    assert (await client.post(path, json={}, headers=sign_in(scopes=["connectors:execute"]))).status_code == 403
    both = sign_in(scopes=["connectors:read", "connectors:execute"])
    assert (await client.post(path, json={}, headers=both)).status_code == 200


async def test_a_connector_of_another_workspace_is_not_there(
    client: httpx2.AsyncClient, connector_id: str, sign_in: SignIn, trials: InMemoryTrials
) -> None:
    from uuid import uuid4

    headers = sign_in(workspace=uuid4())
    assert (await client.post(f"/api/connectors/{connector_id}/test", json={}, headers=headers)).status_code == 404
    asked = {"connector": {}, "connectorId": connector_id}
    assert (await client.post("/api/connectors/test", json=asked, headers=headers)).status_code == 404
    assert not trials.orders


async def test_what_the_executor_refuses_is_passed_on(
    client: httpx2.AsyncClient, trials: InMemoryTrials, connector_id: str
) -> None:
    problem = Problem(type="/problems/too-many-callers", title="Too many", status=429)
    trials.answer = lambda _order: Refused(problem, "2")
    answer = await client.post(f"/api/connectors/{connector_id}/test", json={})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")


@pytest.mark.parametrize("fault", list(FAULTS))
async def test_each_fault_says_what_to_do(
    client: httpx2.AsyncClient, trials: InMemoryTrials, connector_id: str, fault: Fault
) -> None:
    trials.answer = lambda _order: fault
    answer = await client.post(f"/api/connectors/{connector_id}/test", json={})
    assert answer.status_code == FAULTS[fault].status
    assert answer.json()["detail"]


async def test_a_call_that_failed_is_an_answer(
    client: httpx2.AsyncClient, trials: InMemoryTrials, connector_id: str
) -> None:
    def failing(order: TrialOrder) -> TrialReport:
        return TrialReport.model_validate(
            {
                "execution_id": order.execution_id,
                "connector_id": order.connector.connector_id,
                "success": False,
                "time": 3,
                "error": {"type": "transform_failed", "message": "No.", "position": 7},
            }
        )

    trials.answer = failing
    report = (await client.post(f"/api/connectors/{connector_id}/test", json={})).json()
    assert (report["success"], report["error"]["position"]) == (False, 7)
    assert "outputSchema" not in report


async def test_who_hangs_up_cancels_the_call(
    client: httpx2.AsyncClient, trials: InMemoryTrials, connector_id: str, sign_in: SignIn
) -> None:
    """Over ASGI itself: no client of ours hangs up in the middle."""
    trials.gate = asyncio.Event()
    app: Any = client._transport.app  # type: ignore[attr-defined]
    left, body = asyncio.Event(), json.dumps({"inputs": INPUTS}).encode()
    first = True

    async def receive() -> dict[str, Any]:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(_message: dict[str, Any]) -> None:
        return

    headers = [(name.lower().encode(), value.encode()) for name, value in sign_in().items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": f"/api/connectors/{connector_id}/test",
        "raw_path": b"",
        "query_string": b"",
        "headers": [*headers, (b"content-type", b"application/json"), (b"host", b"registry")],
        "scheme": "http",
        "server": ("registry", 80),
        "client": ("test", 1),
        "root_path": "",
    }
    asked = asyncio.create_task(app(scope, receive, send))
    await trials.asked.wait()
    left.set()
    await asked
    assert trials.cancelled.is_set()


async def test_who_hangs_up_over_tcp_cancels_the_call(
    client: httpx2.AsyncClient, trials: InMemoryTrials, connector_id: str, sign_in: SignIn
) -> None:
    trials.gate = asyncio.Event()
    app: Any = client._transport.app  # type: ignore[attr-defined]
    body = json.dumps({"inputs": INPUTS}).encode()
    headers = sign_in() | {
        "Host": "registry",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    async with serving(app) as (host, port):
        _, writer = await asyncio.open_connection(host, port)
        writer.write(f"POST /api/connectors/{connector_id}/test HTTP/1.1\r\n{head}\r\n".encode() + body)
        await trials.asked.wait()
        writer.close()
        await trials.cancelled.wait()


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[tuple[str, int]]:
    """As the process serves it."""
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    task = asyncio.ensure_future(server.serve([bound]))
    try:
        yield bound.getsockname()
    finally:
        server.should_exit = True
        await task
