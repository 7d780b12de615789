"""The contacts API while its Postgres is gone, or does not answer: told at once, and served again afterwards."""

import asyncio
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest
from pydantic import SecretStr

from connectors_shared.http.principal import Scope
from field_mapper.app import build_service
from field_mapper.settings import MapperSettings
from tests.failure.proxy import Proxy
from tests.tokens import EDITOR, bearer

from .conftest import DEADLINE_SECONDS, JWT_SECRET

NOBODY = "127.0.0.1:1"


@pytest.mark.parametrize("away", ["gone", "silent"])
async def test_every_call_is_answered_with_503_and_when_to_come_again(database: str, away: str) -> None:
    """Kafka is not there at all."""
    server = urlsplit(database).netloc.rpartition("@")[2]
    async with Proxy(server).open() as network:
        settings = MapperSettings(
            kafka_bootstrap_servers=NOBODY,
            database_url=SecretStr(database.replace(server, network.address)),
            jwt_secret=SecretStr(JWT_SECRET),
        )
        service = await build_service(settings)
        async with (
            service.api.router.lifespan_context(service.api),
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=service.api),
                base_url="http://mapper",
                headers=bearer(JWT_SECRET, uuid4(), [*EDITOR, Scope.WORKSPACE_ADMIN]),
            ) as client,
        ):
            fields = "/api/contact-fields"
            made = await client.post("/api/contacts", json={"first_name": "Ann", "custom_fields": {"score": 1}})
            contact = f"/api/contacts/{made.json()['id']}"
            await network.cut() if away == "gone" else network.stall()
            answers = await asyncio.gather(
                client.get("/api/contacts"),
                client.get("/api/contacts", params={"q": "ann"}),
                client.get(contact),
                client.get(f"{contact}/history"),
                client.get("/api/custom-fields"),
                client.post("/api/contacts", json={"first_name": "Bea"}),
                client.post(f"{contact}/update", json={"user_fields": {"city": "Rome"}}),
                client.post(f"{contact}/undo", json={"execution_id": str(uuid4())}),
                client.get(fields),
                client.post(fields, json={"name": "income", "type": "number"}),
                client.patch(f"{fields}/score", json={"label": "Score"}),
                client.delete(f"{fields}/score"),
            )
            ready = await client.get("/readyz")
            await network.pass_on()
            async with asyncio.timeout(DEADLINE_SECONDS):
                while (again := await client.get(contact)).status_code == 503:
                    pass
    assert [(answer.status_code, "retry-after" in answer.headers) for answer in answers] == [(503, True)] * 12
    assert {answer.json()["type"] for answer in answers} == {"/problems/store-unavailable"}
    assert (ready.status_code, "postgres" in ready.json()["problems"]) == (503, True)
    assert (again.status_code, again.json()["first_name"]) == (200, "Ann")
