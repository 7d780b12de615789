"""`/api/workspace`: made with its first use, changed with If-Match, published to whoever follows."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
import pytest

from connector_registry.workspaces.memory import InMemoryWorkspaceStore
from connector_registry.workspaces.port import Workspace
from connectors_shared.contract.workspace import PublishedWorkspace
from tests.unit.registry.conftest import WORKSPACE, Announcer

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

ADMIN = ("workspace:admin",)
DEFAULTS = {
    "name": "",
    "phone_region": None,
    "retention_days": 30,
    "requests_per_minute": 6_000,
    "waiting_callers": 100,
    "allowed_origins": [],
}


@pytest.fixture
def admin(client: httpx2.AsyncClient, sign_in: Callable[..., dict[str, str]]) -> httpx2.AsyncClient:
    client.headers.update(sign_in(scopes=ADMIN))
    return client


def announced(workspaces: InMemoryWorkspaceStore) -> list[PublishedWorkspace]:
    key = f"workspace/{WORKSPACE}"
    return [
        PublishedWorkspace.model_validate_json(value)
        for found, value in workspaces.outgoing.messages
        if found == key and value is not None
    ]


async def test_a_workspace_comes_into_being_with_its_first_use(
    admin: httpx2.AsyncClient, workspaces: InMemoryWorkspaceStore
) -> None:
    first = await admin.get("/api/workspace")
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    shown = first.json()
    assert {name: shown[name] for name in DEFAULTS} == DEFAULTS
    assert (shown["id"], shown["revision"], shown["published"]) == (str(WORKSPACE), 1, True)
    assert (await admin.get("/api/workspace")).json() == shown
    assert [fact.revision for fact in announced(workspaces)] == [1]


async def test_a_change_keeps_what_it_leaves_out_and_is_published(
    admin: httpx2.AsyncClient, workspaces: InMemoryWorkspaceStore
) -> None:
    wanted = {"name": "Nord", "phone_region": "DE", "allowed_origins": ["HTTPS://API.example.com:443/"]}
    answer = await admin.put("/api/workspace", json=wanted)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    changed = answer.json()
    assert changed["allowed_origins"] == ["https://api.example.com"]
    assert (changed["name"], changed["phone_region"], changed["retention_days"]) == ("Nord", "DE", 30)
    answer = await admin.put("/api/workspace", json={"phone_region": None}, headers={"If-Match": '"2"'})
    assert (answer.json()["phone_region"], answer.json()["name"]) == (None, "Nord")
    assert [(fact.revision, fact.phone_region) for fact in announced(workspaces)] == [(1, None), (2, "DE"), (3, None)]


async def test_a_change_that_changes_nothing_makes_no_revision(
    admin: httpx2.AsyncClient, workspaces: InMemoryWorkspaceStore
) -> None:
    assert (await admin.put("/api/workspace", json={"retention_days": 30})).headers["etag"] == '"1"'
    assert len(announced(workspaces)) == 1


async def test_who_knows_another_revision_is_told(admin: httpx2.AsyncClient) -> None:
    await admin.put("/api/workspace", json={"name": "a"})
    answer = await admin.put("/api/workspace", json={"name": "b"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (412, '"2"')
    assert answer.json()["type"] == "/problems/workspace-changed"
    assert (await admin.get("/api/workspace")).json()["name"] == "a"


async def test_a_change_that_kafka_does_not_take_yet_is_saved(admin: httpx2.AsyncClient, announcer: Announcer) -> None:
    announcer.reachable = False
    answer = await admin.put("/api/workspace", json={"name": "a"})
    assert (answer.status_code, answer.json()["published"]) == (202, False)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"phone_region": "Germany"}, "/phone_region"),
        ({"retention_days": 0}, "/retention_days"),
        ({"requests_per_minute": 10**9}, "/requests_per_minute"),
        ({"waiting_callers": 0}, "/waiting_callers"),
        ({"allowed_origins": ["ftp://a.example"]}, "/allowed_origins/0"),
        ({"allowed_origins": ["https://a.example/path"]}, "/allowed_origins/0"),
        ({"allowed_origins": ["https://user@a.example"]}, "/allowed_origins/0"),
        ({"name": None}, "/name"),
        ({"revision": 7}, "/revision"),
        ({"colour": "blue"}, "/colour"),
    ],
)
async def test_what_is_wrong_is_named(admin: httpx2.AsyncClient, wrong: dict[str, Any], pointer: str) -> None:
    answer = await admin.put("/api/workspace", json=wrong)
    assert answer.status_code == 422
    assert [line["pointer"] for line in answer.json()["errors"]] == [pointer]


async def test_each_workspace_has_its_own(admin: httpx2.AsyncClient, sign_in: Callable[..., dict[str, str]]) -> None:
    await admin.put("/api/workspace", json={"name": "ours"})
    theirs = await admin.get("/api/workspace", headers=sign_in(UUID(int=9), ADMIN))
    assert (theirs.json()["id"], theirs.json()["name"]) == (str(UUID(int=9)), "")


async def test_it_takes_a_scope_of_its_own(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/workspace")).status_code == 403
    assert (await client.put("/api/workspace", json={})).status_code == 403


async def test_its_own_limit_holds_in_a_process_that_has_not_heard_of_the_change(
    admin: httpx2.AsyncClient, workspaces: InMemoryWorkspaceStore
) -> None:
    fact = PublishedWorkspace(workspace_id=WORKSPACE, revision=1, changed_at=MOMENT, requests_per_minute=12)
    await workspaces.add(Workspace(fact, MOMENT, "another process"))
    assert [(await admin.get("/api/workspace")).status_code for _ in range(4)] == [200, 200, 429, 429]
