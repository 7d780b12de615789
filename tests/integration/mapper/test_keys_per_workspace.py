"""Ids belong to a workspace: its contacts, its executions, and what other systems call its contacts."""

from uuid import UUID, uuid4

from field_mapper.outbound.reading import ContactReader
from tests.unit.mapper.builders import CREATE, a_result, custom, user

from .conftest import World


async def test_each_execution_of_a_contact_with_a_foreign_name_writes_to_the_same_contact(world: World) -> None:
    workspace = uuid4()
    results = [
        a_result(workspace, {"n": f"N{n}"}, user("n", "first_name"), contact_id="crm-42", options=CREATE, minutes=n)
        for n in range(3)
    ]
    await world.publish(*results)
    async with world.mapper():
        updates = await world.updates_of(*results)
    assert len({update.contact_id for update in updates}) == 1
    row = await world.contact(updates[0].contact_id or "")
    assert (row["external_id"], row["first_name"]) == ("crm-42", "N2")
    assert await world.pool.fetchval("SELECT count(*) FROM contacts") == 1


async def test_two_workspaces_have_a_contact_and_an_execution_of_the_same_id(world: World) -> None:
    contact, execution = uuid4(), uuid4()
    mappings = (user("n", "first_name"), custom("v", "score"))
    results = [
        a_result(uuid4(), {"n": f"N{n}", "v": n}, *mappings, contact_id=contact, options=CREATE, execution_id=execution)
        for n in range(2)
    ]
    await world.publish(*results)
    async with world.mapper():
        await world.read("contact.updated", 2)
        await world.until_committed()
    reader = ContactReader(world.app)
    for n, result in enumerate(results):
        found = await reader.get(result.workspace_id, contact)
        assert found is not None
        assert (found.user["first_name"], found.custom["score"].value) == (f"N{n}", n)
    assert await world.pool.fetchval("SELECT count(*) FROM unpublished_updates") == 0


async def test_what_was_there_before_is_kept_with_the_execution(world: World) -> None:
    """Large values too, which the mapper does not load."""
    workspace, contact = uuid4(), uuid4()
    mappings = (user("n", "first_name"), custom("v", "profile"))
    large = ["x" * 100] * 100
    first = a_result(workspace, {"n": "Ann", "v": large}, *mappings, contact_id=contact, options=CREATE)
    second = a_result(workspace, {"n": "Bea", "v": 5}, *mappings, contact_id=contact, minutes=1)
    third = a_result(workspace, {"n": "Cid"}, mappings[0], contact_id=contact, minutes=2)
    await world.publish(first)
    async with world.mapper():
        await world.updates_of(first)
        await world.publish(second, third)
        await world.updates_of(first, second, third)
    rows = await world.pool.fetch("SELECT * FROM applied_executions ORDER BY sequence")
    made, changed, again = (row["changes"] for row in rows)
    assert [row["created"] for row in rows] == [True, False, False]
    assert made["user"] == {"first_name": {"to": "Ann"}}
    assert changed["user"] == {"first_name": {"from": "Ann", "to": "Bea", "origin": 0}}
    assert changed["custom"] == {"profile": {"from": large, "to": 5, "origin": 0, "type": "json"}}
    assert [UUID(origin["execution"]) for origin in changed["origins"]] == [first.execution_id]
    assert again["user"]["first_name"]["from"] == "Bea"
