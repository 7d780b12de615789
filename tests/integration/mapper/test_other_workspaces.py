"""Every route of the mapper, found in it, asked by another workspace with the ids of ours: nothing is shown, nothing is
changed."""

from typing import Any, Final
from uuid import UUID, uuid4

import httpx2
from fastapi import FastAPI

from connectors_shared.http.principal import Scope
from tests.routes import Route, routes_of
from tests.tokens import bearer
from tests.unit.mapper.builders import CREATE, a_result, user

from .conftest import JWT_SECRET, World

OURS, THEIRS = uuid4(), uuid4()
CANARY: Final = "canary"
FIELD: Final = "loyalty"
CSV: Final = {"Content-Type": "text/csv"}
TABLES: Final = (
    *("contacts", "contact_custom_fields", "custom_field_definitions", "contact_edits", "applied_executions"),
    *("contact_imports", "audit_entries", "deleted_contacts", "contact_import_errors"),
)
PREVIEW: Final = "POST /api/contacts/mapping-preview"
NAMED_ALIKE: Final = frozenset(("POST /api/contacts", "POST /api/contact-fields", "POST /api/contact-imports", PREVIEW))
"""Whoever asks makes, or looks at, something of his own there."""


def callers(workspace_id: UUID) -> dict[str, str]:
    return bearer(JWT_SECRET, workspace_id, Scope)


async def made(client: httpx2.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, headers=callers(OURS) | body.pop("headers", {}), **body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def stored(world: World) -> dict[str, list[str]]:
    """What each table has of our workspace, row by row as text."""
    return {
        table: [
            row[0]
            for row in await world.pool.fetch(
                f"SELECT t::text FROM mapper.{table} t WHERE workspace_id = $1 ORDER BY 1", OURS
            )
        ]
        for table in TABLES
    }


def body_of(route: Route, execution_id: str) -> dict[str, Any] | None:
    """One that our own workspace would be answered 2xx for."""
    bodies: dict[str, dict[str, Any]] = {
        "PATCH /api/contacts/{contact_id}": {"city": "stolen"},
        "POST /api/contacts/{contact_id}/update": {"user_fields": {"city": "stolen"}},
        "POST /api/contacts/{contact_id}/undo": {"execution_id": execution_id},
        "PATCH /api/contact-fields/{name:text}": {"label": "stolen"},
        "POST /api/contact-imports/{import_id}/check": {"columns": [{"column": 0, "target_field": "first_name"}]},
        "POST /api/contact-imports/{import_id}/start": {"columns": [{"column": 0, "target_field": "first_name"}]},
    }
    return bodies.get(str(route))


async def ask(
    client: httpx2.AsyncClient, route: Route, ids: dict[str, str], execution_id: str, whose: UUID
) -> httpx2.Response:
    body = body_of(route, execution_id)
    return await client.request(route.method, route.path(ids), json=body, headers=callers(whose))


async def test_another_workspace_sees_and_changes_nothing(world: World) -> None:
    async with world.mapper() as service:
        app: FastAPI = service.api
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://mapper") as client:
            await made(client, "/api/contact-fields", json={"name": FIELD, "type": "text", "label": CANARY})
            contact = await made(client, "/api/contacts", json={"first_name": CANARY, "custom_fields": {FIELD: CANARY}})
            result = a_result(OURS, {"city": CANARY}, user("city", "city"), contact_id=contact["id"], options=CREATE)
            await world.publish(result)
            await world.updates(1)
            upload = await made(client, "/api/contact-imports", content=f"name\n{CANARY}\n".encode(), headers=CSV)
            ids = {"contact_id": contact["id"], "name": FIELD, "import_id": upload["id"]}
            routes = [route for route in routes_of(app) if route.template not in ("/healthz", "/readyz")]
            assert {name for route in routes for name in route.parameters} == set(ids)
            before = await stored(world)
            assert all(before[table] for table in TABLES if table not in ("deleted_contacts", "contact_import_errors"))
            for route in routes:
                answer = await ask(client, route, ids, str(result.execution_id), THEIRS)
                assert CANARY not in answer.text, str(route)
                if route.parameters:
                    assert answer.status_code == 404, f"{route} answers {answer.status_code}: {answer.text}"
                else:
                    assert answer.status_code < 300 or str(route) in NAMED_ALIKE, str(route)
            looked = await client.post(
                "/api/contacts/mapping-preview",
                headers=callers(THEIRS),
                json={
                    "fieldMappings": [{"sourcePath": "c", "targetField": "city"}],
                    "data": {"c": "x"},
                    "contactId": contact["id"],
                },
            )
            assert (looked.status_code, looked.json()["contactId"]) == (200, None)
            assert CANARY not in looked.text
            assert await stored(world) == before
            await assert_ours_are_found(client, routes, ids, str(result.execution_id))


async def assert_ours_are_found(
    client: httpx2.AsyncClient, routes: list[Route], ids: dict[str, str], execution_id: str
) -> None:
    """That the ids and bodies are good ones: what was refused above is answered to whom they belong."""
    deleting_last = sorted((route for route in routes if route.parameters), key=lambda route: route.method == "DELETE")
    for route in deleting_last:
        answer = await ask(client, route, ids, execution_id, OURS)
        assert answer.status_code in (200, 202, 204, 409), f"{route} answers {answer.status_code}: {answer.text}"
