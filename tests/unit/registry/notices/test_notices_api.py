"""What owners are told, as they read it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2

from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.noticing.notice import NoticeKind, Opening
from connectors_shared.http.principal import Scope
from tests.tokens import EDITOR
from tests.unit.registry.conftest import WORKSPACE

SHARED = {
    "name": "CRM",
    "auth": {"type": "bearer", "token": "a-token-of-some-length"},
    "allowed_origins": ["https://a.example"],
}


async def test_a_stale_credential_is_told_of_until_it_is_replaced(
    client: httpx2.AsyncClient, sign_in: Callable[..., dict[str, str]]
) -> None:
    client.headers.update(sign_in(scopes=[*EDITOR, Scope.CREDENTIALS_ADMIN]))
    made = (await client.post("/api/credentials", json=SHARED)).json()["id"]
    assert (await client.get("/api/notices")).json() == {"notices": [], "unread": 0, "next_cursor": None}
    await client.put(f"/api/credentials/{made}", json={"status": "stale"})
    page = (await client.get("/api/notices")).json()
    [notice] = page["notices"]
    assert (page["unread"], notice["kind"], notice["credential_id"]) == (1, "credential_stale", made)
    assert "stale" in notice["detail"]
    auth = SHARED["auth"] | {"token": "another-token-of-some-length"}  # type: ignore[operator]
    await client.put(f"/api/credentials/{made}", json={"auth": auth})
    page = (await client.get("/api/notices")).json()
    assert (page["unread"], page["notices"][0]["closed_at"] is None) == (0, False)


async def test_what_is_deleted_is_nothing_to_look_at(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Callable[..., dict[str, Any]]
) -> None:
    made = (await client.post("/api/connectors", json=a_connector())).json()["id"]
    [connector] = store.connectors
    store.outgoing.notices.say_now(Opening(WORKSPACE, NoticeKind.CONNECTOR_FAILING, "it fails", connector_id=connector))
    assert (await client.get("/api/notices", params={"connector_id": made})).json()["unread"] == 1
    await client.delete(f"/api/connectors/{made}")
    assert (await client.get("/api/notices", params={"open": True})).json()["notices"] == []


async def test_whoever_reads_it_marks_it(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, sign_in: Callable[..., dict[str, str]]
) -> None:
    store.outgoing.notices.say_now(Opening(WORKSPACE, NoticeKind.CONNECTOR_FAILING, "it fails"))
    [notice] = (await client.get("/api/notices", params={"read": False})).json()["notices"]
    path = f"/api/notices/{notice['id']}/read"
    viewer = sign_in(scopes=[Scope.CONNECTORS_READ])
    assert (await client.post(path, headers=viewer)).status_code == 403
    answer = await client.post(path)
    assert (answer.status_code, answer.json()["read_by"]) == (200, "ann")
    assert (await client.get("/api/notices", params={"read": False}, headers=viewer)).json()["notices"] == []
    assert (await client.post(f"/api/notices/{WORKSPACE}/read")).status_code == 404


async def test_more_than_a_page_is_read_at_once(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, sign_in: Callable[..., dict[str, str]]
) -> None:
    for _ in range(3):
        said = Opening(WORKSPACE, NoticeKind.CONNECTOR_FAILING, "it fails", connector_id=uuid4())
        store.outgoing.notices.say_now(said)
    [newest] = (await client.get("/api/notices", params={"limit": 1})).json()["notices"]
    body = {"opened_until": newest["opened_at"]}
    viewer = sign_in(scopes=[Scope.CONNECTORS_READ])
    assert (await client.post("/api/notices/read", json=body, headers=viewer)).status_code == 403
    assert (await client.post("/api/notices/read", json=body)).json() == {"marked": 3}
    assert (await client.get("/api/notices")).json()["unread"] == 0
    assert (await client.post("/api/notices/read", json={})).status_code == 422


async def test_the_list_of_connectors_has_a_word_for_each(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Callable[..., dict[str, Any]]
) -> None:
    for name, enabled in (("off", False), ("unused", True), ("failing", True)):
        await client.post("/api/connectors", json=a_connector(name=name, enabled=enabled))
    failing = next(one.id for one in store.connectors.values() if one.head.name == "failing")
    for kind in (NoticeKind.BACKLOG_NEARLY_FULL, NoticeKind.CONNECTOR_FAILING):
        store.outgoing.notices.say_now(Opening(WORKSPACE, kind, "so it is", connector_id=failing))
    lines = (await client.get("/api/connectors")).json()["connectors"]
    words = {line["name"]: line["health"] for line in lines}
    assert words == {"off": "disabled", "unused": "unused", "failing": "connector_failing"}
