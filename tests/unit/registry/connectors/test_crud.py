"""The specification's calls, one after the other, on the in-memory store."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from connector_registry.connectors.memory import InMemoryConnectorStore
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.facts import Deletion
from connectors_shared.runtime.secrets import Keyring, place_of

Build = Callable[..., dict[str, Any]]
SignIn = Callable[..., dict[str, str]]

TOKEN = "lT1r4xawA6hnPgDZmi0wqgft84cc1ba60e9230da2a0a66b42711bc0a"
MASK = "••••bc0a"
KEYS = "k1:" + "QUFB" * 10 + "QUE="


async def created(client: httpx2.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/connectors", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def read(client: httpx2.AsyncClient, connector_id: str) -> dict[str, Any]:
    answer = await client.get(f"/api/connectors/{connector_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def published(store: InMemoryConnectorStore) -> PublishedConnector:
    value = [value for key, value in store.outgoing.messages if key.startswith("connector/")][-1]
    assert value is not None
    return PublishedConnector.model_validate_json(value)


def credential(store: InMemoryConnectorStore) -> PublishedCredential:
    """What authorizes the connector that was published last."""
    key = f"credential/{published(store).credential_id}"
    value = [value for named, value in store.outgoing.messages if named == key][-1]
    assert value is not None
    return PublishedCredential.model_validate_json(value)


def opened(store: InMemoryConnectorStore, field: str = "token") -> str:
    found = credential(store)
    return Keyring.parse(KEYS).open(found.sealed[field], place_of(found, field))


async def test_create_answers_as_the_specification_says(client: httpx2.AsyncClient, a_connector: Build) -> None:
    answer = await client.post("/api/connectors", json=a_connector())
    body = answer.json()
    assert answer.status_code == 201
    assert UUID(body["id"])
    assert body["name"] == "Phone Number Enrichment"
    assert body["workspace_id"] == "11111111-1111-4111-8111-111111111111"
    assert body["created_at"].startswith("2026-01-01T")
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/api/connectors/{body['id']}"


async def test_list_has_the_fields_of_the_specification(client: httpx2.AsyncClient, a_connector: Build) -> None:
    made = await created(client, a_connector())
    body = (await client.get("/api/connectors")).json()
    assert body == {
        "connectors": [
            {
                "id": made["id"],
                "name": "Phone Number Enrichment",
                "description": "Enrich phone numbers with identity data",
                "icon": "📞",
                "category": "enrichment",
                "enabled": True,
                "usage_count": 0,
                "last_used_at": None,
                "health": "unused",
            }
        ],
        "next_cursor": None,
    }


async def test_get_gives_the_definition_with_the_secret_masked(client: httpx2.AsyncClient, a_connector: Build) -> None:
    made = await created(client, a_connector())
    body = await read(client, made["id"])
    assert body["config"]["auth"] == {"type": "bearer", "token": MASK}
    assert body["config"]["queryParams"][0]["inputField"] == "phoneNumber"
    assert body["input_schema"]["phoneNumber"]["label"] == "Phone Number"
    assert body["field_mapping_templates"] == []
    assert body["output_schema"] is None
    assert (body["version"], body["created_by"], body["enabled"]) == (1, "ann", True)
    assert TOKEN not in json.dumps(body)


async def test_the_executors_get_a_secret_that_only_the_key_opens(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    await created(client, a_connector())
    assert all(TOKEN.encode() not in (value or b"") for _, value in store.outgoing.messages)
    assert [key.partition("/")[0] for key, _ in store.outgoing.messages] == ["credential", "connector"]
    assert credential(store).allowed_origins == ["https://api.audienceacuity.com"]
    assert opened(store) == TOKEN


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(
    ("kind", "fields", "shown"),
    [
        ("none", {}, {}),
        ("bearer", {"token": TOKEN}, {"token": MASK}),
        ("apikey", {"key": TOKEN}, {"name": "X-API-Key", "location": "header", "key": MASK}),
        (
            "apikey",
            {"headerName": "X-Other", "location": "query", "key": "short"},
            {"name": "X-Other", "location": "query", "key": "••••"},
        ),
        ("basic", {"username": "ann", "password": TOKEN}, {"username": "ann", "password": MASK}),
    ],
)
async def test_both_forms_of_every_kind_of_auth_are_shown_flat_and_masked(
    client: httpx2.AsyncClient,
    a_connector: Build,
    nested: bool,
    kind: str,
    fields: dict[str, str],
    shown: dict[str, str],
) -> None:
    auth = {"type": kind, "config": fields} if nested else {"type": kind, **fields}
    made = await created(client, a_connector(auth=auth))
    assert (await read(client, made["id"]))["config"]["auth"] == {"type": kind, **shown}


async def test_what_get_gives_can_be_put_back_unchanged(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    before, told = await read(client, made["id"]), list(store.outgoing.messages)
    answer = await client.put(f"/api/connectors/{made['id']}", json=before)
    assert answer.status_code == 200, answer.text
    after = await read(client, made["id"])
    assert opened(store) == TOKEN
    assert after == before
    assert store.outgoing.messages == told


@pytest.mark.parametrize(
    "auth",
    [{"type": "bearer"}, {"type": "bearer", "token": MASK}, {"type": "bearer", "config": {"token": MASK}}],
)
async def test_an_absent_or_masked_secret_keeps_the_stored_one(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build, auth: dict[str, Any]
) -> None:
    made = await created(client, a_connector())
    answer = await client.put(f"/api/connectors/{made['id']}", json=a_connector(auth=auth))
    assert answer.status_code == 200, answer.text
    assert opened(store) == TOKEN


async def test_a_new_secret_replaces_the_stored_one(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    auth = {"type": "bearer", "token": "another-token-5678"}
    await client.put(f"/api/connectors/{made['id']}", json=a_connector(auth=auth))
    assert opened(store) == "another-token-5678"


async def test_auth_of_another_kind_needs_its_own_secret(client: httpx2.AsyncClient, a_connector: Build) -> None:
    made = await created(client, a_connector())
    answer = await client.put(f"/api/connectors/{made['id']}", json=a_connector(auth={"type": "apikey"}))
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "/config/auth/key", "detail": "is required"}]


async def test_auth_none_forgets_the_secret(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    await client.put(f"/api/connectors/{made['id']}", json=a_connector(auth={"type": "none"}))
    assert store.connectors[UUID(made["id"])].own is None
    assert (published(store).credential_id, published(store).secrets_id) == (None, None)
    [deleted] = [Deletion.model_validate_json(value or b"") for key, value in store.outgoing.messages[2:3]]
    assert deleted.revision == 2


async def test_fields_left_out_of_a_change_keep_their_value(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    await client.put(f"/api/connectors/{made['id']}", json={"enabled": False})
    body = await read(client, made["id"])
    assert (body["enabled"], body["name"]) == (False, "Phone Number Enrichment")
    assert body["config"]["auth"]["token"] == MASK
    assert not published(store).enabled


async def test_every_change_of_the_definition_is_a_version_of_its_own(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    for number in (2, 3):
        schema = {"phoneNumber": {"type": "string", "label": f"Phone {number}"}}
        answer = await client.put(f"/api/connectors/{made['id']}", json={"input_schema": schema})
        assert (answer.json()["version"], answer.headers["etag"]) == (number, f'"{number}"')
    kept = [store.versions[UUID(made["id"]), number].definition for number in (1, 2, 3)]
    assert [one["input_schema"]["phoneNumber"]["label"] for one in kept] == ["Phone Number", "Phone 2", "Phone 3"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Second"},
        {"description": None},
        {"icon": "📦"},
        {"category": "other"},
        {"enabled": False},
        {"config": {"auth": {"type": "bearer", "token": "another-token-5678"}}},
    ],
)
async def test_what_is_no_definition_is_changed_without_a_version(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build, change: dict[str, Any]
) -> None:
    made = await created(client, a_connector())
    if "config" in change:
        change = a_connector(auth=change["config"]["auth"])
    answer = await client.put(f"/api/connectors/{made['id']}", json=change)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (answer.json()["version"], answer.json()["revision"]) == (1, 2)
    assert (published(store).version, published(store).revision) == (1, 2)


async def test_a_change_that_changes_nothing_says_so_by_the_same_etag(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    path, told = f"/api/connectors/{made['id']}", list(store.outgoing.messages)
    for body in ({}, {"name": " Phone Number Enrichment "}, a_connector(auth={"type": "bearer"})):
        answer = await client.put(path, json=body, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
        assert answer.json() == made | {"published": True}
    assert store.outgoing.messages == told


async def test_enabling_and_disabling_are_published_and_make_no_version(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    path = f"/api/connectors/{made['id']}"
    for word, enabled, tag in (("disable", False, '"2"'), ("disable", False, '"2"'), ("enable", True, '"3"')):
        answer = await client.post(f"{path}/{word}")
        assert (answer.status_code, answer.headers["etag"]) == (200, tag)
        assert (answer.json()["enabled"], answer.json()["version"]) == (enabled, 1)
        assert published(store).enabled is enabled
    assert [key for key, _ in store.outgoing.messages].count(f"connector/{made['id']}") == 3
    stale = await client.post(f"{path}/disable", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"3"')


async def test_what_was_deleted_is_listed_and_comes_back_with_a_higher_revision(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    path = f"/api/connectors/{made['id']}"
    await client.delete(path)
    assert (await client.get("/api/connectors")).json()["connectors"] == []
    [line] = (await client.get("/api/connectors", params={"deleted": True})).json()["connectors"]
    assert (line["id"], line["deleted_by"]) == (made["id"], "ann")
    assert line["deleted_at"] > made["created_at"]
    restored = await client.post(f"{path}/restore")
    assert (restored.status_code, restored.headers["etag"]) == (200, '"3"')
    assert published(store).revision == 3
    assert opened(store) == TOKEN
    assert (await read(client, made["id"]))["config"]["auth"]["token"] == MASK
    assert (await client.get("/api/connectors", params={"deleted": True})).json()["connectors"] == []
    again = await client.post(f"{path}/restore")
    assert (again.status_code, again.headers["etag"]) == (200, '"3"')


async def test_it_is_published_again_as_it_is(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    answer = await client.post(f"/api/connectors/{made['id']}/republish")
    assert (answer.status_code, answer.headers["etag"], answer.json()["version"]) == (200, '"2"', 1)
    told = [json.loads(value or b"") for _, value in store.outgoing.messages]
    assert told[2:] == [before | {"revision": 2, "changedAt": told[-1]["changedAt"]} for before in told[:2]]


@pytest.mark.parametrize("word", ["enable", "disable", "restore", "republish"])
async def test_what_is_not_there_or_not_theirs_nobody_switches_or_restores(
    client: httpx2.AsyncClient, a_connector: Build, sign_in: SignIn, word: str
) -> None:
    made = await created(client, a_connector())
    path = f"/api/connectors/{made['id']}/{word}"
    assert (await client.post(f"/api/connectors/{uuid4()}/{word}")).status_code == 404
    assert (await client.post(path, headers=sign_in(workspace=uuid4()))).status_code == 404
    assert (await client.post(path, headers=sign_in(scopes=["connectors:read"]))).status_code == 403
    assert (await client.post(path, headers={"If-Match": "1"})).status_code == 400


async def test_a_change_with_a_stale_etag_is_refused(client: httpx2.AsyncClient, a_connector: Build) -> None:
    made = await created(client, a_connector())
    path = f"/api/connectors/{made['id']}"
    first = await client.put(path, json={"name": "Second"}, headers={"If-Match": '"1"'})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    second = await client.put(path, json={"name": "Third"}, headers={"If-Match": '"1"'})
    assert second.status_code == 412
    assert second.headers["etag"] == '"2"'
    assert second.headers["content-type"] == "application/problem+json"
    assert (await read(client, made["id"]))["name"] == "Second"


@pytest.mark.parametrize("tag", ['"1"', '"7", "1"', "*"])
async def test_any_matching_etag_lets_a_change_through(
    client: httpx2.AsyncClient, a_connector: Build, tag: str
) -> None:
    made = await created(client, a_connector())
    answer = await client.put(f"/api/connectors/{made['id']}", json={}, headers={"If-Match": tag})
    assert answer.status_code == 200


@pytest.mark.parametrize(("tag", "status"), [('W/"1"', 412), ('"one"', 412), ("1", 400)])
async def test_a_weak_foreign_or_malformed_etag_changes_nothing(
    client: httpx2.AsyncClient, a_connector: Build, tag: str, status: int
) -> None:
    made = await created(client, a_connector())
    path = f"/api/connectors/{made['id']}"
    assert (await client.delete(path, headers={"If-Match": tag})).status_code == status
    assert (await read(client, made["id"]))["version"] == 1


async def test_a_deletion_is_told_of_the_connector_and_of_its_own_credential(
    client: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    made = await created(client, a_connector())
    await client.put(f"/api/connectors/{made['id']}", json={"name": "Second"})
    path = f"/api/connectors/{made['id']}"
    answer = await client.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    [(key, message), (own, withdrawal)] = store.outgoing.messages[-2:]
    assert key == f"connector/{made['id']}"
    deletion = Deletion.model_validate_json(message or b"")
    assert (deletion.revision, str(deletion.workspace_id)) == (3, made["workspace_id"])
    assert own.startswith("credential/")
    assert Deletion.model_validate_json(withdrawal or b"").revision == 2
    assert (await client.get(path)).status_code == 404
    assert (await client.delete(path)).status_code == 404


async def test_pages_follow_each_other_without_gap_or_repeat(client: httpx2.AsyncClient, a_connector: Build) -> None:
    made = [(await created(client, a_connector(name=f"Number {n}")))["id"] for n in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await client.get("/api/connectors", params={"limit": 2, "cursor": cursor})).json()
        assert len(page["connectors"]) <= 2
        seen += [one["id"] for one in page["connectors"]]
        cursor = page["next_cursor"]
    assert seen == made[::-1]


async def test_the_list_is_searched_and_filtered(client: httpx2.AsyncClient, a_connector: Build) -> None:
    await created(client, a_connector(name="Company lookup", category="CRM & Sales", enabled=False))
    await created(client, a_connector(name="100% match", description="identity"))

    async def names(**params: str) -> list[str]:
        return [one["name"] for one in (await client.get("/api/connectors", params=params)).json()["connectors"]]

    assert await names(q="COMPANY") == ["Company lookup"]
    assert await names(q="0% m") == ["100% match"]
    assert await names(q="%") == ["100% match"]
    assert await names(category="crm-sales") == ["Company lookup"]
    assert await names(enabled="false") == ["Company lookup"]
    assert await names(enabled="true") == ["100% match"]


async def test_another_workspace_sees_nothing(client: httpx2.AsyncClient, a_connector: Build, sign_in: SignIn) -> None:
    made = await created(client, a_connector())
    path, stranger = f"/api/connectors/{made['id']}", sign_in(workspace=uuid4())
    assert (await client.get("/api/connectors", headers=stranger)).json()["connectors"] == []
    for method in ("GET", "DELETE"):
        assert (await client.request(method, path, headers=stranger)).status_code == 404
    assert (await client.put(path, json={"name": "Mine"}, headers=stranger)).status_code == 404
    assert (await read(client, made["id"]))["name"] == "Phone Number Enrichment"


async def test_a_viewer_reads_and_changes_nothing(
    client: httpx2.AsyncClient, a_connector: Build, sign_in: SignIn
) -> None:
    made = await created(client, a_connector())
    path, viewer = f"/api/connectors/{made['id']}", sign_in(scopes=["connectors:read"])
    assert (await client.get(path, headers=viewer)).status_code == 200
    assert (await client.post("/api/connectors", json=a_connector(), headers=viewer)).status_code == 403
    assert (await client.put(path, json={}, headers=viewer)).status_code == 403
    assert (await client.delete(path, headers=viewer)).status_code == 403


async def test_without_a_valid_token_nothing_is_answered(client: httpx2.AsyncClient, sign_in: SignIn) -> None:
    for headers in (
        {"Authorization": ""},
        {"Authorization": "Bearer x"},
        sign_in(exp=1),
        sign_in(aud="other"),
    ):
        answer = await client.post("/api/connectors", content=b"{", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_change_that_kafka_has_not_taken_yet_says_so(
    client: httpx2.AsyncClient, a_connector: Build, announcer: Any
) -> None:
    announcer.reachable = False
    made = await client.post("/api/connectors", json=a_connector())
    assert (made.status_code, made.json()["published"]) == (202, False)
    path = made.headers["location"]
    assert (await client.put(path, json={})).status_code == 202
    gone = await client.delete(path)
    assert (gone.status_code, gone.json()["published"]) == (202, False)
    assert (await client.get(path)).status_code == 404


async def test_an_input_schema_comes_back_as_a_form_needs_it(client: httpx2.AsyncClient, a_connector: Build) -> None:
    schema = {
        "zip": {"type": "integer", "required": True, "label": "Zip", "placeholder": "10115", "minimum": 1},
        "phoneNumber": {"description": "To call", "pattern": r"\+\d+", "format": "e164", "enum": ["+12125550120"]},
        "address": {
            "type": "object",
            "properties": {"lines": {"type": "array", "items": {"maxLength": 20}, "maxItems": 3}, "city": {}},
        },
    }
    made = await client.post("/api/connectors", json=a_connector(input_schema=schema))
    assert made.status_code == 201, made.text
    shown = (await client.get(made.headers["location"])).json()["input_schema"]
    usual = {"type": "string", "required": False, "label": "", "placeholder": "", "description": "", "default": None}
    assert shown["zip"] == usual | schema["zip"]
    assert shown["phoneNumber"] == usual | schema["phoneNumber"]
    assert shown["address"]["properties"]["lines"] == usual | {
        "type": "array",
        "items": usual | {"maxLength": 20},
        "maxItems": 3,
    }
    assert list(shown) == ["zip", "phoneNumber", "address"]
    assert list(shown["address"]["properties"]) == ["lines", "city"]
