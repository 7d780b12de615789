"""Contacts are found by how their words, addresses and numbers begin; a search takes no room from writes."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from connectors_shared.runtime import postgres
from connectors_shared.runtime.postgres import Work, of_workspaces, session
from field_mapper.outbound import searching
from tests.unit.mapper.builders import CREATE, a_result, user

from .conftest import DEADLINE_SECONDS, World
from .test_contacts_api import OTHER, WORKSPACE, api, token

__all__ = ["api"]

SLEEPERS = """
SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()
"""
"""Whoever waits, of whichever role: what others wait for is not told to everybody by `pg_stat_activity` alone."""
ROWS: list[dict[str, Any]] = [
    {"first_name": "José", "last_name": "van der Berg", "phone": "6266958105"},
    {"first_name": "Ann", "last_name": "O'Neil", "company": "The Acme Company", "email": "Ann@example.com"},
    {"first_name": "Anna", "company": "100% Straße", "alternate_phone": "+49 30 1234567", "external_id": "crm-9"},
]


async def names(api: httpx2.AsyncClient, **query: Any) -> list[str]:
    answer = await api.get("/api/contacts", params=query)
    assert answer.status_code == 200, answer.text
    return [contact["first_name"] for contact in answer.json()["contacts"]]


async def test_words_addresses_and_numbers_are_found_from_their_beginnings(api: httpx2.AsyncClient) -> None:
    for row in ROWS:
        assert (await api.post("/api/contacts", json=row)).status_code == 201
    expected = {
        "jose": ["José"],
        "BERG": ["José"],
        "ber van jos": ["José"],
        "ann": ["Ann", "Anna"],
        "ann acme": ["Ann"],
        "o'ne": ["Ann"],
        "ann@exa": ["Ann"],
        "strasse 100": ["Anna"],
        "crm-9": ["Anna"],
        "626": ["José"],
        "(626) 69": ["José"],
        "+1626": ["José"],
        "49301": ["Anna"],
        "cme": [],
        "%": [],
        "crm-": [],
        "ann berg": [],
    }
    assert {q: await names(api, q=q) for q in expected} == expected
    assert await names(api, q="ann", email="ANN@example.com") == ["Ann"]
    assert await names(api, phone="+49301234567") == ["Anna"]
    assert (await api.get("/api/contacts", params={"q": "ann"}, headers=token(OTHER))).json()["contacts"] == []


async def test_what_is_found_follows_what_is_written(world: World, api: httpx2.AsyncClient) -> None:
    contact = (await api.post("/api/contacts", json={"first_name": "Ann", "company": "Acme"})).json()["id"]
    result = a_result(WORKSPACE, {"n": "Bea"}, user("n", "first_name"), contact_id=contact, minutes=1e7)
    await world.publish(result)
    await world.updates_of(result)
    assert (await names(api, q="ann"), await names(api, q="bea")) == ([], ["Bea"])
    await api.post(f"/api/contacts/{contact}/update", json={"user_fields": {"company": None}})
    assert await names(api, q="acme") == []
    assert await world.pool.fetchval("SELECT count(*) FROM contact_words") == 1


async def test_pages_of_a_search_hold_each_contact_once_and_say_when_not_all_were_looked_at(
    api: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [(await api.post("/api/contacts", json={"first_name": f"Ann{n}"})).json()["id"] for n in range(5)]
    found: list[str] = []
    params: dict[str, str | int] = {"q": "ann", "limit": 2}
    while True:
        page = (await api.get("/api/contacts", params=params)).json()
        assert page["truncated"] is False
        found += [contact["id"] for contact in page["contacts"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert found == made
    monkeypatch.setattr(searching, "MOST_CANDIDATES", 3)
    page = (await api.get("/api/contacts", params={"q": "ann"})).json()
    assert (len(page["contacts"]), page["truncated"]) == (3, True)


MANY = """
WITH made AS (
    INSERT INTO contacts (workspace_id, first_name, last_name, email)
    SELECT $1, first, last, 'all@example.com'
    FROM (
        SELECT 'Maria' AS first, 'Doe' || n AS last FROM generate_series(1, 5000) AS n
        UNION ALL SELECT 'Juan' || n, 'Sanchez' FROM generate_series(1, 3000) AS n
    ) AS people
    RETURNING id, first_name, last_name
)
INSERT INTO contact_words (workspace_id, word, contact_id)
SELECT $1, lower(word), id FROM made CROSS JOIN LATERAL (VALUES (first_name), (last_name)) AS w (word)
"""


async def test_one_is_found_by_words_of_which_each_leads_to_thousands(world: World, api: httpx2.AsyncClient) -> None:
    await world.pool.execute(MANY, WORKSPACE)
    wanted = {"first_name": "Maria", "last_name": "Sanchez", "email": "ms@example.com"}
    made = (await api.post("/api/contacts", json=wanted)).json()["id"]
    queries: list[dict[str, str]] = [
        {"q": "maria sanchez"},
        {"q": "sanch mari"},
        {"q": "maria", "email": "ms@example.com"},
        {"q": "maria sanchez", "email": "all@example.com"},
    ]
    for query in queries:
        page = (await api.get("/api/contacts", params=query)).json()
        expected = [] if query.get("email") == "all@example.com" else [made]
        assert [contact["id"] for contact in page["contacts"]] == expected, query
        assert page["truncated"] is (query.get("email") == "all@example.com"), query
    page = (await api.get("/api/contacts", params={"q": "maria"})).json()
    assert page["truncated"] is True


@asynccontextmanager
async def words_locked(url: str) -> AsyncIterator[None]:
    """Whoever looks for words waits."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE mapper.contact_words IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def until_waiting(world: World, count: int) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await world.pool.fetchval(SLEEPERS) < count:
            await asyncio.sleep(0.02)


