"""The flow engine's API under the registry's origin, as the mapper's is."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

import httpx2
import pytest
from pydantic import SecretStr
from starlette.requests import Request

from connector_registry.settings import Settings
from connectors_shared.http.passing_on import FLOW_ENGINE, REGISTRY, or_passed_on
from connectors_shared.http.principal import Scope
from connectors_shared.http.tokens import SharedSecret, token_authenticator
from tests.unit.registry.conftest import JWT_SECRET, WORKSPACE
from tests.unit.registry.contacts.test_contacts import Mapper, registry_with, told

SECRET = SecretStr("secret-of-the-pair-0123456789abcdef")
SignIn = Callable[..., dict[str, str]]


class Engine(Mapper):
    """What reached it; it answers as told."""


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
async def to_engine(engine: Engine) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=engine.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://engine") as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/flows"), ("POST", "/api/flows/x/runs"), ("GET", "/api/runs"), ("POST", "/api/runs/x/cancel")],
)
@pytest.mark.parametrize("scope", ["connectors:read", "connectors:edit", "connectors:execute", "executions:read"])
async def test_a_request_goes_on_with_the_callers_own_token(
    settings: Settings,
    engine: Engine,
    to_engine: httpx2.AsyncClient,
    sign_in: SignIn,
    method: str,
    path: str,
    scope: str,
) -> None:
    headers = sign_in(scopes=[scope]) | {"If-Match": '"3"'}
    async with registry_with(settings, None, to_engine) as client:
        answer = await client.request(method, path, params={"limit": 5}, headers=headers)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    [(seen_method, target, seen, _body)] = engine.seen
    assert (seen_method, target) == (method, f"{path}?limit=5")
    assert (seen["authorization"], seen["if-match"]) == (headers["Authorization"], '"3"')


async def test_who_may_do_nothing_with_flows_does_not_get_through(
    settings: Settings, engine: Engine, to_engine: httpx2.AsyncClient, sign_in: SignIn
) -> None:
    async with registry_with(settings, None, to_engine) as client:
        assert told(await client.get("/api/flows", headers=sign_in(scopes=["contacts:read"]))) == (403, "missing-scope")
        assert told(await client.get("/api/flows")) == (401, "unauthorized")
        outside = await client.get("/api/runs/%2e%2e/%2e%2e/metrics", headers=sign_in())
    assert told(outside) == (404, "no-such-address")
    assert engine.seen == []


async def test_without_an_engine_it_is_said_what_to_set_and_a_session_knows(
    settings: Settings, to_engine: httpx2.AsyncClient, sign_in: SignIn
) -> None:
    async with registry_with(settings, None) as client:
        answer = await client.get("/api/flows", headers=sign_in())
        assert (await client.get("/api/session", headers=sign_in())).json()["has_flows"] is False
    assert told(answer) == (503, "flows-not-configured")
    assert "CONNECTORS_FLOWS_URL" in answer.json()["detail"]
    async with registry_with(settings, None, to_engine) as client:
        assert (await client.get("/api/session", headers=sign_in())).json()["has_flows"] is True


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (httpx2.ConnectError("refused"), (503, "flows-unavailable")),
        (httpx2.ReadTimeout("late"), (502, "flows-lost")),
    ],
)
async def test_an_engine_that_is_away_is_a_problem_that_says_what_may_have_happened(
    settings: Settings,
    engine: Engine,
    to_engine: httpx2.AsyncClient,
    sign_in: SignIn,
    failure: Exception,
    expected: tuple[int, str],
) -> None:
    engine.failure = failure
    async with registry_with(settings, None, to_engine) as client:
        assert told(await client.post("/api/flows", json={}, headers=sign_in())) == expected


@pytest.mark.parametrize("has_secret", [True, False])
async def test_an_engine_is_told_who_came_with_a_key_and_not_the_key(
    settings: Settings, engine: Engine, to_engine: httpx2.AsyncClient, sign_in: SignIn, *, has_secret: bool
) -> None:
    knowing = settings.model_copy(update={"flows_token": SECRET if has_secret else None})
    async with registry_with(knowing, None, to_engine) as client:
        draft = {"name": "Key", "kind": "flow", "scopes": ["connectors:read", "connectors:execute"]}
        key = (await client.post("/api/api-keys", json=draft, headers=sign_in(scopes=Scope))).json()
        answer = await client.get("/api/flows", headers={"Authorization": f"Bearer {key['key']}"})
    if not has_secret:
        assert told(answer) == (503, "flows-not-for-keys")
        assert engine.seen == []
        return
    [(_, _, headers, _)] = engine.seen
    assert key["key"] not in str(headers)
    authenticate = or_passed_on(FLOW_ENGINE, {REGISTRY: (SECRET,)}, token_authenticator(SharedSecret(JWT_SECRET)))
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    who = await authenticate(Request({"type": "http", "headers": raw}))
    assert (who.workspace_id, who.key_id) == (WORKSPACE, UUID(key["id"]))
