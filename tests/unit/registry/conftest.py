"""The registry's REST API over its in-memory store."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from connector_registry.access.memory import InMemoryApiKeyStore
from connector_registry.actions.memory import InMemoryActions
from connector_registry.api import assemble
from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.credentials.memory import InMemoryCredentialStore
from connector_registry.credentials.port import CredentialUser
from connector_registry.drafts.memory import InMemoryDraftStore
from connector_registry.examples.memory import InMemoryExampleStore
from connector_registry.executions.memory import InMemoryExecutions, InMemoryExecutionTerms
from connector_registry.grants.memory import InMemoryGrantStore
from connector_registry.health.memory import InMemoryFacts, InMemoryStatuses
from connector_registry.history.feed.hub import Feed
from connector_registry.history.feed.memory import InMemoryFeed
from connector_registry.history.measure_memory import InMemoryMeasures
from connector_registry.history.memory import InMemoryReading
from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.metrics import Metrics
from connector_registry.settings import Settings
from connector_registry.trials.memory import InMemoryTrials
from connector_registry.unfinished.memory import InMemoryUnfinished
from connector_registry.workspaces.memory import InMemoryWorkspaceStore
from connectors_local.specs import openapi_registry
from connectors_shared.http.internal_pages import internal_pages
from connectors_shared.http.problems import MEDIA_TYPE
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.secrets import Keyring
from tests.tokens import EDITOR, bearer

JWT_SECRET = "a-secret-only-for-tests-0123456789abcdef"
WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
INTERNAL = "http://internal"
KEYS = "k1:" + "QUFB" * 10 + "QUE="
SPECIFICATION_EXAMPLE: dict[str, Any] = {
    "name": "Phone Number Enrichment",
    "description": "Enrich phone numbers with identity data",
    "icon": "📞",
    "category": "enrichment",
    "config": {
        "method": "GET",
        "url": "https://api.audienceacuity.com/v2/identities/byPhone",
        "auth": {"type": "bearer", "token": "lT1r4xawA6hnPgDZmi0wqgft84cc1ba60e9230da2a0a66b42711bc0a"},
        "headers": [{"key": "Accept", "value": "application/json"}],
        "queryParams": [
            {
                "key": "phone",
                "valueType": "input",
                "inputField": "phoneNumber",
                "staticValue": "",
                "required": True,
            }
        ],
        "responseTransform": '{"identity": identities[0]}',
        "timeout": 30000,
        "retries": 3,
    },
    "input_schema": {
        "phoneNumber": {
            "type": "string",
            "required": True,
            "label": "Phone Number",
            "placeholder": "Enter phone number",
        }
    },
    "enabled": True,
}


class SteppingClock(SystemClock):
    """Every look at it is a second later, so that the order of creation is certain."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


class Announcer:
    """Answers as told."""

    def __init__(self) -> None:
        self.reachable = True

    async def published(self) -> bool:
        return self.reachable


@pytest.fixture
def settings() -> Settings:
    return Settings(
        kafka_bootstrap_servers="unused:9092",
        database_url=SecretStr("postgresql://unused"),
        encryption_keys=SecretStr(KEYS),
        jwt_secret=SecretStr(JWT_SECRET),
        allowed_origins=("https://console.example",),
    )


@pytest.fixture
def history() -> InMemoryHistory:
    return InMemoryHistory()


@pytest.fixture
def actions() -> InMemoryActions:
    return InMemoryActions()


@pytest.fixture
def feed(history: InMemoryHistory) -> Feed:
    """Nobody reads for it, unless a test runs it."""
    return Feed(InMemoryFeed(history), SystemClock())


@pytest.fixture
def store() -> InMemoryConnectorStore:
    return InMemoryConnectorStore()


def a_vault(store: InMemoryConnectorStore) -> InMemoryCredentialStore:
    """The shared credentials of these connectors."""

    def users_of(credential_id: UUID) -> list[CredentialUser]:
        return [
            CredentialUser(
                id=one.id,
                name=one.head.name,
                url=one.definition["config"]["url"],
                allowed_hosts=one.definition["config"]["allowedHosts"],
                enabled=one.head.enabled,
                deleted=one.deleted_at is not None,
                created_at=one.created_at,
            )
            for one in store.connectors.values()
            if one.shared and one.shared.id == credential_id
        ]

    return InMemoryCredentialStore(store.credentials, store.outgoing, users_of)


@pytest.fixture
def announcer() -> Announcer:
    return Announcer()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def executions() -> InMemoryExecutions:
    return InMemoryExecutions()


@pytest.fixture
def examples(store: InMemoryConnectorStore) -> InMemoryExampleStore:
    return InMemoryExampleStore(store.outgoing)


@pytest.fixture
def drafts(store: InMemoryConnectorStore) -> InMemoryDraftStore:
    return InMemoryDraftStore(store)


