"""Nothing is saved whose fact the topic would not take."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.outbox.memory import InMemoryOutgoing
from connector_registry.outbox.sizes import FactTooLarge
from connectors_shared.contract.facts import credential_key
from connectors_shared.contract.topics import CONFIG
from connectors_shared.http.principal import Scope

A_SECRET = "A9" * 4000


def secret_headers(count: int, value: str = A_SECRET) -> list[dict[str, str]]:
    return [{"key": f"X-S{number}", "valueType": "secret", "value": value} for number in range(count)]


async def refusal(client: httpx2.AsyncClient, store: InMemoryConnectorStore, body: dict[str, Any]) -> dict[str, str]:
    answer = await client.post("/api/connectors", json=body)
    assert answer.status_code == 422
    assert (store.connectors, store.outgoing.messages) == ({}, [])
    [problem] = answer.json()["errors"]
    return dict(problem)


async def test_secrets_that_are_too_large_together_are_refused_where_they_begin_to_be(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Callable[..., dict[str, Any]]
) -> None:
    problem = await refusal(client, store, a_connector(config={"headers": secret_headers(50)}))
    number = int(problem["pointer"].removeprefix("/config/headers/").removesuffix("/value"))
    assert 40 < number < 50
    assert str(CONFIG.largest // 2) in problem["detail"]


async def test_secrets_that_are_too_many_are_refused(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Callable[..., dict[str, Any]]
) -> None:
    body = a_connector(config={"headers": secret_headers(51, "a-secret-value"), "auth": {"type": "none"}})
    assert (await refusal(client, store, body))["pointer"] == "/config/headers/50/value"


CREDENTIAL = {
    "name": "Shared",
    "auth": {"type": "bearer", "token": "a-token-of-the-api"},
    "allowed_origins": ["https://api.example.com"],
}
GRANT = {"host": "api.example.com", "port": 443, "reason": "It is ours."}


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/api/connectors", None, "/config"),
        ("/api/credentials", CREDENTIAL, "/"),
        ("/api/network-grants", GRANT, "/"),
    ],
)
async def test_what_is_larger_than_its_topic_takes_is_refused_and_not_saved(
    client: httpx2.AsyncClient,
    store: InMemoryConnectorStore,
    a_connector: Callable[..., dict[str, Any]],
    sign_in: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    body: dict[str, Any] | None,
    pointer: str,
) -> None:
    monkeypatch.setattr("connector_registry.outbox.sizes.MOST_BYTES", 100)
    headers = sign_in(scopes=[scope.value for scope in Scope])
    answer = await client.post(path, json=body or a_connector(auth={"type": "none"}), headers=headers)
    assert answer.status_code == 422
    [problem] = answer.json()["errors"]
    assert problem["pointer"] == pointer
    assert "at most 100 are allowed" in problem["detail"]
    assert (store.connectors, store.credentials, store.outgoing.messages) == ({}, {}, [])


@pytest.mark.parametrize("over", [0, 1])
def test_a_fact_may_have_the_bytes_that_its_topic_says(over: int) -> None:
    outgoing, key, value = InMemoryOutgoing(), credential_key(uuid4()), b"x" * (CONFIG.largest + over)
    if over:
        with pytest.raises(FactTooLarge):
            outgoing.announce(key, value)
    else:
        outgoing.announce(key, value)
    assert outgoing.messages == ([] if over else [(str(key), value)])
