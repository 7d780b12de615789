"""A connector that is created twice with one Idempotency-Key is there once."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from connector_registry.connectors.memory import InMemoryConnectorStore
from connectors_shared.http.idempotency import MOST_KEY_CHARACTERS
from tests.tokens import EDITOR
from tests.unit.registry.conftest import Announcer
from tests.unit.registry.credentials.credentials_suite import a_credential

Build = Callable[..., dict[str, Any]]
SignIn = Callable[..., dict[str, str]]
KEY = {"Idempotency-Key": "order-4711"}


class Died(BaseException):
    """Nothing answers for a process that is gone: a fault of ours would be answered."""


async def names(client: httpx2.AsyncClient, **options: Any) -> list[str]:
    return [line["name"] for line in (await client.get("/api/connectors", **options)).json()["connectors"]]


def told(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_it_is_answered_as_before(client: httpx2.AsyncClient, a_connector: Build) -> None:
    first = await client.post("/api/connectors", json=a_connector(), headers=KEY)
    again = await client.post("/api/connectors", json=a_connector(), headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("content-type", "etag", "location"):
        assert again.headers[name] == first.headers[name]
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    assert len(await names(client)) == 1


async def test_without_a_key_it_is_created_again(client: httpx2.AsyncClient, a_connector: Build) -> None:
    for _ in range(2):
        await client.post("/api/connectors", json=a_connector())
    assert len(await names(client)) == 2


async def test_another_body_under_the_key_is_refused(
    client: httpx2.AsyncClient, a_connector: Build, sign_in: SignIn
) -> None:
    await client.post("/api/connectors", json=a_connector(), headers=KEY)
    other = await client.post("/api/connectors", json=a_connector(name="Other"), headers=KEY)
    assert told(other) == (422, "idempotency-key-reused")
    colleague = await client.post("/api/connectors", json=a_connector(), headers=KEY | sign_in(sub="bob"))
    assert told(colleague) == (422, "idempotency-key-reused")
    assert await names(client) == ["Phone Number Enrichment"]


async def test_another_workspace_may_use_the_same_key(
    client: httpx2.AsyncClient, a_connector: Build, sign_in: SignIn
) -> None:
    stranger = sign_in(workspace=uuid4())
    for headers in ({}, stranger):
        assert (await client.post("/api/connectors", json=a_connector(), headers=KEY | headers)).status_code == 201
    assert len(await names(client, headers=stranger)) == 1


async def test_a_refusal_frees_the_key(client: httpx2.AsyncClient, a_connector: Build, sign_in: SignIn) -> None:
    reader = KEY | sign_in(scopes=["connectors:read"])
    assert told(await client.post("/api/connectors", json=a_connector(), headers=reader)) == (403, "missing-scope")
    assert (await client.post("/api/connectors", json={"name": ""}, headers=KEY)).status_code == 422
    assert (await client.post("/api/connectors", json=a_connector(), headers=KEY)).status_code == 201


async def test_while_it_is_worked_on_nothing_is_done_twice(
    client: httpx2.AsyncClient, a_connector: Build, store: InMemoryConnectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on, add = asyncio.Event(), asyncio.Event(), store.add

    async def slowly(*arguments: Any) -> None:
        began.set()
        await go_on.wait()
        await add(*arguments)

    monkeypatch.setattr(store, "add", slowly)
    first = asyncio.create_task(client.post("/api/connectors", json=a_connector(), headers=KEY))
    await began.wait()
    assert told(await client.post("/api/connectors", json=a_connector(), headers=KEY)) == (
        409,
        "idempotency-key-in-use",
    )
    go_on.set()
    assert (await first).status_code == 201
    assert (await client.post("/api/connectors", json=a_connector(), headers=KEY)).status_code == 201
    assert len(await names(client)) == 1


async def test_what_broke_off_before_it_was_done_is_not_done_by_itself(
    client: httpx2.AsyncClient, a_connector: Build, store: InMemoryConnectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_arguments: Any) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(store, "add", lost)
        with pytest.raises(Died):
            await client.post("/api/connectors", json=a_connector(), headers=KEY)
    answer = await client.post("/api/connectors", json=a_connector(), headers=KEY)
    assert told(answer) == (409, "idempotency-key-in-use")
    assert await names(client) == []


@pytest.mark.parametrize("kind", ["connector", "credential", "grant"])
async def test_what_broke_off_when_it_was_done_is_answered_and_not_done_again(
    client: httpx2.AsyncClient,
    announcer: Announcer,
    a_connector: Build,
    sign_in: SignIn,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def lost() -> bool:
        raise Died

    path, draft = {
        "connector": ("/api/connectors", a_connector()),
        "credential": ("/api/credentials", a_credential()),
        "grant": ("/api/network-grants", {"host": "a.example", "port": 8443, "reason": "It is not 443."}),
    }[kind]
    headers = KEY | sign_in(scopes=[*EDITOR, "workspace:admin"])
    with monkeypatch.context() as patched:
        patched.setattr(announcer, "published", lost)
        with pytest.raises(Died):
            await client.post(path, json=draft, headers=headers)
    answer = await client.post(path, json=draft, headers=headers)
    assert (answer.status_code, answer.json()["published"]) == (202, False)
    assert answer.headers["idempotency-replayed"] == "true"
    [made] = (await client.get(path, headers=headers)).json()[f"{kind}s"]
    assert (answer.json()["id"], answer.headers["location"]) == (made["id"], f"{path}/{made['id']}")


async def test_who_may_not_create_any_more_is_not_told_what_was_created(
    client: httpx2.AsyncClient, a_connector: Build, sign_in: SignIn
) -> None:
    assert (await client.post("/api/connectors", json=a_connector(), headers=KEY)).status_code == 201
    demoted = KEY | sign_in(scopes=["connectors:read"])
    assert told(await client.post("/api/connectors", json=a_connector(), headers=demoted)) == (403, "missing-scope")
    again = await client.post("/api/connectors", json=a_connector(), headers=KEY)
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", ["", "k" * (MOST_KEY_CHARACTERS + 1), "\x7f", "a\tb"])
async def test_a_key_is_short_and_printable(client: httpx2.AsyncClient, a_connector: Build, key: str) -> None:
    answer = await client.post("/api/connectors", json=a_connector(), headers={"Idempotency-Key": key})
    assert told(answer) == (400, "malformed-header")


async def test_nobody_without_a_token_asks_for_a_key(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/connectors", content=b"", headers=KEY | {"Authorization": ""})
    assert told(answer) == (401, "unauthorized")