@pytest.fixture
def facts() -> InMemoryFacts:
    return InMemoryFacts()


@pytest.fixture
def statuses() -> InMemoryStatuses:
    return InMemoryStatuses()


@pytest.fixture
def api_keys(store: InMemoryConnectorStore) -> InMemoryApiKeyStore:
    return InMemoryApiKeyStore(store.outgoing.trail)


@pytest.fixture
def trials() -> InMemoryTrials:
    return InMemoryTrials()


@pytest.fixture
def unfinished() -> InMemoryUnfinished:
    return InMemoryUnfinished()


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """What the registry tells of itself; it takes a while to write."""
    return openapi_registry()


@pytest.fixture
def workspaces(store: InMemoryConnectorStore) -> InMemoryWorkspaceStore:
    return InMemoryWorkspaceStore(store.outgoing)


@pytest.fixture
def grants(store: InMemoryConnectorStore) -> InMemoryGrantStore:
    return InMemoryGrantStore(store.outgoing)


@pytest.fixture
def app(
    settings: Settings,
    store: InMemoryConnectorStore,
    announcer: Announcer,
    metrics: Metrics,
    executions: InMemoryExecutions,
    trials: InMemoryTrials,
    unfinished: InMemoryUnfinished,
    examples: InMemoryExampleStore,
    drafts: InMemoryDraftStore,
    api_keys: InMemoryApiKeyStore,
    workspaces: InMemoryWorkspaceStore,
    grants: InMemoryGrantStore,
    history: InMemoryHistory,
    actions: InMemoryActions,
    feed: Feed,
    facts: InMemoryFacts,
    statuses: InMemoryStatuses,
) -> FastAPI:
    return assemble(
        settings,
        Keyring.parse(KEYS),
        store,
        a_vault(store),
        announcer,
        store.outgoing.answers,
        workspaces=workspaces,
        grants=grants,
        history=InMemoryReading(history),
        feed=feed,
        measures=InMemoryMeasures(history),
        actions=actions,
        terms=InMemoryExecutionTerms(store, workspaces),
        clock=SteppingClock(),
        metrics=metrics,
        executions=executions,
        trials=trials,
        unfinished=unfinished,
        examples=examples,
        drafts=drafts,
        api_keys=api_keys,
        trail=store.outgoing.trail,
        notices=store.outgoing.notices,
        facts=facts,
        statuses=statuses,
    )


@pytest.fixture
async def client(
    app: FastAPI, metrics: Metrics, sign_in: Callable[..., dict[str, str]], document: dict[str, Any]
) -> AsyncIterator[httpx2.AsyncClient]:
    """Signed in as an editor of WORKSPACE. What is for operators answers at `INTERNAL`."""
    pages = internal_pages(app, {}, metrics.registry)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        mounts={INTERNAL: httpx2.ASGITransport(app=pages)},
        base_url="http://registry",
        headers=sign_in(),
        event_hooks={"response": [documented_in(document)]},
    ) as client:
        yield client


def documented_in(document: dict[str, Any]) -> Callable[[httpx2.Response], Awaitable[None]]:
    """A hook that fails where a route answers what the OpenAPI document does not say of it."""

    async def check(response: httpx2.Response) -> None:
        operation = operation_of(document, response.request)
        if operation is None:
            return
        told = operation["responses"].get(str(response.status_code))
        assert told is not None, f"{response.status_code} of {response.request.url.path} is not documented"
        if response.headers.get("content-type") == MEDIA_TYPE:
            types = told["content"][MEDIA_TYPE]["schema"]["allOf"][1]["properties"]["type"]["enum"]
            assert json.loads(await response.aread())["type"] in types
            assert set(told.get("headers", {})) >= {"Retry-After"} & set(response.headers)

    return check


def operation_of(document: dict[str, Any], request: httpx2.Request) -> dict[str, Any] | None:
    """None where there is none of this path and method."""
    for template, operations in document["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), request.url.path):
            found: dict[str, Any] | None = operations.get(request.method.lower())
            return found
    return None


@pytest.fixture
def sign_in() -> Callable[..., dict[str, str]]:
    def headers(workspace: UUID = WORKSPACE, scopes: Iterable[str] = EDITOR, **claims: Any) -> dict[str, str]:
        return bearer(JWT_SECRET, workspace, scopes, **claims)

    return headers


@pytest.fixture
def a_connector() -> Callable[..., dict[str, Any]]:
    """The specification's example; keyword arguments replace fields, `config` and `auth` parts of config."""

    def build(
        config: dict[str, Any] | None = None, auth: dict[str, Any] | None = None, **fields: Any
    ) -> dict[str, Any]:
        body = deepcopy(SPECIFICATION_EXAMPLE) | fields
        body["config"] |= config or {}
        if auth is not None:
            body["config"]["auth"] = auth
        return body

    return build
