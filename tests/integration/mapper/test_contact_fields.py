"""Custom fields: defined through the API, their types changed with a check of what is stored, deleted with it."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from connectors_shared.runtime.postgres import Work
from field_mapper.coercion import CustomFieldType, FieldDefinition, UserFieldCoercion
from field_mapper.outbound import fields as stored_fields
from field_mapper.outbound import session
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.stages import apply, propose
from field_mapper.stages.results import Result
from tests.unit.mapper.builders import CREATE, NOON, a_result, custom

from .conftest import DEADLINE_SECONDS, World
from .test_concurrency import until_somebody_waits_for_a_lock
from .test_contacts_api import OTHER, WORKSPACE, api, token

__all__ = ["api"]

PATH = "/api/contact-fields"


@pytest.fixture
def admin() -> dict[str, str]:
    return token(WORKSPACE, "contacts:read", "contacts:edit", "workspace:admin")


async def defined(api: httpx2.AsyncClient, admin: dict[str, str], name: str, kind: str, **more: Any) -> dict[str, Any]:
    answer = await api.post(PATH, json={"name": name, "type": kind, **more}, headers=admin)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def contacts_with(api: httpx2.AsyncClient, name: str, *values: Any) -> list[str]:
    return [(await api.post("/api/contacts", json={"custom_fields": {name: value}})).json()["id"] for value in values]


async def value_of(api: httpx2.AsyncClient, contact: str, name: str) -> Any:
    return (await api.get(f"/api/contacts/{contact}")).json()["custom_fields"].get(name)


async def test_a_field_is_defined_listed_and_held_to(api: httpx2.AsyncClient, admin: dict[str, str]) -> None:
    options = {"choices": [{"value": "gold", "label": "Gold member"}, {"value": "silver"}]}
    made = await defined(api, admin, "level", "choice", label="Level", options=options)
    assert (made["inferred"], made["label"], made["options"]["choices"][0]["label"]) == (False, "Level", "Gold member")
    [contact] = await contacts_with(api, "level", "GOLD MEMBER")
    assert await value_of(api, contact, "level") == "gold"
    wrong = await api.post("/api/contacts", json={"custom_fields": {"level": "bronze"}})
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/custom_fields/level"]
    assert [field["name"] for field in (await api.get(PATH)).json()] == ["level"]
    assert (await api.get(f"{PATH}/level")).json() == made
    assert (await api.get(PATH, headers=token(OTHER))).json() == []
    again = await api.post(PATH, json={"name": "level", "type": "text"}, headers=admin)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/field-exists")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "a", "type": "colour"}, "/type"),
        ({"name": "a\tb", "type": "text"}, "/name"),
        ({"name": "a", "type": "choice"}, "/options/choices"),
        ({"name": "a", "type": "text", "options": {"minimum": 1}}, "/options/minimum"),
        ({"name": "a", "type": "number", "options": {"minimum": 2, "maximum": 1}}, "/options"),
        ({"name": "a", "type": "choice", "options": {"choices": [{"value": "x"}, {"value": "x"}]}}, "/options"),
        ({"name": "a", "type": "text", "colour": 1}, "/colour"),
    ],
)
async def test_a_definition_that_is_wrong_is_told_where(
    api: httpx2.AsyncClient, admin: dict[str, str], body: dict[str, Any], pointer: str
) -> None:
    answer = await api.post(PATH, json=body, headers=admin)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


async def test_the_type_of_a_first_value_is_not_for_ever(api: httpx2.AsyncClient, admin: dict[str, str]) -> None:
    contacts = await contacts_with(api, "born", "1999-01-31T10:00:00", "2001-05-06")
    assert (await api.get(f"{PATH}/born")).json()["inferred"] is True
    tried = (await api.patch(f"{PATH}/born?dry_run=true", json={"type": "date"}, headers=admin)).json()
    assert (tried["field"]["type"], tried["values"]) == ("date", {"checked": 2, "unfit": 0, "examples": []})
    assert (await api.get(f"{PATH}/born")).json()["type"] == "text"
    changed = (await api.patch(f"{PATH}/born", json={"type": "date"}, headers=admin)).json()
    assert (changed["field"]["type"], changed["field"]["inferred"], changed["values"]["unfit"]) == ("date", False, 0)
    assert [await value_of(api, contact, "born") for contact in contacts] == ["1999-01-31", "2001-05-06"]
    wrong = await api.post("/api/contacts", json={"custom_fields": {"born": "soon"}})
    assert wrong.status_code == 422


async def test_a_value_that_comes_between_the_check_and_the_change_is_checked_too(
    api: httpx2.AsyncClient, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts = await contacts_with(api, "income", "100")
    check = stored_fields.CustomFields.fit

    async def then_another(*arguments: Any) -> stored_fields.Fit:
        found = await check(*arguments)
        contacts.extend(await contacts_with(api, "income", "much"))
        return found

    monkeypatch.setattr(stored_fields.CustomFields, "fit", then_another)
    refused = await api.patch(f"{PATH}/income", json={"type": "number"}, headers=admin)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/values-do-not-fit")
    assert (await api.get(f"{PATH}/income")).json()["type"] == "text"
    assert [await value_of(api, contact, "income") for contact in contacts] == ["100", "much"]


async def test_values_that_do_not_fit_are_counted_and_kept_unless_they_are_to_be_removed(
    api: httpx2.AsyncClient, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_fields, "PAGE_VALUES", 2)
    contacts = await contacts_with(api, "income", "100", "much", "7.5", "none", "12")
    refused = await api.patch(f"{PATH}/income", json={"type": "number"}, headers=admin)
    told = refused.json()
    assert (refused.status_code, told["type"]) == (409, "/problems/values-do-not-fit")
    assert "2 of 5 stored values" in told["detail"]
    assert {contact for contact in contacts if contact in str(told["errors"])} == {contacts[1], contacts[3]}
    assert await value_of(api, contacts[0], "income") == "100"
    body = {"type": "number", "unfit": "remove"}
    removed = (await api.patch(f"{PATH}/income", json=body, headers=admin)).json()
    assert removed["values"]["unfit"] == 2
    assert [await value_of(api, contact, "income") for contact in contacts] == [100, None, 7.5, None, 12]


async def test_a_field_is_deleted_with_its_values_and_can_be_made_anew(
    api: httpx2.AsyncClient, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_fields, "DELETE_AT_ONCE", 2)
    contacts = await contacts_with(api, "score", 1, 2, 3)
    gone = await api.delete(f"{PATH}/score", headers=admin)
    assert gone.json() == {"name": "score", "removed_values": 3}
    assert await value_of(api, contacts[0], "score") is None
    assert (await api.delete(f"{PATH}/score", headers=admin)).status_code == 404
    await contacts_with(api, "score", "text now")
    assert (await api.get("/api/custom-fields")).json() == [{"name": "score", "type": "text"}]


async def test_a_deletion_that_was_interrupted_takes_no_values_and_goes_on(
    world: World, api: httpx2.AsyncClient, admin: dict[str, str]
) -> None:
    await contacts_with(api, "score", 1)
    await world.pool.execute("UPDATE custom_field_definitions SET deleting = true")
    refused = await api.post("/api/contacts", json={"custom_fields": {"score": 2}})
    assert "being deleted" in refused.json()["errors"][0]["detail"]
    assert (await api.get(f"{PATH}/score")).status_code == 404
    assert (await api.delete(f"{PATH}/score", headers=admin)).json()["removed_values"] == 1


async def test_a_workspace_has_a_ceiling_of_fields_and_another_one_of_its_own(
    world: World, api: httpx2.AsyncClient, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MOST_FIELDS", 2)
    monkeypatch.setattr(stored_fields, "MOST_FIELDS", 2)
    mappings = [custom("v", name) for name in ("a", "b", "c")]
    results = [
        a_result(workspace, {"v": 1}, *mappings, contact_id=uuid4(), options=CREATE) for workspace in (WORKSPACE, OTHER)
    ]
    await world.publish(*results)
    for update in await world.updates_of(*results):
        assert (update.custom_fields, [value.target_field for value in update.not_written]) == ({"a": 1, "b": 1}, ["c"])
    more = await api.post(PATH, json={"name": "d", "type": "text"}, headers=admin)
    assert (more.status_code, more.json()["type"]) == (409, "/problems/too-many-fields")
    assert len((await api.get(PATH)).json()) == 2


async def test_a_type_changes_when_nobody_is_about_to_write_a_value_of_the_old_one(
    world: World, api: httpx2.AsyncClient, admin: dict[str, str]
) -> None:
    """A mapper has read the definition and not committed; the change waits for it, and finds what it wrote."""
    await defined(api, admin, "score", "text")
    proposal = propose(
        Result.of(a_result(WORKSPACE, {"v": "5"}, custom("v", "score"), contact_id=uuid4(), options=CREATE)),
        UserFieldCoercion(),
        NOON,
    )
    assert proposal is not None
    async with PostgresContacts(world.app, Work.BACKGROUND).transaction([WORKSPACE]) as transaction:
        made = await apply(transaction, [proposal], NOON)
        changing = asyncio.create_task(api.patch(f"{PATH}/score", json={"type": "number"}, headers=admin))
        await until_somebody_waits_for_a_lock(world)
    answer = await asyncio.wait_for(changing, DEADLINE_SECONDS)
    assert answer.status_code == 200
    assert await value_of(api, str(made[proposal.key].contact_id), "score") == 5


async def test_a_conversion_that_was_overtaken_by_another_change_changes_nothing(
    world: World, api: httpx2.AsyncClient, admin: dict[str, str]
) -> None:
    [contact] = await contacts_with(api, "score", "5")
    fields = stored_fields.CustomFields(world.app)
    there = await fields.get(WORKSPACE, "score")
    assert there is not None
    overtaken = replace(there, definition=FieldDefinition(CustomFieldType.NUMBER))
    assert (await api.patch(f"{PATH}/score", json={"type": "text"}, headers=admin)).status_code == 200
    for remove in (False, True):
        await fields.convert(WORKSPACE, overtaken, remove_unfit=remove)
    assert await value_of(api, contact, "score") == "5"


async def test_only_an_administrator_changes_fields(api: httpx2.AsyncClient) -> None:
    body = {"name": "a", "type": "text"}
    assert (await api.post(PATH, json=body)).status_code == 403
    assert (await api.patch(f"{PATH}/a", json={"type": "text"})).status_code == 403
    assert (await api.delete(f"{PATH}/a")).status_code == 403
