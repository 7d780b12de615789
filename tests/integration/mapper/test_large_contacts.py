"""However much contacts hold, one page of them takes little memory, and all of it can be read."""

from typing import Any

import httpx2

from field_mapper.outbound.reading import PAGE_BYTES

from .conftest import World
from .test_contacts_api import WORKSPACE, api

__all__ = ["api"]

FILL = """INSERT INTO contact_custom_fields (workspace_id, contact_id, field_name, field_value, field_type, origin)
    SELECT $1, $2, 'f' || n, to_jsonb(repeat('x', $4)), 'text', '{"at": "2026-01-01T00:00:00+00:00"}'
    FROM generate_series(1, $3::int) n"""
ROOM = PAGE_BYTES + 200_000
"""For what is around the values."""


async def test_pages_end_where_their_contacts_take_too_much_and_go_on(world: World, api: httpx2.AsyncClient) -> None:
    made = [str(await world.make_contact(WORKSPACE, first_name="Ann")) for _ in range(5)]
    for contact in made:
        await world.pool.execute(FILL, WORKSPACE, contact, 15, 60_000)
    words = "INSERT INTO contact_words SELECT workspace_id, 'ann', id FROM contacts"
    await world.pool.execute(words)
    for query in ({}, {"q": "ann"}):
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            answer = await api.get("/api/contacts", params=query | cursor)
            assert len(answer.content) < ROOM
            page = answer.json()
            found += page["contacts"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert [contact["id"] for contact in found] == made
        assert {(len(contact["custom_fields"]), len(contact["left_out"])) for contact in found} == {(15, 0)}


async def test_a_contact_that_takes_too_much_alone_says_what_is_left_out(world: World, api: httpx2.AsyncClient) -> None:
    contact = await world.make_contact(WORKSPACE)
    await world.pool.execute(FILL, WORKSPACE, contact, 100, 60_000)
    [listed] = (await api.get("/api/contacts")).json()["contacts"]
    alone = await api.get(f"/api/contacts/{contact}")
    assert len(alone.content) < ROOM
    assert alone.json() == listed
    names = {f"f{number}" for number in range(1, 101)}
    assert set(listed["custom_fields"]) | set(listed["left_out"]) == names
    assert not set(listed["custom_fields"]) & set(listed["left_out"])
    missing = listed["left_out"][:2]
    asked = (await api.get(f"/api/contacts/{contact}", params={"custom_field": missing})).json()
    assert asked["custom_fields"] == dict.fromkeys(missing, "x" * 60_000)
    assert asked["left_out"] == []
