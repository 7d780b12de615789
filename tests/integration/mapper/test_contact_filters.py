"""Lists and exports of contacts by what they hold, who wrote it and when, page by page, each way by an index."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from connectors_shared.runtime.postgres import Work, of_workspaces, session
from field_mapper.outbound import listing
from field_mapper.outbound.filtering import ANY_TIME, About, Condition, Narrowing, Parameters, Span, holds
from field_mapper.outbound.listing import KEEPING, places_of, walking
from field_mapper.outbound.searching import ContactFilter, reading
from tests.unit.mapper.builders import CONNECTOR_ID, CREATE, a_result, custom, user

from .conftest import World
from .test_contact_search import names
from .test_contacts_api import OTHER, WORKSPACE, api, token

__all__ = ["api"]

ROWS: list[dict[str, Any]] = [
    {"first_name": "Ann", "city": "Berlin", "tags": ["vip", "lead"], "custom_fields": {"income": 50000, "a:b": "x:y"}},
    {"first_name": "Bea", "city": "BERLIN", "email": "Bea@Example.com", "custom_fields": {"member": True}},
    {"first_name": "Cid", "city": "Rome", "tags": ["VIP"], "phone": "6266958105", "custom_fields": {"income": 5e4}},
    {"first_name": "Dan", "company": "Acme", "external_id": "crm-9", "website": "acme.example"},
]


async def make(api: httpx2.AsyncClient, rows: list[dict[str, Any]] = ROWS) -> list[dict[str, Any]]:
    answers = [await api.post("/api/contacts", json=row) for row in rows]
    return [answer.json() for answer in answers]


async def test_each_filter_leads_to_the_contacts_of_which_it_holds(api: httpx2.AsyncClient) -> None:
    await make(api)
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({"field": "city:berlin"}, ["Ann", "Bea"]),
        ({"field": ["city:Berlin", "first_name:bea"]}, ["Bea"]),
        ({"field": "email:bea@example.com"}, ["Bea"]),
        ({"field": "phone:(626) 695-8105"}, ["Cid"]),
        ({"field": "website:https://acme.example"}, ["Dan"]),
        ({"field": "external_id:crm-9"}, ["Dan"]),
        ({"field": "custom_fields.income:50000.0"}, ["Ann", "Cid"]),
        ({"field": "custom_fields.a:b:x:y"}, ["Ann"]),
        ({"field": "custom_fields.member:yes"}, ["Bea"]),
        ({"tag": "Vip"}, ["Ann", "Cid"]),
        ({"tag": ["vip", "lead"]}, ["Ann"]),
        ({"tag": "vip", "field": "city:rome"}, ["Cid"]),
        ({"q": "ann", "tag": "vip"}, ["Ann"]),
        ({"q": "ann", "field": "city:rome"}, []),
        ({"field": "city:Ber"}, []),
    ]
    for query, found in expected:
        assert await names(api, **query) == found, query
    other = await api.get("/api/contacts", params={"tag": "vip"}, headers=token(OTHER))
    assert other.json()["contacts"] == []


async def test_times_are_told_from_a_moment_on_and_before_another(world: World, api: httpx2.AsyncClient) -> None:
    ann, bea, *_ = await make(api)
    old = datetime(2026, 1, 10, 12, tzinfo=UTC)
    await world.pool.execute("UPDATE contacts SET updated_at = $1 WHERE id = $2", old, UUID(ann["id"]))
    soon = (old + timedelta(seconds=1)).isoformat()
    assert await names(api, updated_until=soon) == ["Ann"]
    assert await names(api, updated_since=old.isoformat(), updated_until=soon) == ["Ann"]
    assert await names(api, updated_until=old.isoformat()) == []
    assert await names(api, updated_since=soon, field="city:berlin") == ["Bea"]
    assert await names(api, created_since=bea["created_at"]) == ["Bea", "Cid", "Dan"]
    assert await names(api, created_until=bea["created_at"], tag="vip") == ["Ann"]


async def test_whoever_wrote_last_is_found_until_somebody_else_writes(world: World, api: httpx2.AsyncClient) -> None:
    connector = str(CONNECTOR_ID)
    made = [str(await world.make_contact(WORKSPACE)) for _ in range(2)]
    results = [
        a_result(WORKSPACE, {"n": "Ann", "i": 1}, user("n", "first_name"), contact_id=made[0], options=CREATE),
        a_result(WORKSPACE, {"i": 2, "j": 3}, custom("i", "i"), custom("j", "j"), contact_id=made[1], options=CREATE),
    ]
    await world.publish(*results)
    await world.updates_of(*results)
    found = (await api.get("/api/contacts", params={"connector_id": connector, "limit": 1})).json()
    more = {"connector_id": connector, "cursor": found["next_cursor"]}
    rest = (await api.get("/api/contacts", params=more)).json()
    assert [each["id"] for each in (*found["contacts"], *rest["contacts"])] == made
    await api.patch(f"/api/contacts/{made[0]}", json={"first_name": "Bea"})
    await api.patch(f"/api/contacts/{made[1]}", json={"custom_fields": {"i": 5, "j": None}})
    assert await names(api, connector_id=connector) == []
    assert await names(api, connector_id=str(uuid4())) == []


async def test_filters_follow_what_is_written_and_deleted(world: World, api: httpx2.AsyncClient) -> None:
    ann, *_ = await make(api)
    await api.patch(f"/api/contacts/{ann['id']}", json={"tags": ["cold"], "city": "Oslo"})
    assert await names(api, tag="vip") == ["Cid"]
    assert await names(api, tag="cold", field="city:oslo") == ["Ann"]
    assert await names(api, field="city:berlin") == ["Bea"]
    await api.delete(f"/api/contacts/{ann['id']}")
    assert await names(api, tag="cold") == []
    left = await world.pool.fetchval("SELECT count(*) FROM contact_marks WHERE contact_id = $1", UUID(ann["id"]))
    assert left == 0


async def test_pages_go_on_behind_what_was_looked_at(api: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = {n: ["all", "rare"] if n % 7 == 6 else ["all"] for n in range(20)}
    await make(api, [{"first_name": f"C{n}", "city": "Rome", "tags": tags[n]} for n in tags])
    monkeypatch.setattr(listing, "LOOKS", (2, 3))
    monkeypatch.setattr(listing, "MOST_CANDIDATES", 2)
    found: list[str] = []
    cursor: dict[str, str] = {}
    pages = 0
    while True:
        query: dict[str, Any] = {"field": "city:rome", "tag": ["all", "rare"], "limit": 1} | cursor
        page = (await api.get("/api/contacts", params=query)).json()
        found += [contact["first_name"] for contact in page["contacts"]]
        pages += 1
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == ["C6", "C13"]
    assert pages > 2


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("town:Rome", "there is no field town; write <field>:<value> with one of first_name,"),
        ("city", "there is no value; write city:<value>"),
        ("notes:x", "contacts are not filtered by notes; use q"),
        ("tags:vip", "tags have a parameter of their own: tag"),
        ("email:nobody", "email: not an email address"),
        (
            "custom_fields.incme:1",
            "no custom field incme; write custom_fields.<name>:<value>; there are a:b, income",
        ),
        ("custom_fields.income:much", "custom_fields.income: the text is not a number"),
    ],
)
async def test_what_cannot_be_filtered_by_is_told_with_what_to_change(
    api: httpx2.AsyncClient, field: str, told: str
) -> None:
    await make(api, ROWS[:1])
    for path in ("/api/contacts", "/api/contact-export"):
        answer = await api.get(path, params={"field": field})
        assert answer.status_code == 422, answer.text
        [error] = answer.json()["errors"]
        assert error["pointer"] == "/field"
        assert told in error["detail"]


async def test_an_export_has_the_contacts_of_the_list(api: httpx2.AsyncClient, world: World) -> None:
    await make(api)
    answer = await api.get("/api/contact-export", params={"tag": "vip", "field": "custom_fields.income:50000"})
    lines = answer.text.splitlines()
    assert [line.split(",")[2] for line in lines[1:]] == ["Ann", "Cid"]
    details = await world.pool.fetchval("SELECT details FROM audit_entries WHERE action = 'exported'")
    assert details == {"filtered_by": ["field", "tag"]}


async def test_values_that_a_changed_definition_converts_are_found_as_they_are_now(api: httpx2.AsyncClient) -> None:
    await make(api, [{"first_name": "Ann", "custom_fields": {"score": "07"}}])
    assert await names(api, field="custom_fields.score:07") == ["Ann"]
    admin = token(WORKSPACE, "contacts:read", "workspace:admin")
    answer = await api.patch("/api/contact-fields/score", json={"type": "integer"}, headers=admin)
    assert answer.status_code == 200, answer.text
    assert await names(api, field="custom_fields.score:7") == ["Ann"]


LEADS = {
    "contacts_by_city": Condition(About.FIELD, "city", "Rome"),
    "contact_custom_fields_by_value": Condition(About.CUSTOM_FIELD, "income", 1),
    "contact_marks_pkey": Condition(About.TAG, "", "vip"),
    "contact_custom_fields_by_connector": Condition(About.CONNECTOR, "", uuid4()),
    "contacts_in_order": None,
}


@pytest.mark.parametrize("index", LEADS)
async def test_each_filter_walks_an_index_in_the_order_of_the_list(world: World, index: str) -> None:
    """Also under row-level security, where not every condition may come before its own."""
    lead = LEADS[index]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    parameters = Parameters([WORKSPACE, moment, uuid4(), moment, 50])
    sql = walking(lead, Narrowing(), parameters)
    async with session(world.app, of_workspaces([WORKSPACE]), Work.READ) as connection:
        await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        plan = "\n".join([row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *parameters.values)])
    assert f"{index} on" in plan or f"using {index}" in plan, plan
    [walk] = [part for part in plan.split("->") if index in part]
    assert "Sort" not in plan.partition(walk)[0].rpartition("Limit")[2], plan


MANY = """
INSERT INTO contacts (workspace_id, id, city, phone)
SELECT $1, md5(n::text)::uuid, 'Rome', '+1626' || (2000000 + n) FROM generate_series(1, 20000) AS n
"""
SOME = "SELECT array_agg(id) FROM (SELECT id FROM contacts WHERE workspace_id = $1 ORDER BY id LIMIT 1000) AS few"


async def test_whoever_is_found_is_looked_up_and_no_index_read_to_its_end(world: World) -> None:
    await world.pool.execute(MANY, WORKSPACE)
    await world.pool.execute("ANALYZE contacts")
    parameters = Parameters([WORKSPACE, await world.pool.fetchval(SOME, WORKSPACE)])
    sql = KEEPING + holds(Narrowing((Condition(About.FIELD, "city", "Rome"),)), parameters)
    async with session(world.app, of_workspaces([WORKSPACE]), Work.READ) as connection:
        plan = "\n".join([row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *parameters.values)])
    assert "contacts_by_city" not in plan, plan


async def test_a_number_is_found_by_its_index_whatever_postgres_plans_for(world: World) -> None:
    await world.pool.execute(MANY, WORKSPACE)
    await world.pool.execute("ANALYZE contacts")
    sql = reading.find_by_address.sql
    async with session(world.app, of_workspaces([WORKSPACE]), Work.READ) as connection:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE by_address AS {sql}")
        values = f"'{WORKSPACE}', NULL, NULL, 2000, '{{+16262000007}}', '{{+16262000007}}', NULL"
        rows = await connection.fetch(f"EXPLAIN EXECUTE by_address ({values})")
    plan = "\n".join(row[0] for row in rows)
    assert "phone >= k" in plan, plan
    assert "Seq Scan" not in plan, plan


async def test_what_reads_is_planned_for_the_values_it_asks_for(world: World) -> None:
    async with world.mapper() as service, service.api.state.reader._reading(WORKSPACE) as connection:
        assert await connection.fetchval("SHOW plan_cache_mode") == "force_custom_plan"


async def test_a_time_of_few_is_found_by_its_days(world: World) -> None:
    wanted = ContactFilter(narrowing=Narrowing((), ANY_TIME, Span(datetime(2026, 1, 1, tzinfo=UTC), None)))
    made = await world.make_contact(WORKSPACE)
    async with session(world.app, of_workspaces([WORKSPACE]), Work.READ) as connection:
        places = await places_of(connection, WORKSPACE, wanted, None, 5)
    assert [place.id for place in places.positions] == [made]
