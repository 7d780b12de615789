"""Who did what, as administrators read it."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.executions.memory import InMemoryExecutions
from connector_registry.unfinished.memory import InMemoryUnfinished
from connector_registry.unfinished.port import LettersGoneError, UnfinishedAwayError
from connectors_shared.http.audit import routes
from connectors_shared.http.audit.entry import Action, Actor, Entry, Thing
from connectors_shared.http.principal import Scope
from tests.tokens import EDITOR
from tests.unit.registry.conftest import WORKSPACE
from tests.unit.registry.executions.executed import a_result
from tests.unit.registry.unfinished.test_unfinished import a_letter

Build = Callable[..., dict[str, Any]]
SECRET = "lT1r4xawA6hnPgDZmi0wqgft84cc1ba60e9230da2a0a66b42711bc0a"


@pytest.fixture
def admin(sign_in: Callable[..., dict[str, str]]) -> dict[str, str]:
    return sign_in(scopes=[*EDITOR, Scope.WORKSPACE_ADMIN, Scope.CREDENTIALS_ADMIN])


async def told(client: httpx2.AsyncClient, admin: dict[str, str], **filters: str) -> list[dict[str, Any]]:
    answer = await client.get("/api/audit", params=filters, headers=admin)
    assert answer.status_code == 200, answer.text
    entries: list[dict[str, Any]] = answer.json()["entries"]
    return entries


async def test_a_change_is_told_with_who_made_it_from_where(
    client: httpx2.AsyncClient, admin: dict[str, str], a_connector: Build
) -> None:
    made = (await client.post("/api/connectors", json=a_connector())).json()["id"]
    trace = "0af7651916cd43dd8448eb211c80319c"
    config = a_connector()["config"] | {"timeout": 5000, "auth": {"type": "bearer", "token": "another-" + SECRET}}
    answer = await client.put(
        f"/api/connectors/{made}",
        json={"name": "Phones", "config": config},
        headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"},
    )
    changed, created = await told(client, admin)
    assert (created["action"], created["changes"], created["thing"]["name"]) == (
        "created",
        [],
        "Phone Number Enrichment",
    )
    assert changed["actor"] == {"kind": "user", "id": "ann", "key_id": None}
    assert changed["thing"] == {"kind": "connector", "id": made, "name": "Phones"}
    assert (changed["address"], changed["trace_id"]) == ("127.0.0.1", trace)
    assert changed["request_id"] == answer.headers["x-request-id"]
    assert changed["details"] == {"revision": 2, "version": 2}
    assert changed["changes"] == [
        {"pointer": "/name", "before": "Phone Number Enrichment", "after": "Phones"},
        {"pointer": "/config/timeout", "before": 30000, "after": 5000},
        {"pointer": "/config/auth/token", "secret": "changed"},
    ]
    assert SECRET not in json.dumps([changed, created])


async def test_another_kind_of_authentication_is_told_without_its_secrets(
    client: httpx2.AsyncClient, admin: dict[str, str], a_connector: Build
) -> None:
    made = (await client.post("/api/connectors", json=a_connector())).json()["id"]
    auth = {"type": "basic", "username": "ann", "password": SECRET}
    await client.put(f"/api/connectors/{made}", json={"config": a_connector(auth=auth)["config"]})
    changed, _ = await told(client, admin)
    assert changed["changes"] == [
        {"pointer": "/config/auth/type", "before": "bearer", "after": "basic"},
        {"pointer": "/config/auth/username", "after": "ann"},
        {"pointer": "/config/auth/token", "secret": "removed"},
        {"pointer": "/config/auth/password", "secret": "added"},
    ]


async def test_what_changes_nothing_is_nothing_that_was_done(
    client: httpx2.AsyncClient, admin: dict[str, str], a_connector: Build
) -> None:
    made = (await client.post("/api/connectors", json=a_connector())).json()["id"]
    await client.put(f"/api/connectors/{made}", json={"name": "Phone Number Enrichment"})
    await client.post(f"/api/connectors/{made}/enable")
    refused = await client.put(f"/api/connectors/{made}", json={"name": ""})
    assert refused.status_code == 422
    assert [one["action"] for one in await told(client, admin)] == ["created"]


async def test_a_deletion_a_restore_and_a_new_announcement_are_told(
    client: httpx2.AsyncClient, admin: dict[str, str], a_connector: Build
) -> None:
    made = (await client.post("/api/connectors", json=a_connector(enabled=False))).json()["id"]
    for word in ("enable", "republish", "disable"):
        await client.post(f"/api/connectors/{made}/{word}")
    await client.delete(f"/api/connectors/{made}")
    await client.post(f"/api/connectors/{made}/restore")
    words = ["restored", "deleted", "disabled", "republished", "enabled", "created"]
    assert [one["action"] for one in await told(client, admin, id=made)] == words


async def test_what_a_person_executes_is_told_and_what_programs_do_is_not(
    client: httpx2.AsyncClient,
    admin: dict[str, str],
    sign_in: Callable[..., dict[str, str]],
    executions: InMemoryExecutions,
    store: InMemoryConnectorStore,
    a_connector: Build,
) -> None:
    made = (await client.post("/api/connectors", json=a_connector())).json()["id"]
    executions.answers[next(iter(store.connectors))] = a_result
    by_program = sign_in(kind="service", sub="nightly")
    for headers in ({}, by_program):
        answer = await client.post(f"/api/connectors/{made}/execute", json={}, headers=headers)
        assert answer.status_code == 200, answer.text
    [executed] = await told(client, admin, action="executed")
    assert executed["actor"]["id"] == "ann"
    assert executed["details"] == {"execution_id": str(executions.orders[0].execution_id)}


async def test_credentials_grants_and_settings_are_told(client: httpx2.AsyncClient, admin: dict[str, str]) -> None:
    client.headers.update(admin)
    auth = {"type": "bearer", "token": SECRET}
    body = {"name": "CRM", "auth": auth, "allowed_origins": ["https://a.example"]}
    made = (await client.post("/api/credentials", json=body)).json()["id"]
    wider = {"allowed_origins": ["https://a.example", "https://b.example"], "auth": auth | {"token": SECRET + "x"}}
    assert (await client.put(f"/api/credentials/{made}", json=wider)).status_code == 200
    await client.put("/api/workspace", json={"retention_days": 7})
    await client.put("/api/workspace", json={"retention_days": 7})
    settled, changed, created = await told(client, admin)
    assert created["details"]["allowed_origins"] == ["https://a.example"]
    assert changed["changes"] == [
        {"pointer": "/allowed_origins/1", "after": "https://b.example"},
        {"pointer": "/auth/token", "secret": "changed"},
    ]
    assert settled["changes"] == [{"pointer": "/retention_days", "before": 30, "after": 7}]


async def test_what_is_done_with_a_key_is_told_with_the_key(
    client: httpx2.AsyncClient, admin: dict[str, str], a_connector: Build
) -> None:
    body = {"name": "nightly", "scopes": ["connectors:edit"], "kind": "service"}
    made = (await client.post("/api/api-keys", json=body, headers=admin)).json()
    by_key = {"Authorization": f"Bearer {made['key']}"}
    assert (await client.post("/api/connectors", json=a_connector(), headers=by_key)).status_code == 201
    for _ in range(2):
        assert (await client.delete(f"/api/api-keys/{made['id']}", headers=admin)).status_code == 204
    revoked, used, created = await told(client, admin)
    assert (created["thing"], created["action"]) == (
        {"kind": "api_key", "id": made["id"], "name": "nightly"},
        "created",
    )
    assert created["details"] == {"kind": "service", "scopes": ["connectors:edit"]}
    assert used["actor"] == {"kind": "service", "id": f"api-key/{made['id']}", "key_id": made["id"]}
    assert (revoked["action"], revoked["thing"]["name"]) == ("revoked", "nightly")
    assert made["key"] not in json.dumps([revoked, used, created])


async def test_only_administrators_read_it(client: httpx2.AsyncClient) -> None:
    for path in ("/api/audit", "/api/audit/export"):
        assert (await client.get(path)).status_code == 403


async def test_pages_and_filters(
    client: httpx2.AsyncClient, admin: dict[str, str], store: InMemoryConnectorStore
) -> None:
    for n in range(5):
        store.outgoing.trail.record(an_entry(str(n), Action.DELETED if n % 2 else Action.CREATED))
    names, cursor = [], ""
    while True:
        page = (await client.get("/api/audit", params={"limit": 2, "cursor": cursor}, headers=admin)).json()
        names += [one["thing"]["name"] for one in page["entries"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert names == ["4", "3", "2", "1", "0"]
    assert [one["thing"]["name"] for one in await told(client, admin, action="deleted", actor="bob")] == ["3", "1"]
    assert (await client.get("/api/audit", params={"cursor": "x"}, headers=admin)).status_code == 422
    assert (await client.get("/api/audit", params={"kind": "x"}, headers=admin)).status_code == 422


@pytest.mark.parametrize("at_once", [1, 2, 200])
async def test_all_of_it_is_a_file(
    client: httpx2.AsyncClient,
    admin: dict[str, str],
    store: InMemoryConnectorStore,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr(routes, "EXPORTED_AT_ONCE", at_once)
    for name in ("=1+1", 'a "b", c\nd', "ü"):
        store.outgoing.trail.record(an_entry(name))
    answer = await client.get("/api/audit/export", params={"kind": "connector"}, headers=admin)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["thing"]["name"] for line in answer.text.splitlines()] == ["ü", 'a "b", c\nd', "=1+1"]
    answer = await client.get("/api/audit/export", params={"kind": "connector", "format": "csv"}, headers=admin)
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["thing_name"] for row in rows] == ["ü", 'a "b", c\nd', "'=1+1"]
    assert json.loads(rows[0]["changes"]) == []
    exported = await told(client, admin, kind="audit")
    assert [(one["action"], one["details"]["format"]) for one in exported] == [
        ("exported", "csv"),
        ("exported", "ndjson"),
    ]


def an_entry(name: str, action: Action = Action.CREATED) -> Entry:
    return Entry(WORKSPACE, action, Thing.CONNECTOR, "c", name, actor=Actor("service", "bob"))


async def test_what_was_asked_for_and_failed_is_told_with_what_became_of_it(
    client: httpx2.AsyncClient, admin: dict[str, str], unfinished: InMemoryUnfinished, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_asked: object) -> None:
        raise UnfinishedAwayError

    async def gone(*_asked: object) -> None:
        raise LettersGoneError

    unfinished.dead = {WORKSPACE: [a_letter(1)]}
    for replay, status in ((away, 503), (gone, 404)):
        monkeypatch.setattr(unfinished, "replay", replay)
        assert (await client.post("/api/dead-letters/replay", json={"ids": ["0:1"]})).status_code == status
    about = {"kind": "execution", "ids": ["0:1"], "count": 1}
    assert [(one["action"], one["details"]) for one in await told(client, admin)] == [
        ("replayed", about | {"outcome": "failed", "problem": "no-such-dead-letter"}),
        ("replayed", about),
        ("replayed", about | {"outcome": "unknown", "problem": "executor-unavailable"}),
        ("replayed", about),
    ]


async def test_what_is_called_off_and_sent_again_is_told(
    client: httpx2.AsyncClient, admin: dict[str, str], unfinished: InMemoryUnfinished
) -> None:
    unfinished.dead = {WORKSPACE: [a_letter(1)]}
    one, connector = str(UUID(int=5)), str(UUID(int=7))
    for body in ({"execution_ids": [one]}, {"connector_id": connector, "flow_id": "f"}):
        assert (await client.post("/api/parked/cancel", json=body)).status_code == 200
    await client.post("/api/dead-letters/replay", json={"ids": ["0:1", "0:2"]})
    replayed, all_of_them, single = await told(client, admin)
    assert (single["action"], single["thing"]["id"], single["details"]["count"]) == ("cancelled", one, 1)
    assert (all_of_them["thing"]["kind"], all_of_them["thing"]["id"]) == ("connector", connector)
    assert all_of_them["details"] == {"flow_id": "f"}
    assert (replayed["action"], replayed["thing"]["kind"], replayed["details"]["ids"]) == (
        "replayed",
        "dead_letter",
        ["0:1"],
    )
