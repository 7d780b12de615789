"""`/api/credentials` over any store: what a `client` of either folder of tests has to see."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from connectors_shared.http.principal import Scope
from tests.tokens import EDITOR

SignIn = Callable[..., dict[str, str]]
TOKEN = "canary-token-of-a-shared-credential-7b1d"
ORIGIN = "https://api.example.com"
BEARER = {"type": "bearer", "token": TOKEN}


def a_credential(**fields: Any) -> dict[str, Any]:
    return {"name": "Example account", "auth": BEARER, "allowed_origins": [ORIGIN]} | fields


def a_user(credential_id: str, name: str = "Lookup", **config: Any) -> dict[str, Any]:
    fixed = {"method": "GET", "url": f"{ORIGIN}/v1", "auth": {"credentialId": credential_id}}
    return {"name": name, "config": fixed | config}


async def made(client: httpx2.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/credentials", json=a_credential(**fields))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def used(client: httpx2.AsyncClient, credential_id: str, name: str = "Lookup", **config: Any) -> str:
    answer = await client.post("/api/connectors", json=a_user(credential_id, name, **config))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def put(client: httpx2.AsyncClient, credential: dict[str, Any], **fields: Any) -> httpx2.Response:
    return await client.put(f"/api/credentials/{credential['id']}", json=fields)


def problems(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_a_credential_is_made_and_shown_with_its_secret_masked(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/credentials", json=a_credential(allowed_origins=["HTTPS://API.example.com:443/"]))
    body = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"] == f"/api/credentials/{body['id']}"
    assert body["auth"] == {"type": "bearer", "token": "••••7b1d"}
    assert (body["allowed_origins"], body["status"], body["revision"]) == ([ORIGIN], "ok", 1)
    assert (body["key_ids"], body["created_by"], body["updated_by"]) == ({"token": "k1"}, "ann", "ann")
    read = await client.get(answer.headers["location"])
    assert (read.status_code, read.headers["etag"], read.json()) == (200, '"1"', body)
    listed = (await client.get("/api/credentials")).json()
    line = {name: value for name, value in body.items() if name != "published"} | {"used_by": 0}
    assert listed == {"credentials": [line], "next_cursor": None}
    for text in (answer.text, read.text, json.dumps(listed)):
        assert TOKEN not in text


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"auth": {"type": "bearer"}}, "/auth/token"),
        ({"auth": {"type": "bearer", "token": "••••7b1d"}}, "/auth/token"),
        ({"auth": {"type": "none"}}, "/auth/type"),
        ({"auth": {"credentialId": str(uuid4())}}, "/auth/type"),
        ({"auth": {"type": "passkey"}}, "/auth/type"),
        ({"auth": {"type": "bearer", "token": "a\nb"}}, "/auth/token"),
        ({"allowed_origins": []}, "/allowed_origins"),
        ({"allowed_origins": ["https://a.example/path"]}, "/allowed_origins/0"),
        ({"allowed_origins": ["https://a.example/#x"]}, "/allowed_origins/0"),
        ({"allowed_origins": [ORIGIN, "a.example"]}, "/allowed_origins/1"),
        ({"allowed_origins": ["https://user@a.example"]}, "/allowed_origins/0"),
        ({"name": ""}, "/name"),
        ({"nmae": "x"}, "/nmae"),
    ],
)
async def test_what_is_wrong_is_named(client: httpx2.AsyncClient, fields: dict[str, Any], pointer: str) -> None:
    answer = await client.post("/api/credentials", json=a_credential(**fields))
    assert problems(answer) == [pointer]
    assert TOKEN not in answer.text


async def test_several_connectors_use_one_and_are_listed(client: httpx2.AsyncClient) -> None:
    credential = await made(client)
    ids = [await used(client, credential["id"], name) for name in ("One", "Two", "Three")]
    shown = (await client.get(f"/api/connectors/{ids[0]}")).json()
    assert shown["config"]["auth"] == {"type": "bearer", "credentialId": credential["id"]}
    assert (await client.put(f"/api/connectors/{ids[0]}", json=shown)).status_code == 200
    path = f"/api/credentials/{credential['id']}/connectors"
    first = (await client.get(path, params={"limit": 2})).json()
    assert [one["name"] for one in first["connectors"]] == ["Three", "Two"]
    rest = (await client.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert ([one["id"] for one in rest["connectors"]], rest["next_cursor"]) == ([ids[0]], None)


async def test_a_connector_can_only_name_a_credential_of_its_workspace_and_kind(
    client: httpx2.AsyncClient, sign_in: SignIn
) -> None:
    credential = await made(client)
    foreign = (await client.post("/api/credentials", json=a_credential(), headers=sign_in(uuid4()))).json()
    for auth, pointer in (
        ({"credentialId": str(uuid4())}, "/config/auth/credentialId"),
        ({"credentialId": foreign["id"]}, "/config/auth/credentialId"),
        ({"credentialId": "x"}, "/config/auth/credentialId"),
        ({"credentialId": credential["id"], "type": "basic"}, "/config/auth/type"),
        ({"credentialId": credential["id"], "token": "x"}, "/config/auth/token"),
    ):
        answer = await client.post("/api/connectors", json=a_user(credential["id"], auth=auth))
        assert problems(answer) == [pointer]


async def test_a_connector_leads_only_where_its_credential_may_go(client: httpx2.AsyncClient) -> None:
    credential = await made(client)
    evil = await client.post("/api/connectors", json=a_user(credential["id"], url="https://evil.example/"))
    assert problems(evil) == ["/config/url"]
    connector = await used(client, credential["id"])
    moved = await client.put(
        f"/api/connectors/{connector}", json={"config": a_user(credential["id"], url="https://evil.example/")["config"]}
    )
    assert problems(moved) == ["/config/url"]


async def test_a_secret_is_replaced_and_a_name_changed(client: httpx2.AsyncClient) -> None:
    credential = await made(client)
    renamed = await put(client, credential, name="Another name")
    assert (renamed.status_code, renamed.headers["etag"], renamed.json()["name"]) == (200, '"2"', "Another name")
    assert renamed.json()["auth"]["token"] == "••••7b1d"
    again = await put(client, credential, **renamed.json())
    assert (again.status_code, again.json()["revision"]) == (200, 2)
    stale = await put(client, credential, status="stale")
    assert (stale.json()["status"], stale.json()["revision"]) == ("stale", 3)
    replaced = await put(client, credential, auth={"type": "bearer", "token": "another-token-9999"})
    assert (replaced.json()["auth"]["token"], replaced.json()["status"]) == ("••••9999", "ok")
    assert problems(await put(client, credential, auth={"type": "basic", "username": "a", "password": "b"})) == [
        "/auth/type"
    ]
    path = f"/api/credentials/{credential['id']}"
    old = await client.put(path, json={"name": "x"}, headers={"If-Match": '"2"'})
    assert (old.status_code, old.headers["etag"]) == (412, '"4"')


async def test_a_further_origin_needs_the_secret_or_an_administrator(
    client: httpx2.AsyncClient, sign_in: SignIn
) -> None:
    workspace = uuid4()
    editor, admin = sign_in(workspace), sign_in(workspace, scopes=(*EDITOR, Scope.CREDENTIALS_ADMIN))
    made_ = (await client.post("/api/credentials", json=a_credential(), headers=editor)).json()
    path, wider = f"/api/credentials/{made_['id']}", {"allowed_origins": [ORIGIN, "https://b.example"]}
    refused = await client.put(path, json=wider, headers=editor)
    assert problems(refused) == ["/allowed_origins"]
    assert "credentials:admin" in refused.text
    widened = await client.put(path, json=wider, headers=admin)
    assert (widened.status_code, widened.json()["allowed_origins"]) == (200, wider["allowed_origins"])
    narrowed = await client.put(path, json={"allowed_origins": [ORIGIN]}, headers=editor)
    assert (narrowed.status_code, narrowed.json()["allowed_origins"]) == (200, [ORIGIN])
    entered = await client.put(path, json=wider | {"auth": BEARER}, headers=editor)
    assert (entered.status_code, entered.json()["revision"]) == (200, 4)


async def test_one_that_is_used_cannot_be_deleted_nor_set_another_header(client: httpx2.AsyncClient) -> None:
    key = {"type": "apikey", "key": TOKEN, "name": "X-Key"}
    credential = await made(client, auth=key)
    connector = await used(client, credential["id"], "The only one", headers=[{"key": "X-Other", "value": "a"}])
    refused = await client.delete(f"/api/credentials/{credential['id']}")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/credential-in-use")
    assert f"The only one ({connector})" in refused.json()["detail"]
    assert problems(await put(client, credential, auth={"type": "apikey", "name": "X-Other"})) == ["/auth"]
    own = {"config": a_user(credential["id"], auth={"type": "none"})["config"]}
    assert (await client.put(f"/api/connectors/{connector}", json=own)).status_code == 200
    assert (await put(client, credential, auth={"type": "apikey", "name": "X-Other"})).status_code == 200
    assert (await client.delete(f"/api/credentials/{credential['id']}")).status_code == 204
    assert (await client.get(f"/api/credentials/{credential['id']}")).status_code == 404


async def test_a_deleted_connector_keeps_its_credential_while_it_can_be_restored(
    client: httpx2.AsyncClient,
) -> None:
    credential = await made(client)
    connector = await used(client, credential["id"])
    assert (await client.delete(f"/api/connectors/{connector}")).status_code == 204
    users = (await client.get(f"/api/credentials/{credential['id']}/connectors")).json()["connectors"]
    assert [(one["id"], one["deleted"]) for one in users] == [(connector, True)]
    refused = await client.delete(f"/api/credentials/{credential['id']}")
    assert refused.status_code == 409
    assert "deleted, and can be restored" in refused.json()["detail"]


async def test_a_shared_and_an_own_credential_stand_side_by_side(client: httpx2.AsyncClient) -> None:
    credential = await made(client)
    secret = [{"key": "X-Signature", "valueType": "secret", "value": "signed-by-us-1234"}]
    connector = await used(client, credential["id"], headers=secret)
    shown = (await client.get(f"/api/connectors/{connector}")).json()["config"]
    assert shown["headers"][0]["value"] == "••••1234"
    assert shown["auth"]["credentialId"] == credential["id"]
    mine = shown | {"auth": {"type": "bearer", "token": "a-token-of-its-own-5678"}}
    assert (await client.put(f"/api/connectors/{connector}", json={"config": mine})).status_code == 200
    shown = (await client.get(f"/api/connectors/{connector}")).json()["config"]
    assert (shown["auth"]["token"], shown["headers"][0]["value"]) == ("••••5678", "••••1234")
    assert (await client.get(f"/api/credentials/{credential['id']}/connectors")).json()["connectors"] == []
    assert (await client.delete(f"/api/credentials/{credential['id']}")).status_code == 204


async def test_another_workspace_sees_and_changes_nothing(client: httpx2.AsyncClient, sign_in: SignIn) -> None:
    credential = await made(client)
    path, stranger = f"/api/credentials/{credential['id']}", sign_in(uuid4())
    assert (await client.get("/api/credentials", headers=stranger)).json()["credentials"] == []
    for method in ("GET", "DELETE"):
        assert (await client.request(method, path, headers=stranger)).status_code == 404
    assert (await client.get(path + "/connectors", headers=stranger)).status_code == 404
    assert (await client.put(path, json={"name": "Mine"}, headers=stranger)).status_code == 404
    reader = sign_in(uuid4(), scopes=[Scope.CONNECTORS_READ])
    assert (await client.post("/api/credentials", json=a_credential(), headers=reader)).status_code == 403


async def test_an_origin_stays_while_a_connector_leads_there(client: httpx2.AsyncClient) -> None:
    elsewhere = "https://b.example"
    credential = await made(client, allowed_origins=[ORIGIN, elsewhere])
    connector = await used(client, credential["id"])
    refused = await put(client, credential, allowed_origins=[elsewhere])
    assert problems(refused) == ["/allowed_origins"]
    assert connector in refused.json()["errors"][0]["detail"]
    assert (await put(client, credential, allowed_origins=[ORIGIN])).status_code == 200


async def test_the_list_tells_how_many_connectors_each_authorizes(client: httpx2.AsyncClient) -> None:
    busy, idle = await made(client), await made(client, name="Nobody's")
    gone = await used(client, busy["id"])
    await used(client, busy["id"], "Another")
    await client.delete(f"/api/connectors/{gone}")
    listed = (await client.get("/api/credentials")).json()["credentials"]
    assert {line["id"]: line["used_by"] for line in listed} == {busy["id"]: 2, idle["id"]: 0}


async def test_it_is_known_when_a_secret_was_entered(client: httpx2.AsyncClient) -> None:
    first = await made(client)
    assert first["entered_at"] == first["created_at"]
    renamed = (await put(client, first, name="Another name")).json()
    assert renamed["entered_at"] == first["entered_at"]
    replaced = (await put(client, first, auth=BEARER | {"token": "a-new-token-0001"})).json()
    assert replaced["entered_at"] == replaced["updated_at"] > first["entered_at"]
