"""Every route of every service, found in its app: who is nobody, who may not, and who may no more gets nowhere.

A route that is added is walked too, and fails here until it asks who calls; a service that is added fails until it is
among those that are walked.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from connectors_local.services import SERVICES
from connectors_local.specs import UNUSED, executor_app, mapper_app, registry_app
from connectors_shared.http.principal import FLOW_SCOPES, Scope
from connectors_shared.http.problems import MEDIA_TYPE
from connectors_shared.http.roles import SCOPES_OF, WorkspaceRole
from connectors_shared.runtime.identities import Identities
from tests.routes import Route, routes_of
from tests.tokens import bearer

WORKSPACE: Final = UUID("11111111-1111-4111-8111-111111111111")
CALLERS: Final = "registry:" + "a-secret-of-the-registry-0123456789"
APPS: Final[Mapping[str, Callable[[], FastAPI]]] = {
    "registry": registry_app,
    "mapper": mapper_app,
    "executor": lambda: executor_app(Identities.parse(CALLERS)),
}
WITHOUT_ROUTES: Final = frozenset(("history",))
"""Services that answer health checks and metrics alone."""
HEALTH: Final = frozenset(("/healthz", "/readyz"))
PAGES: Final = frozenset(("GET /", "GET /sign-in", "GET /tools", "GET /tools/{_path:path}", "GET /assets/{path:path}"))
OPEN: Final = frozenset(("GET /api/oauth/callback", "POST /api/session", "DELETE /api/session")) | PAGES
"""Where browsers come back from a provider: the state and the cookie that came with it prove who they are. Where they
sign in and out, for which the console's header is wanted. Pages, which hold nothing of a workspace."""
FOR_ANYBODY_KNOWN: Final = frozenset(("GET /api/session",))
Ask = Callable[[Route, dict[str, str]], Any]


@pytest.fixture(scope="module")
def apps() -> dict[str, FastAPI]:
    return {name: build() for name, build in APPS.items()}


@pytest.fixture(params=sorted(APPS))
def service(request: pytest.FixtureRequest, apps: dict[str, FastAPI]) -> tuple[str, FastAPI]:
    return request.param, apps[request.param]


@pytest.fixture
async def client(service: tuple[str, FastAPI]) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=service[1])
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.fixture
def routes(service: tuple[str, FastAPI]) -> list[Route]:
    found = [route for route in routes_of(service[1]) if route.template not in HEALTH and str(route) not in OPEN]
    assert found
    return found


@pytest.fixture
def knows_users(service: tuple[str, FastAPI]) -> bool:
    return service[0] != "executor"


async def answered(
    client: httpx2.AsyncClient, routes: list[Route], headers: dict[str, str]
) -> dict[str, tuple[int, str]]:
    """Status and type of problem of each."""
    told: dict[str, tuple[int, str]] = {}
    for route in routes:
        answer = await client.request(route.method, route.path(), headers=headers)
        is_problem = answer.headers.get("content-type") == MEDIA_TYPE
        told[str(route)] = answer.status_code, answer.json()["type"] if is_problem else ""
    return told


def everywhere(routes: list[Route], status: int, kind: str) -> dict[str, tuple[int, str]]:
    return {str(route): (status, f"/problems/{kind}") for route in routes}


def test_every_service_is_walked() -> None:
    assert {spec.name for spec in SERVICES} == set(APPS) | WITHOUT_ROUTES


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("not-the-secret-of-the-service-0123456789", WORKSPACE, Scope),
        bearer(UNUSED, WORKSPACE, Scope, exp=1),
        {"Authorization": "Bearer cnk_0123abcd_" + "0" * 64},
        {"Authorization": "Bearer another-secret-of-the-registry-0123"},
    ],
    ids=["none", "forged", "expired", "key", "secret"],
)
async def test_nobody_gets_anywhere(client: httpx2.AsyncClient, routes: list[Route], headers: dict[str, str]) -> None:
    assert await answered(client, routes, headers) == everywhere(routes, 401, "unauthorized")


async def test_users_are_nobody_to_what_is_internal(
    client: httpx2.AsyncClient, routes: list[Route], knows_users: bool
) -> None:
    if not knows_users:
        everything = bearer(UNUSED, WORKSPACE, Scope)
        assert await answered(client, routes, everything) == everywhere(routes, 401, "unauthorized")


async def test_who_has_no_scope_gets_nowhere(
    client: httpx2.AsyncClient, routes: list[Route], knows_users: bool
) -> None:
    if knows_users:
        closed = [route for route in routes if str(route) not in FOR_ANYBODY_KNOWN]
        told = await answered(client, closed, bearer(UNUSED, WORKSPACE, ()))
        assert told == everywhere(closed, 403, "missing-scope")


async def test_who_lacks_one_scope_gets_nowhere_where_it_is_needed(
    client: httpx2.AsyncClient, routes: list[Route], knows_users: bool
) -> None:
    if knows_users:
        for scope in Scope:
            needed = [route for route in routes if scope in route.scopes]
            told = await answered(client, needed, bearer(UNUSED, WORKSPACE, set(Scope) - {scope}))
            assert told == everywhere(needed, 403, "missing-scope")


@pytest.mark.parametrize("role", list(WorkspaceRole))
async def test_a_role_opens_what_its_scopes_open_and_nothing_else(
    client: httpx2.AsyncClient, routes: list[Route], role: WorkspaceRole, knows_users: bool
) -> None:
    if knows_users:
        headers = bearer(UNUSED, WORKSPACE, (), connectors_role=role.value)
        beyond = [route for route in routes if not route.scopes <= SCOPES_OF[role]]
        assert await answered(client, beyond, headers) == everywhere(beyond, 403, "missing-scope")


async def test_a_flow_changes_no_connector_whatever_its_token_says(
    client: httpx2.AsyncClient, routes: list[Route], knows_users: bool
) -> None:
    if knows_users:
        beyond = [route for route in routes if not route.scopes <= FLOW_SCOPES]
        told = await answered(client, beyond, bearer(UNUSED, WORKSPACE, Scope, kind="flow"))
        assert told == everywhere(beyond, 403, "missing-scope")


async def test_a_key_that_is_revoked_gets_nowhere_any_more(apps: dict[str, FastAPI]) -> None:
    app = apps["registry"]
    routes = [route for route in routes_of(app) if route.template not in HEALTH and str(route) not in OPEN]
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
        admin = bearer(UNUSED, WORKSPACE, Scope)
        made = (await client.post("/api/api-keys", json={"name": "Key", "role": "admin"}, headers=admin)).json()
        headers = {"Authorization": f"Bearer {made['key']}"}
        assert (await client.get("/api/session", headers=headers)).json()["role"] == "admin"
        await client.delete(f"/api/api-keys/{made['id']}", headers=admin)
        assert await answered(client, routes, headers) == everywhere(routes, 401, "unauthorized")
