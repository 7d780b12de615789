"""The contacts API on real servers, called in process."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx2
import pytest

from tests.tokens import EDITOR, bearer
from tests.unit.mapper.builders import CREATE, a_result, custom, user

from .conftest import DEADLINE_SECONDS, JWT_SECRET, World

WORKSPACE, OTHER = uuid4(), uuid4()
INTERNAL = "http://internal"


def token(workspace_id: UUID, *scopes: str) -> dict[str, str]:
    return bearer(JWT_SECRET, workspace_id, scopes or EDITOR)


@pytest.fixture
async def api(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx2.AsyncClient]:
    """On a machine that has other things to do a connection takes its time."""
    monkeypatch.setattr("connectors_shared.runtime.postgres.REACH_SECONDS", 30.0)
    async with world.mapper() as service:
        assert service.internal is not None
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=service.api),
            mounts={INTERNAL: httpx2.ASGITransport(app=service.internal)},
            base_url="http://mapper",
            headers=token(WORKSPACE),
        ) as client:
            yield client


async def test_a_contact_is_created_from_a_row_and_read_back(api: httpx2.AsyncClient) -> None:
    row = {
        "first_name": "Jose",
        "phone": "6266958105",
        "email": "",
        "tags": "a, b",
        "zip_code": 91723,
        "custom_fields": {"income": 187500, "vip": True},
    }
    created = await api.post("/api/contacts", json=row)
    assert created.status_code == 201
    contact = created.json()
    assert (contact["first_name"], contact["phone"], contact["email"]) == ("Jose", "+16266958105", None)
    assert (contact["tags"], contact["zip_code"]) == (["a", "b"], "91723")
    assert contact["custom_fields"] == {"income": 187500, "vip": True}
    assert (await api.get(f"/api/contacts/{contact['id']}")).json() == contact
    fields = await api.get("/api/custom-fields")
    assert fields.json() == [{"name": "income", "type": "number"}, {"name": "vip", "type": "boolean"}]


async def test_an_import_repeated_with_ids_makes_no_second_contact(api: httpx2.AsyncClient) -> None:
    row = {"id": str(uuid4()), "first_name": "Ann"}
    assert (await api.post("/api/contacts", json=row)).status_code == 201
    again = await api.post("/api/contacts", json=row)
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"


async def test_what_another_system_calls_a_contact_is_one_contacts_name(api: httpx2.AsyncClient) -> None:
    row = {"external_id": "crm-42", "first_name": "Ann"}
    assert (await api.post("/api/contacts", json=row)).json()["external_id"] == "crm-42"
    again = await api.post("/api/contacts", json=row)
    assert (again.status_code, "external_id" in again.json()["detail"]) == (409, True)
    assert (await api.post("/api/contacts", json=row, headers=token(OTHER))).status_code == 201
    for wrong in ("a\x00", " "):
        answer = await api.post("/api/contacts", json=row | {"external_id": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/external_id")


async def test_wrong_fields_are_all_named_and_nothing_is_written(api: httpx2.AsyncClient) -> None:
    contact = (await api.post("/api/contacts", json={"first_name": "Ann"})).json()
    answer = await api.post(
        f"/api/contacts/{contact['id']}/update",
        json={"user_fields": {"city": "Rome", "email": "x", "nick": "A"}, "custom_fields": {"a\n": 1}},
    )
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/user_fields/email",
        "/user_fields/nick",
        "/custom_fields/a\n",
    }
    assert (await api.get(f"/api/contacts/{contact['id']}")).json() == contact
    wrong_type = (await api.post("/api/contacts", json={"city": {"name": "Rome"}, "phone": [1]})).json()["errors"]
    assert sorted(error["pointer"] for error in wrong_type) == ["/city", "/phone"]
    assert (await api.post("/api/contacts", json={"nickname": "A"})).json()["errors"][0]["pointer"] == "/nickname"
    assert (await api.get("/api/custom-fields")).json() == []


async def test_an_update_writes_what_is_given_and_null_empties(api: httpx2.AsyncClient) -> None:
    made = {"first_name": "Ann", "city": "Rome", "custom_fields": {"score": 1, "note": "x"}}
    contact = (await api.post("/api/contacts", json=made)).json()
    answer = await api.post(
        f"/api/contacts/{contact['id']}/update",
        json={"user_fields": {"city": None, "state": "CA"}, "custom_fields": {"score": "2", "note": None}},
    )
    changed = answer.json()
    assert (changed["first_name"], changed["city"], changed["state"]) == ("Ann", None, "CA")
    assert changed["custom_fields"] == {"score": 2}
    assert changed["updated_at"] > contact["updated_at"]


async def test_what_a_person_wrote_outlives_older_results(world: World, api: httpx2.AsyncClient) -> None:
    contact = (await api.post("/api/contacts", json={"first_name": "Typed"})).json()
    emptied = {"user_fields": {"city": None}, "custom_fields": {"score": None}}
    await api.post(f"/api/contacts/{contact['id']}/update", json=emptied)
    mappings = (user("n", "first_name"), user("c", "city"), custom("s", "score"), user("x", "state"))
    data = {"n": "Old", "c": "Old", "s": 1, "x": "CA"}
    await world.publish(a_result(WORKSPACE, data, *mappings, contact_id=contact["id"], options=CREATE))
    (update,) = await world.updates(1)
    assert update.user_fields == {"state": "CA"}
    assert {value.target_field for value in update.not_written} == {"first_name", "city", "score"}
    after = (await api.get(f"/api/contacts/{contact['id']}")).json()
    assert (after["first_name"], after["city"], after["custom_fields"]) == ("Typed", None, {})
    assert after["origins"]["state"]["execution"] == str(update.execution_id)


async def test_pages_hold_every_contact_once_in_order(api: httpx2.AsyncClient) -> None:
    ids = [(await api.post("/api/contacts", json={"first_name": f"N{n}"})).json()["id"] for n in range(7)]
    found, cursor = [], None
    while True:
        page = (await api.get("/api/contacts", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))).json()
        found += [contact["id"] for contact in page["contacts"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == ids
    for wrong in ("x", "AAAA", "\u00e9"):
        assert (await api.get("/api/contacts", params={"cursor": wrong})).status_code == 422


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "ann smi"}, ["Ann"]),
        ({"q": "100%"}, ["Bob"]),
        ({"q": "%"}, []),
        ({"phone": "(626) 695-8105"}, ["Ann"]),
        ({"phone": "nonsense"}, []),
        ({"email": "BOB@example.com"}, ["Bob"]),
        ({}, ["Ann", "Bob"]),
    ],
)
async def test_contacts_are_found_by_text_phone_and_email(
    api: httpx2.AsyncClient, query: dict[str, str], names: list[str]
) -> None:
    await api.post("/api/contacts", json={"first_name": "Ann", "last_name": "Smith", "phone": "6266958105"})
    await api.post("/api/contacts", json={"first_name": "Bob", "company": "100% Co", "email": "bob@example.com"})
    found = (await api.get("/api/contacts", params=query)).json()["contacts"]
    assert [contact["first_name"] for contact in found] == names


async def test_a_workspace_sees_and_changes_only_its_own(api: httpx2.AsyncClient) -> None:
    made = {"first_name": "Ann", "custom_fields": {"secret": 1}}
    contact = (await api.post("/api/contacts", json=made)).json()
    path = f"/api/contacts/{contact['id']}"
    assert (await api.get(path, headers=token(OTHER))).status_code == 404
    update = await api.post(f"{path}/update", json={"user_fields": {"city": "X"}}, headers=token(OTHER))
    assert update.status_code == 404
    assert (await api.get("/api/contacts", headers=token(OTHER))).json()["contacts"] == []
    assert (await api.get("/api/custom-fields", headers=token(OTHER))).json() == []
    assert (await api.get(path)).json() == contact


async def test_nobody_without_a_token_gets_in_and_who_may_read_only_looks(api: httpx2.AsyncClient) -> None:
    assert (await api.get("/api/contacts", headers={"Authorization": ""})).status_code == 401
    viewer = token(WORKSPACE, "contacts:read")
    assert (await api.get("/api/contacts", headers=viewer)).status_code == 200
    assert (await api.post("/api/contacts", json={"first_name": "A"}, headers=viewer)).status_code == 403


async def test_health_readiness_and_metrics_answer(api: httpx2.AsyncClient) -> None:
    assert (await api.get("/healthz")).status_code == 200
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await api.get("/readyz")).json() != {"status": "ready"}:
            await asyncio.sleep(0.02)  # it joins Kafka beside the API
    assert "connectors_field_mapper_batch_seconds" in (await api.get(f"{INTERNAL}/metrics")).text


async def test_a_contact_is_patched_where_it_has_its_fields_by_whoever_knows_its_revision(
    api: httpx2.AsyncClient,
) -> None:
    made = await api.post("/api/contacts", json={"first_name": "Ann", "city": "Rome", "custom_fields": {"score": 1}})
    path, known = f"/api/contacts/{made.json()['id']}", made.headers["etag"]
    change = {"city": None, "state": "CA", "custom_fields": {"score": 2}}
    changed = await api.patch(path, json=change, headers={"If-Match": known})
    assert (changed.status_code, changed.headers["etag"] != known) == (200, True)
    contact = changed.json()
    assert (contact["first_name"], contact["city"], contact["state"]) == ("Ann", None, "CA")
    assert contact["custom_fields"] == {"score": 2}
    assert (await api.get(path)).headers["etag"] == changed.headers["etag"]
    for late in (
        await api.patch(path, json=change, headers={"If-Match": known}),
        await api.post(f"{path}/update", json={"user_fields": change | {}}, headers={"If-Match": known}),
        await api.delete(path, headers={"If-Match": known}),
    ):
        assert late.status_code in (412, 422), late.text
        if late.status_code == 412:
            assert late.headers["etag"] == changed.headers["etag"]
    wrong = await api.patch(path, json={"email": "x", "custom_fields": {"score": "x"}})
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/email", "/custom_fields/score"]


async def test_a_deleted_contact_leaves_its_id_and_who_deleted_it(world: World, api: httpx2.AsyncClient) -> None:
    made = (await api.post("/api/contacts", json={"first_name": "Canary", "custom_fields": {"c": "canary"}})).json()
    contact = UUID(made["id"])
    result = a_result(WORKSPACE, {"c": "canary"}, user("c", "city"), custom("c", "d"), contact_id=contact)
    await world.publish(result)
    await world.updates_of(result)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await world.pool.fetchval("SELECT count(*) FROM unpublished_updates"):
            await asyncio.sleep(0.02)  # published, and forgotten after it
    assert (await api.delete(f"/api/contacts/{contact}")).status_code == 204
    assert (await api.get(f"/api/contacts/{contact}")).status_code == 404
    assert (await api.get(f"/api/contacts/{contact}/history")).status_code == 404
    assert (await api.get("/api/contacts", params={"q": "canary"})).json()["contacts"] == []
    for table in ("contacts", "contact_custom_fields", "contact_words", "contact_edits", "update_bodies"):
        assert await world.pool.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    assert "canary" not in str(await world.pool.fetch("SELECT * FROM applied_executions"))
    late = a_result(WORKSPACE, {"c": "canary"}, user("c", "city"), contact_id=contact, options=CREATE, minutes=9)
    await world.publish(late)
    [update] = [one for one in await world.updates(2) if one.execution_id == late.execution_id]
    assert (update.contact_id, "deleted" in (update.reason or "")) == (None, True)
