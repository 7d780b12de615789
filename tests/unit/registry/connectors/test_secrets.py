"""Secrets of a connector: bound to where its URL leads, sealed wherever they stand, and nowhere in plain sight."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from connector_registry.connectors.memory import InMemoryConnectorStore
from tests.unit.registry.connectors.test_crud import created, credential, opened, published, read

Build = Callable[..., dict[str, Any]]
TOKEN = "lT1r4xawA6hnPgDZmi0wqgft84cc1ba60e9230da2a0a66b42711bc0a"
EVIL = {"url": "https://evil.example/collect"}


def pointers(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


async def put(client: httpx2.AsyncClient, made: dict[str, Any], body: dict[str, Any]) -> httpx2.Response:
    return await client.put(f"/api/connectors/{made['id']}", json=body)


@pytest.mark.parametrize("auth", [{"type": "bearer"}, {"type": "bearer", "token": "••••bc0a"}, None])
async def test_a_stored_secret_does_not_go_with_the_connector_to_another_origin(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build, auth: dict[str, Any] | None
) -> None:
    made = await created(client, a_connector())
    body = a_connector(config=EVIL, auth=auth)
    if auth is None:
        del body["config"]["auth"]
    answer = await put(client, made, body)
    assert pointers(answer) == ["/config/url"]
    detail = answer.json()["errors"][0]["detail"]
    assert "enter the secret again" in detail
    assert "https://evil.example" in detail
    assert published(store).config.url.startswith("https://api.audienceacuity.com/")


async def test_a_secret_that_is_entered_again_is_bound_to_the_new_origin(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    moved = a_connector(config={"url": "https://new.example/api"}, auth={"type": "bearer", "token": "entered-again-1"})
    assert (await put(client, made, moved)).status_code == 200
    assert (credential(store).allowed_origins, credential(store).revision) == (["https://new.example"], 2)
    assert opened(store) == "entered-again-1"


@pytest.mark.parametrize(
    "url", ["https://api.audienceacuity.com/v3", "https://API.audienceacuity.com:443/v2/identities/byPhone"]
)
async def test_another_way_at_the_same_origin_asks_for_nothing(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build, url: str
) -> None:
    made = await created(client, a_connector())
    answer = await put(client, made, a_connector(config={"url": url}, auth={"type": "bearer"}))
    assert answer.status_code == 200, answer.text
    assert credential(store).revision == 1


async def test_a_secret_is_bound_to_every_host_that_values_may_lead_to(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    regions = {"url": "https://{{input.phoneNumber}}.api.test:8443/v2", "allowedHosts": ["us.api.test", "EU.api.test"]}
    made = await created(client, a_connector(config=regions))
    assert credential(store).allowed_origins == ["https://eu.api.test:8443", "https://us.api.test:8443"]
    more = regions | {"allowedHosts": ["us.api.test", "eu.api.test", "evil.example"]}
    answer = await put(client, made, a_connector(config=more, auth={"type": "bearer"}))
    assert pointers(answer) == ["/config/url"]
    assert "https://evil.example:8443" in answer.json()["errors"][0]["detail"]
    assert (await put(client, made, a_connector(config=regions, auth={"type": "bearer"}))).status_code == 200


@pytest.mark.parametrize("url", ["http://api.audienceacuity.com/v2", "https://api.audienceacuity.com:8443/v2"])
async def test_another_scheme_or_port_is_another_origin(
    client: httpx2.AsyncClient, a_connector: Build, url: str
) -> None:
    made = await created(client, a_connector())
    assert pointers(await put(client, made, a_connector(config={"url": url}, auth={"type": "bearer"}))) == [
        "/config/url"
    ]


def with_secrets(
    a_connector: Build, signature: str = "signed-by-us-1234", key: str = "a key/1234567", **config: Any
) -> Any:
    body = a_connector(config=config)
    body["config"]["headers"].append({"key": "X-Signature", "valueType": "secret", "value": signature})
    body["config"]["queryParams"].append({"key": "key", "valueType": "secret", "staticValue": key})
    return body


async def test_secret_headers_and_parameters_are_sealed_masked_and_kept(
    client: httpx2.AsyncClient,
    store: InMemoryConnectorStore,
    a_connector: Build,
    capfd: pytest.CaptureFixture[str],
) -> None:
    made = await created(client, with_secrets(a_connector))
    assert published(store).secrets_id == published(store).credential_id
    assert published(store).config.headers[-1].value == ""
    assert opened(store, "header/x-signature") == "signed-by-us-1234"
    assert opened(store, "query/key") == "a key/1234567"
    shown = await read(client, made["id"])
    assert shown["config"]["headers"][-1] == {"key": "X-Signature", "valueType": "secret", "value": "••••1234"}
    assert shown["config"]["queryParams"][-1]["staticValue"] == "••••4567"
    assert (await put(client, made, shown)).status_code == 200
    assert credential(store).revision == 1
    renewed = with_secrets(a_connector, signature="another-signature-9")
    assert (await put(client, made, renewed)).status_code == 200
    assert opened(store, "header/x-signature") == "another-signature-9"
    assert opened(store, "query/key") == "a key/1234567"
    everything = [json.dumps(shown), repr(store.connectors), *capfd.readouterr()]
    everything += [(value or b"").decode() for _, value in store.outgoing.messages]
    for text in everything:
        assert "signed-by-us" not in text
        assert "a key/" not in text


async def test_secret_headers_go_to_no_other_origin_either(client: httpx2.AsyncClient, a_connector: Build) -> None:
    made = await created(client, with_secrets(a_connector) | {})
    body = with_secrets(a_connector, signature="••••1234", key="••••4567", **EVIL)
    body["config"]["auth"] = {"type": "none"}
    assert pointers(await put(client, made, body)) == ["/config/url"]


@pytest.mark.parametrize(
    ("header", "pointer"),
    [
        ({"key": "X-S", "valueType": "secret"}, "/config/headers/1/value"),
        ({"key": "X-S", "valueType": "secret", "value": "••••"}, "/config/headers/1/value"),
        ({"key": "X-S", "valueType": "secret", "value": "a\nb"}, "/config/headers/1/value"),
        ({"key": "X-S", "valueType": "secret", "value": 5}, "/config/headers/1/value"),
        ({"key": "X-S", "valueType": "input", "value": "a"}, "/config/headers/1/valueType"),
        ({"key": "Host", "valueType": "secret", "value": "a"}, "/config/headers/1/key"),
    ],
)
async def test_a_secret_header_that_cannot_be_used_is_refused_where_it_stands(
    client: httpx2.AsyncClient, a_connector: Build, header: dict[str, Any], pointer: str
) -> None:
    headers = [{"key": "Accept", "value": "application/json"}, header]
    answer = await client.post("/api/connectors", json=a_connector(config={"headers": headers}))
    assert set(pointers(answer)) == {pointer}


@pytest.mark.parametrize(
    ("config", "pointer", "allowed"),
    [
        (
            {"headers": [{"key": "X-Api-Key", "value": "demo"}]},
            "/config/headers/0/value",
            {"headers": [{"key": "X-Api-Key", "value": "demo", "allowPlain": True}]},
        ),
        (
            {"headers": [{"key": "X-Any", "value": "x " + TOKEN}]},
            "/config/headers/0/value",
            {"headers": [{"key": "X-Any", "value": "x " + TOKEN, "allowPlain": True}]},
        ),
        (
            {"queryParams": [{"key": "access_token", "staticValue": "abc"}]},
            "/config/queryParams/0/staticValue",
            {"queryParams": [{"key": "access_token", "staticValue": "abc", "allowPlain": True}]},
        ),
        ({"url": "https://a.example/?v=1&api_key=abc"}, "/config/url", {"allowPlain": ["url"]}),
        ({"url": "https://a.example/hooks/sk_live_0123456789abcdef"}, "/config/url", {"allowPlain": ["url"]}),
        ({"body": {"a": [{"clientSecret": "abc"}]}, "bodyType": "json"}, "/config/body/a/0/clientSecret", None),
        ({"body": '{"token": "abc", "x": {{input.phoneNumber}}}', "bodyType": "json"}, "/config/body", None),
        ({"body": [{"key": "password", "value": "abc"}], "bodyType": "form"}, "/config/body/0/value", None),
        ({"body": f"key={TOKEN}", "bodyType": "raw"}, "/config/body", None),
    ],
)
async def test_a_key_in_plain_sight_is_refused_with_a_place_for_it_unless_it_is_none(
    client: httpx2.AsyncClient, a_connector: Build, config: dict[str, Any], pointer: str, allowed: dict[str, Any] | None
) -> None:
    post = {"method": "POST"} | config
    answer = await client.post("/api/connectors", json=a_connector(config=post))
    assert pointers(answer) == [pointer]
    assert "allowPlain" in answer.json()["errors"][0]["detail"]
    assert "abc" not in answer.text
    assert TOKEN not in answer.text
    plain = post | ({"allowPlain": ["body"]} if allowed is None else allowed)
    assert (await client.post("/api/connectors", json=a_connector(config=plain))).status_code == 201


async def test_what_is_no_key_is_let_through(client: httpx2.AsyncClient, a_connector: Build) -> None:
    config = {
        "method": "POST",
        "url": "https://a.example/v1/getUserByPhoneNumber2024/123e4567-e89b-12d3-a456-426614174000?token={{input.phoneNumber}}",
        "headers": [
            {"key": "Accept", "value": "application/vnd.company.v2024.resource+json"},
            {"key": "X-Token", "value": "{{input.phoneNumber}}"},
        ],
        "body": {"grant_type": "password", "password": "{{input.phoneNumber}}", "n": 12345678901234567890},
    }
    answer = await client.post("/api/connectors", json=a_connector(config=config | {"bodyType": "json"}))
    assert answer.status_code == 201, answer.text