async def test_slow_searches_hold_up_neither_writes_nor_the_searches_of_others(
    world: World, administrator_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Work.READ, "_value_", float(DEADLINE_SECONDS))
    monkeypatch.setattr(postgres, "REACH_SECONDS", float(DEADLINE_SECONDS))
    contact = await world.make_contact(WORKSPACE)
    async with world.mapper() as service:
        transport = httpx2.ASGITransport(app=service.api)
        async with httpx2.AsyncClient(transport=transport, base_url="http://m", headers=token(WORKSPACE)) as api:
            search = {"q": "ann"}
            async with words_locked(administrator_url):
                slow = [asyncio.create_task(api.get("/api/contacts", params=search)) for _ in range(2)]
                await until_waiting(world, 2)
                refused = await api.get("/api/contacts", params=search)
                assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-searches")
                assert refused.headers["retry-after"] == "1"
                assert (await api.get(f"/api/contacts/{contact}")).status_code == 200
                others = asyncio.create_task(api.get("/api/contacts", params=search, headers=token(OTHER)))
                await until_waiting(world, 3)
                result = a_result(WORKSPACE, {"c": "Rome"}, user("c", "city"), contact_id=contact, options=CREATE)
                await world.publish(result)
                await world.updates_of(result)
            assert [answer.status_code for answer in await asyncio.gather(*slow, others)] == [200] * 3
            assert (await api.get("/api/contacts", params=search)).status_code == 200


async def test_a_search_that_takes_too_long_ends_in_a_problem(
    world: World, administrator_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Work.READ, "_value_", 1.0)
    async with world.mapper() as service:
        transport = httpx2.ASGITransport(app=service.api)
        async with httpx2.AsyncClient(transport=transport, base_url="http://m", headers=token(WORKSPACE)) as api:
            async with words_locked(administrator_url):
                answer = await api.get("/api/contacts", params={"q": "ann"})
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/search-too-slow")


async def test_each_way_to_find_a_contact_has_an_index(world: World) -> None:
    """Also under row-level security, where not every condition may come before its own."""
    workspace = uuid4()
    # Where a workspace has a single contact, any index will do.
    await world.pool.execute(
        "INSERT INTO contacts (workspace_id, email, phone, external_id) "
        "SELECT $1, n || '@example.com', '+1626695' || (1000 + n), n FROM generate_series(1, 1000) AS n",
        workspace,
    )
    await world.pool.execute("ANALYZE contacts")
    queries = {
        "contact_words_pkey": (
            "SELECT 1 FROM contact_words WHERE workspace_id = $1 AND word >= $2 AND word < $3",
            ("a", "b"),
        ),
        "contacts_by_email": (
            "SELECT 1 FROM contacts WHERE workspace_id = $1 AND email_key >= $2 AND email_key <= $3",
            ("a", "b"),
        ),
        "contacts_by_phone": (
            "SELECT 1 FROM contacts WHERE workspace_id = $1 AND phone >= $2 AND phone <= $3",
            ("+16266951500", "+16266951501"),
        ),
        "contacts_by_external_id": ("SELECT 1 FROM contacts WHERE workspace_id = $1 AND external_id = $2", ("a",)),
    }
    async with session(world.app, of_workspaces([workspace]), Work.READ) as connection:
        await connection.execute("SET enable_seqscan = off")
        for index, (query, values) in queries.items():
            plan = "\n".join([row[0] for row in await connection.fetch(f"EXPLAIN {query}", workspace, *values)])
            assert index in plan, plan
            [conditions] = re.findall(r"Index Cond: (.*)", plan)
            assert conditions.count("AND") == len(values), plan
