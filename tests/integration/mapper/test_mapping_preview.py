"""The preview of mappings on real Postgres: it says what is then done, locks nobody out, and writes nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from connectors_shared.contract.contact import FieldMapping, TargetType
from tests.tokens import EDITOR, bearer
from tests.unit.mapper.builders import a_result

from .conftest import JWT_SECRET, World

WORKSPACE = uuid4()
PREVIEW = "/api/contacts/mapping-preview"
MAPPINGS = [
    {"sourcePath": "city", "targetField": "city"},
    {"sourcePath": "mail", "targetField": "email"},
    {"sourcePath": "score", "targetField": "score", "targetType": "custom_field"},
    {"sourcePath": "fresh", "targetField": "fresh", "targetType": "custom_field", "tags": "add"},
]
DATA = {"city": "Paris", "mail": "no address", "score": "8", "fresh": ["a"]}


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        world.mapper() as service,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=service.api),
            base_url="http://mapper",
            headers=bearer(JWT_SECRET, WORKSPACE, EDITOR),
        ) as client,
    ):
        yield client


async def jane(api: httpx2.AsyncClient) -> dict[str, Any]:
    row = {"first_name": "Jane", "email": "jane@example.com", "city": "Rome", "custom_fields": {"score": 7}}
    made: dict[str, Any] = (await api.post("/api/contacts", json=row)).json()
    return made


async def test_it_says_what_the_mapper_then_does(world: World, api: httpx2.AsyncClient) -> None:
    contact = await jane(api)
    asked = {"fieldMappings": MAPPINGS, "data": DATA, "contactId": contact["id"]}
    answer = await api.post(PREVIEW, json=asked)
    assert answer.status_code == 200, answer.text
    foreseen = answer.json()
    assert (foreseen["contactId"], foreseen["created"], foreseen["reason"]) == (contact["id"], False, None)
    assert [(line["outcome"], line["before"], line["after"]) for line in foreseen["mappings"]] == [
        ("written", "Rome", "Paris"),
        ("refused", "jane@example.com", None),
        ("written", 7, 8),
        ("written", None, ["a"]),
    ]
    assert foreseen["mappings"][0]["origin"]["by"]
    assert (await api.get(f"/api/contacts/{contact['id']}")).json() == contact
    assert (await api.get("/api/custom-fields")).json() == [{"name": "score", "type": "number"}]
    mappings = [FieldMapping.model_validate(mapping) for mapping in MAPPINGS]
    await world.publish(a_result(WORKSPACE, DATA, *mappings, contact_id=contact["id"], minutes=60 * 24 * 3650))
    [update] = await world.updates(1)
    told = [line.model_dump(mode="json") for line in update.mappings]
    for line, real in zip(foreseen["mappings"], told, strict=True):
        assert [line[name] for name in ("outcome", "reason", "detail", "after")] == [
            real[name] for name in ("outcome", "reason", "detail", "after")
        ]


async def test_it_waits_for_nobody_and_makes_no_contact(world: World, api: httpx2.AsyncClient) -> None:
    contact = await jane(api)
    mapping = {"sourcePath": "city", "targetField": "city", "targetType": TargetType.USER_FIELD}
    asked = {"fieldMappings": [mapping], "data": DATA, "options": {"createIfNotExists": True}}
    async with world.pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE contacts SET city = 'Oslo' WHERE id = $1", contact["id"])
        async with asyncio.timeout(10):
            of_jane = (await api.post(PREVIEW, json=asked | {"contactId": contact["id"]})).json()
    assert of_jane["mappings"][0]["before"] == "Rome"
    new = (await api.post(PREVIEW, json=asked)).json()
    assert (new["contactId"], new["created"]) == (None, True)
    assert len((await api.get("/api/contacts")).json()["contacts"]) == 1


async def test_what_is_wrong_is_named(api: httpx2.AsyncClient) -> None:
    mapping = {"sourcePath": "a", "targetField": "city"}
    none = await api.post(PREVIEW, json={"fieldMappings": [], "data": {}})
    large = await api.post(PREVIEW, json={"fieldMappings": [mapping], "data": "x" * 300_000})
    unknown = await api.post(PREVIEW, json={"fieldMappings": [mapping], "data": {}, "contact": "x"})
    pointers = [answer.json()["errors"][0]["pointer"] for answer in (none, large, unknown)]
    assert pointers == ["/fieldMappings", "/data", "/contact"]
    stranger = await api.post(PREVIEW, json={}, headers=bearer(JWT_SECRET, WORKSPACE, ["connectors:read"]))
    assert stranger.status_code == 403
