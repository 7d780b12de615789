"""API keys over REST: made by people, shown once, never more than their maker may, refused once they are revoked."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from connector_registry.access.memory import InMemoryApiKeyStore
from connector_registry.access.texts import hash_of
from connectors_shared.http.principal import FLOW_SCOPES, Scope
from tests.tokens import EDITOR
from tests.unit.registry.conftest import WORKSPACE

SignIn = Callable[..., dict[str, str]]
ADMIN = tuple(Scope)


@pytest.fixture
def admin(sign_in: SignIn) -> dict[str, str]:
    return sign_in(scopes=ADMIN)


async def made(client: httpx2.AsyncClient, headers: dict[str, str], **fields: Any) -> dict[str, Any]:
    draft = {"name": f"Key {uuid4()}", "scopes": ["connectors:read"]} | fields
    answer = await client.post("/api/api-keys", json=draft, headers=headers)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def with_key(key: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {key['key']}"}


async def test_who_presents_a_key_may_what_it_says_and_no_more(
    client: httpx2.AsyncClient, admin: dict[str, str]
) -> None:
    key = await made(client, admin)
    assert (await client.get("/api/connectors", headers=with_key(key))).status_code == 200
    refused = await client.post("/api/connectors", json={}, headers=with_key(key))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/missing-scope")


async def test_its_text_is_shown_once_and_kept_as_a_hash(
    client: httpx2.AsyncClient, admin: dict[str, str], api_keys: InMemoryApiKeyStore
) -> None:
    key = await made(client, admin)
    assert key["key"].startswith(key["prefix"] + "_")
    assert len(key["key"].removeprefix(key["prefix"] + "_")) == 64
    listed = await client.get("/api/api-keys", headers=admin)
    assert [each["id"] for each in listed.json()["api_keys"]] == [key["id"]]
    assert key["key"] not in listed.text + repr(api_keys.keys)
    assert set(api_keys.keys) == {hash_of(key["key"])}


async def test_a_repeat_is_told_that_the_name_is_taken_and_gets_no_second_key(
    client: httpx2.AsyncClient, admin: dict[str, str], api_keys: InMemoryApiKeyStore
) -> None:
    headers = admin | {"Idempotency-Key": "once"}
    key = await made(client, headers, name="Flow engine")
    again = await client.post("/api/api-keys", json={"name": "Flow engine", "role": "viewer"}, headers=headers)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/api-key-exists")
    assert key["key"] not in again.text
    assert len(api_keys.keys) == 1


async def test_a_key_that_is_revoked_is_refused_from_then_on(client: httpx2.AsyncClient, admin: dict[str, str]) -> None:
    key = await made(client, admin)
    path = f"/api/api-keys/{key['id']}"
    assert (await client.delete(path, headers=admin)).status_code == 204
    refused = await client.get("/api/connectors", headers=with_key(key))
    assert (refused.status_code, "is revoked" in refused.json()["detail"]) == (401, True)
    assert (await client.delete(path, headers=admin)).status_code == 204
    [listed] = (await client.get("/api/api-keys", headers=admin)).json()["api_keys"]
    assert listed["revoked_by"] == "ann"


async def test_a_key_that_has_expired_is_refused(
    client: httpx2.AsyncClient, admin: dict[str, str], api_keys: InMemoryApiKeyStore
) -> None:
    # The clock of these tests goes on by a second with each look at it.
    key = await made(client, admin, expires_at=datetime(2026, 1, 1, 0, 0, 8, tzinfo=UTC).isoformat())
    answers = [(await client.get("/api/session", headers=with_key(key))).status_code for _ in range(9)]
    assert answers == sorted(answers)
    assert set(answers) == {200, 401}


async def test_that_a_key_is_used_is_told(client: httpx2.AsyncClient, admin: dict[str, str]) -> None:
    key = await made(client, admin)
    assert key["last_used_at"] is None
    await client.get("/api/session", headers=with_key(key))
    [listed] = (await client.get("/api/api-keys", headers=admin)).json()["api_keys"]
    assert listed["last_used_at"] is not None


@pytest.mark.parametrize(
    "presented", ["cnk_", "cnk_0123abcd", "cnk_0123abcd_" + "0" * 64, "cnk_0123abcd_" + "Z" * 64, "cnk_é_" + "0" * 64]
)
async def test_what_is_no_key_of_ours_is_refused(client: httpx2.AsyncClient, presented: str) -> None:
    headers = {"Authorization": f"Bearer {presented}".encode("latin-1")}
    refused = await client.get("/api/session", headers=headers)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="connectors"')
    assert presented not in refused.text


async def test_a_key_in_the_address_is_none(client: httpx2.AsyncClient, admin: dict[str, str]) -> None:
    key = (await made(client, admin))["key"]
    address = f"/api/session?key={key}&api_key={key}&access_token={key}"
    assert (await client.get(address, headers={"Authorization": ""})).status_code == 422


@pytest.mark.parametrize(
    ("draft", "pointer"),
    [
        ({"scopes": ["credentials:admin"]}, "/scopes"),
        ({"role": "admin"}, "/role"),
        ({"scopes": ["workspace:admin"], "kind": "flow"}, "/scopes"),
        ({"scopes": ["connectors:fly"]}, "/scopes/0"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["connectors:read"], "role": "viewer"}, ""),
        ({}, ""),
        ({"role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"role": "viewer", "expires_at": "2030-01-01T00:00:00"}, "/expires_at"),
        ({"role": "viewer", "expires_at": "9999-12-31T23:59:59-12:00"}, "/expires_at"),
        ({"role": "viewer", "expires_at": "0001-01-01T00:00:00+14:00"}, "/expires_at"),
        ({"role": "viewer", "name": " "}, "/name"),
        ({"role": "viewer", "requests_per_minute": 0}, "/requests_per_minute"),
    ],
)
async def test_a_draft_that_is_wrong_or_beyond_its_maker_is_refused_with_a_pointer(
    client: httpx2.AsyncClient, sign_in: SignIn, draft: dict[str, Any], pointer: str
) -> None:
    headers = sign_in(scopes=[*EDITOR, Scope.WORKSPACE_ADMIN])
    refused = await client.post("/api/api-keys", json={"name": "Key"} | draft, headers=headers)
    assert refused.status_code == 422, refused.text
    assert pointer in [error["pointer"] for error in refused.json()["errors"]]


async def test_a_key_makes_no_other_key(client: httpx2.AsyncClient, admin: dict[str, str]) -> None:
    key = await made(client, admin, scopes=None, role="admin")
    refused = await client.post("/api/api-keys", json={"name": "Two", "role": "viewer"}, headers=with_key(key))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/made-with-api-key")


async def test_a_flow_key_is_told_what_it_may(client: httpx2.AsyncClient, admin: dict[str, str]) -> None:
    key = await made(client, admin, kind="flow", scopes=sorted(FLOW_SCOPES))
    session = (await client.get("/api/session", headers=with_key(key))).json()
    assert (session["kind"], session["api_key_id"]) == ("flow", key["id"])
    assert session["scopes"] == sorted(FLOW_SCOPES)
    assert session["user_id"] == f"api-key/{key['id']}"


async def test_a_session_tells_who_asks(client: httpx2.AsyncClient, sign_in: SignIn) -> None:
    assert (await client.get("/api/session")).json() == {
        "workspace_id": str(WORKSPACE),
        "user_id": "ann",
        "kind": "user",
        "role": "editor",
        "scopes": sorted(EDITOR),
        "api_key_id": None,
        "has_flows": False,
    }
    by_role = sign_in(scopes=(), app_metadata={"connectors_role": "admin"})
    told = (await client.get("/api/session", headers=by_role)).json()
    assert (told["role"], told["scopes"]) == ("admin", sorted(Scope))
    nothing = (await client.get("/api/session", headers=sign_in(scopes=()))).json()
    assert (nothing["role"], nothing["scopes"]) == (None, [])


async def test_what_a_key_made_says_so(
    client: httpx2.AsyncClient, admin: dict[str, str], a_connector: Callable[..., dict[str, Any]]
) -> None:
    key = await made(client, admin, scopes=None, role="editor")
    created = await client.post("/api/connectors", json=a_connector(), headers=with_key(key))
    assert created.status_code == 201, created.text
