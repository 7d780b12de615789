"""Every route of the registry, found in it, asked by another workspace: nothing is shown, nothing is changed."""

import json
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI

from connector_registry.access.memory import InMemoryApiKeyStore
from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.drafts.memory import InMemoryDraftStore
from connector_registry.examples.memory import InMemoryExampleStore
from connector_registry.grants.memory import InMemoryGrantStore
from connector_registry.history.feed.hub import Feed
from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.noticing.notice import NoticeKind, Opening
from connectors_shared.http.principal import Scope
from tests.routes import Route, routes_of
from tests.unit.registry.conftest import WORKSPACE
from tests.unit.registry.drafts.test_drafts import a_draft
from tests.unit.registry.examples.test_examples import a_draft as an_example
from tests.unit.registry.history.builders import a_line

CANARY = "canary-of-ours"
ELSEWHERE = frozenset(("rest", "path", "_path"))
"""Parameters of what other services answer, and of files."""


async def created(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> str:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Without a look into the OpenAPI document at each answer: there are hundreds."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://registry") as client:
        yield client


@pytest.fixture
async def ours(
    client: httpx2.AsyncClient,
    sign_in: Callable[..., dict[str, str]],
    a_connector: Callable[..., dict[str, Any]],
    store: InMemoryConnectorStore,
    history: InMemoryHistory,
) -> dict[str, str]:
    """Parameters of paths → ids of what a workspace has."""
    client.headers.update(sign_in(scopes=Scope))
    connector = await created(client, "/api/connectors", a_connector(name=CANARY))
    template = {"name": "Basic", "mappings": [{"sourcePath": CANARY, "targetField": "first_name"}]}
    answer = await client.post(f"/api/connectors/{connector}/field-mapping-templates", json=template)
    assert answer.status_code == 201, answer.text
    line = a_line(data={"name": CANARY}, connectorId=connector)
    await history.record([line])
    store.outgoing.notices.say_now(
        Opening(WORKSPACE, NoticeKind.CONNECTOR_FAILING, CANARY, connector_id=UUID(connector))
    )
    [notice] = (await client.get("/api/notices")).json()["notices"]
    shared = {
        "name": CANARY,
        "auth": {"type": "bearer", "token": "canary-token"},
        "allowed_origins": ["https://api.example.com"],
    }
    return {
        "connector_id": connector,
        "credential_id": await created(client, "/api/credentials", shared),
        "grant_id": await created(client, "/api/network-grants", {"host": "example.com", "port": 80, "reason": CANARY}),
        "api_key_id": await created(client, "/api/api-keys", {"name": CANARY, "role": "viewer"}),
        "example_id": await created(client, f"/api/connectors/{connector}/examples", an_example(CANARY)),
        "draft_id": await created(client, "/api/connector-drafts", a_draft(CANARY)),
        "execution_id": str(line.id),
        "notice_id": notice["id"],
        "name": "Basic",
    }


async def test_another_workspace_sees_and_changes_nothing(
    client: httpx2.AsyncClient,
    app: FastAPI,
    ours: dict[str, str],
    sign_in: Callable[..., dict[str, str]],
    a_connector: Callable[..., dict[str, Any]],
    store: InMemoryConnectorStore,
    grants: InMemoryGrantStore,
    api_keys: InMemoryApiKeyStore,
    examples: InMemoryExampleStore,
    drafts: InMemoryDraftStore,
    feed: Feed,
) -> None:
    def stored() -> list[Any]:
        tables = store.connectors, store.credentials, grants.grants, api_keys.keys, examples.examples, drafts.drafts
        return [deepcopy(each) for each in tables]

    feed.close()  # a stream tells what it has to, and goes on for nobody
    client.headers.update(sign_in(uuid4(), scopes=Scope))
    before, bodies = stored(), [None, {}, a_connector(), {"name": "stolen"}, a_draft()]
    walked = [route for route in routes_of(app) if route.template not in ("/healthz", "/readyz")]
    assert {name for route in walked for name in route.parameters} - ELSEWHERE == set(ours)
    for route in walked:
        takes_body = route.method in ("POST", "PUT", "PATCH") and route.parameters
        for body in bodies if takes_body else bodies[:1]:
            await assert_refused(client, route, ours, body)
    for mine, now in zip(before, stored(), strict=True):
        assert {key: value for key, value in now.items() if key in mine} == mine
    client.headers.update(sign_in(scopes=Scope))
    assert (await client.get("/api/notices")).json()["unread"] == 1


async def assert_refused(client: httpx2.AsyncClient, route: Route, ours: dict[str, str], body: Any) -> None:
    content = None if body is None else json.dumps(body)
    headers = {"Content-Type": "application/json"} if content else {}
    answer = await client.request(route.method, route.path(ours), content=content, headers=headers)
    assert CANARY not in answer.text, str(route)
    if set(route.parameters) & set(ours):
        assert answer.status_code >= 400, f"{route} answers {answer.status_code}"
