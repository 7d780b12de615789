"""Shared credentials over the store in memory, and what executors are told of them."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from connector_registry.connectors.memory import InMemoryConnectorStore
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.credential import CredentialStatus, PublishedCredential
from connectors_shared.contract.facts import Deletion
from connectors_shared.runtime.secrets import Keyring, place_of
from tests.unit.registry.conftest import KEYS
from tests.unit.registry.credentials.credentials_suite import *  # noqa: F403
from tests.unit.registry.credentials.credentials_suite import ORIGIN, TOKEN, made, put, used


def told(store: InMemoryConnectorStore, key: str) -> list[bytes]:
    return [value or b"" for named, value in store.outgoing.messages if named == key]


async def test_executors_are_told_of_every_revision_and_open_the_last_one(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore
) -> None:
    credential: dict[str, Any] = await made(client)
    connector = await used(client, credential["id"])
    await put(client, credential, status="stale")
    await put(client, credential, auth={"type": "bearer", "token": "replaced-token-1"})
    facts = [PublishedCredential.model_validate_json(value) for value in told(store, f"credential/{credential['id']}")]
    assert [(fact.revision, fact.status) for fact in facts] == [
        (1, CredentialStatus.OK),
        (2, CredentialStatus.STALE),
        (3, CredentialStatus.OK),
    ]
    keyring = Keyring.parse(KEYS)
    assert [keyring.open(fact.sealed["token"], place_of(fact, "token")) for fact in facts] == [
        TOKEN,
        TOKEN,
        "replaced-token-1",
    ]
    assert facts[-1].allowed_origins == [ORIGIN]
    [published] = [PublishedConnector.model_validate_json(value) for value in told(store, f"connector/{connector}")]
    assert (str(published.credential_id), published.secrets_id) == (credential["id"], None)


async def test_a_change_that_changes_nothing_is_told_again_and_makes_no_revision(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore
) -> None:
    """After a restored backup that is how executors hear of what is there."""
    credential = await made(client)
    assert (await put(client, credential, name=credential["name"])).json()["revision"] == 1
    first, again = told(store, f"credential/{credential['id']}")
    assert first == again


async def test_a_deletion_is_told(client: httpx2.AsyncClient, store: InMemoryConnectorStore) -> None:
    credential = await made(client)
    await client.delete(f"/api/credentials/{credential['id']}")
    deletion = Deletion.model_validate_json(told(store, f"credential/{credential['id']}")[-1])
    assert deletion.revision == 2


async def test_one_whose_message_waits_says_so(client: httpx2.AsyncClient, announcer: Any) -> None:
    announcer.reachable = False
    answer = await client.post(
        "/api/credentials", json={"name": "n", "auth": {"type": "bearer", "token": "t"}} | {"allowed_origins": [ORIGIN]}
    )
    assert (answer.status_code, answer.json()["published"]) == (202, False)
    path = answer.headers["location"]
    assert (await client.put(path, json={"name": "m"})).status_code == 202
    gone = await client.delete(path)
    assert (gone.status_code, gone.json()["published"]) == (202, False)


async def test_the_secret_that_is_stored_already_makes_no_revision(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Callable[..., dict[str, Any]]
) -> None:
    credential = await made(client)
    same = await put(client, credential, auth={"type": "bearer", "token": TOKEN})
    assert (same.status_code, same.json()["revision"]) == (200, 1)
    connector = await client.post("/api/connectors", json=a_connector())
    again = await client.put(connector.headers["location"], json=a_connector())
    assert (again.status_code, again.json()["revision"]) == (200, 1)


async def test_the_same_secret_for_a_further_origin_is_sealed_for_it(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore
) -> None:
    credential = await made(client)
    wider = {"allowed_origins": [ORIGIN, "https://b.example"], "auth": {"type": "bearer", "token": TOKEN}}
    assert (await put(client, credential, **wider)).json()["revision"] == 2
    last = PublishedCredential.model_validate_json(told(store, f"credential/{credential['id']}")[-1])
    assert Keyring.parse(KEYS).open(last.sealed["token"], place_of(last, "token")) == TOKEN


async def test_all_that_is_wrong_is_named_at_once(client: httpx2.AsyncClient) -> None:
    body = {
        "nam": "x",
        "auth": {"type": "bearer"},
        "allowed_origins": [7, "https://api.example.com/path"],
    }
    answer = await client.post("/api/credentials", json=body)
    told = {each["pointer"]: each["detail"] for each in answer.json()["errors"]}
    assert set(told) == {"/nam", "/name", "/auth/token", "/allowed_origins/0", "/allowed_origins/1"}
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("body", "pointers"),
    [([], {""}), ({}, {"/name", "/auth", "/allowed_origins"}), ({"name": "n", "auth": 7, "allowed_origins": []}, None)],
    ids=["a list", "nothing", "wrong parts"],
)
async def test_what_cannot_be_read_at_all_is_told_once(
    client: httpx2.AsyncClient, body: Any, pointers: set[str] | None
) -> None:
    answer = await client.post("/api/credentials", json=body)
    told = [each["pointer"] for each in answer.json()["errors"]]
    assert answer.status_code == 422
    assert len(told) == len(set(told))
    assert set(told) == pointers or {"/auth", "/allowed_origins"} <= set(told)
    assert "Draft" not in answer.text
