"""Who changed what of a contact, and taking back what an execution did, over REST."""

from uuid import uuid4

import httpx2

from tests.unit.mapper.builders import CREATE, a_result, custom, user

from .conftest import World
from .test_contacts_api import OTHER, WORKSPACE, api, token

__all__ = ["api"]

LARGE = ["x" * 100] * 50
MAPPINGS = (user("n", "first_name"), user("c", "city"), custom("s", "score"), custom("p", "profile"))


async def history(api: httpx2.AsyncClient, contact: object, **query: object) -> list[dict[str, object]]:
    """Of all pages."""
    found: list[dict[str, object]] = []
    cursor: dict[str, object] = {}
    while True:
        answer = await api.get(f"/api/contacts/{contact}/history", params=query | cursor)
        assert answer.status_code == 200, answer.text
        found += answer.json()["changes"]
        if (after := answer.json()["next_cursor"]) is None:
            return found
        cursor = {"cursor": after}


async def test_a_contact_tells_who_changed_which_field_from_what_to_what(world: World, api: httpx2.AsyncClient) -> None:
    contact = uuid4()
    data = {"n": "Ann", "c": "Rome", "s": 1, "p": LARGE}
    first = a_result(WORKSPACE, data, *MAPPINGS, contact_id=contact, options=CREATE)
    context = first.context.model_copy(update={"flow_id": "flow", "flow_run_id": "run-2"})
    second = a_result(WORKSPACE, {"n": "Bea", "p": {"a": 1}}, *MAPPINGS, contact_id=contact, minutes=1)
    second = second.model_copy(update={"context": context})
    nothing = a_result(WORKSPACE, {}, *MAPPINGS, contact_id=contact, minutes=2)
    await world.publish(first, second, nothing)
    await world.updates_of(first, second, nothing)
    await api.post(f"/api/contacts/{contact}/update", json={"user_fields": {"city": None}})
    edited, changed, made = await history(api, contact, limit=1)
    assert (made["created"], made["execution_id"], len(made["fields"])) == (True, str(first.execution_id), 4)
    assert (edited["edited_by"], edited["execution_id"]) == ("ann", None)
    assert edited["fields"] == [a_change("city", "Rome", None)]
    assert (changed["flow_run_id"], changed["connector_version"]) == ("run-2", 3)
    assert changed["fields"] == [
        a_change("first_name", "Ann", "Bea"),
        a_change("profile", LARGE, {"a": 1}, "custom_field"),
    ]
    assert [one["fields"] for one in await history(api, contact, field="score")] == [
        [a_change("score", None, 1, "custom_field")]
    ]


def a_change(field: str, before: object, after: object, kind: str = "user_field") -> dict[str, object]:
    return {"field": field, "target_type": kind, "before": before, "after": after, "after_omitted": False}


async def test_an_execution_is_taken_back_where_nobody_has_written_since(world: World, api: httpx2.AsyncClient) -> None:
    contact = uuid4()
    data = {"n": "Ann", "c": "Rome", "s": 1, "p": LARGE}
    first = a_result(WORKSPACE, data, *MAPPINGS, contact_id=contact, options=CREATE)
    second = a_result(WORKSPACE, {"n": "Bea", "c": "Oslo", "s": 2, "p": 5}, *MAPPINGS, contact_id=contact, minutes=1)
    await world.publish(first, second)
    await world.updates_of(first, second)
    path = f"/api/contacts/{contact}"
    await api.post(f"{path}/update", json={"custom_fields": {"score": 3}})
    answer = await api.post(f"{path}/undo", json={"execution_id": str(second.execution_id)})
    told = answer.json()
    assert {one["field"] for one in told["undone"]} == {"first_name", "city", "profile"}
    assert [one["field"] for one in told["kept"]] == ["score"]
    after = (await api.get(path)).json()
    assert after == told["contact"]
    assert (after["first_name"], after["city"]) == ("Ann", "Rome")
    assert after["custom_fields"] == {"score": 3, "profile": LARGE}
    assert after["origins"]["city"]["execution"] == str(first.execution_id)
    undoing, *_ = await history(api, contact)
    assert (undoing["edited_by"], undoing["undoes"]) == ("ann", str(second.execution_id))
    assert [contact["first_name"] for contact in (await api.get("/api/contacts?q=ann")).json()["contacts"]] == ["Ann"]


async def test_what_is_not_there_or_not_ours_is_not_found_and_a_viewer_undoes_nothing(
    world: World, api: httpx2.AsyncClient
) -> None:
    contact = (await api.post("/api/contacts", json={"first_name": "Ann"})).json()["id"]
    path, body = f"/api/contacts/{contact}", {"execution_id": str(uuid4())}
    assert (await api.get(f"{path}/history", headers=token(OTHER))).status_code == 404
    assert (await api.post(f"{path}/undo", json=body, headers=token(OTHER))).status_code == 404
    unknown = await api.post(f"{path}/undo", json=body)
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/execution-not-found")
    assert (await api.post(f"{path}/undo", json=body, headers=token(WORKSPACE, "contacts:read"))).status_code == 403
    for cursor in ("x", "-1", "9" * 30, "\u0661"):
        assert (await api.get(f"{path}/history", params={"cursor": cursor})).status_code == 422
