"""Whatever a custom field is called, it can be asked for, changed and deleted by its name."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request

from connectors_shared.http.access import Access
from connectors_shared.http.answers.memory import InMemoryIdempotentAnswers
from connectors_shared.http.api import rest_api
from connectors_shared.http.idempotency import Idempotency
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.principal import Principal, Scope
from field_mapper.inbound.http import fields_router
from field_mapper.outbound.fields import Field, Wanted

WORKSPACE, NOW = uuid4(), datetime(2026, 1, 1, tzinfo=UTC)


class Fields:
    """Of one workspace, by name."""

    def __init__(self) -> None:
        self.held: dict[str, Field] = {}

    async def get(self, _workspace_id: UUID, name: str) -> Field | None:
        return self.held.get(name)

    async def create(self, _workspace_id: UUID, wanted: Wanted, _promise: object) -> Field:
        made = Field(wanted.name, wanted.definition, None, None, False, wanted.by, NOW, NOW)
        self.held[wanted.name] = made
        return made

    async def delete(self, _workspace_id: UUID, name: str, _by: str) -> int | None:
        return 0 if self.held.pop(name, None) else None


@pytest.fixture
async def api() -> AsyncIterator[httpx2.AsyncClient]:
    async def authenticate(_request: Request) -> Principal:
        return Principal(WORKSPACE, "ann", scopes=frozenset(Scope))

    metrics = RequestMetrics("tests", CollectorRegistry())
    app = rest_api("connectors-field-mapper", "Tests", "Of tests.", metrics)
    access = Access(authenticate)
    app.include_router(fields_router(access, Idempotency(access, InMemoryIdempotentAnswers(), b"secret")))
    app.state.fields = Fields()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://mapper") as client:
        yield client


@pytest.mark.parametrize("name", ["income/year", "/", "a//b", "a/", "50% off?", "a..b", "Gr\u00f6\u00dfe #1"])
async def test_a_name_in_the_path_is_that_name(api: httpx2.AsyncClient, name: str) -> None:
    assert (await api.post("/api/contact-fields", json={"name": name, "type": "text"})).status_code == 201
    path = "/api/contact-fields/" + quote(name, safe="")
    assert (await api.get(path)).json()["name"] == name
    assert (await api.delete(path)).json() == {"name": name, "removed_values": 0}


@pytest.mark.parametrize("name", [".", "..", "../x", "a/./b"])
async def test_a_name_that_no_path_can_hold_is_refused(api: httpx2.AsyncClient, name: str) -> None:
    answer = await api.post("/api/contact-fields", json={"name": name, "type": "text"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/name")
