"""The contacts API while Kafka is away, also from the beginning."""

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

import httpx2
from starlette.types import ASGIApp

from tests.failure.proxy import Proxy
from tests.unit.mapper.builders import CREATE, a_result, user

from .conftest import DEADLINE_SECONDS, World
from .test_contacts_api import token

WORKSPACE = uuid4()


def a_client(app: ASGIApp) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://mapper", headers=token(WORKSPACE)
    )


async def test_a_mapper_that_starts_without_kafka_serves_contacts_and_joins_when_it_is_there(world: World) -> None:
    network = Proxy(world.settings.kafka_bootstrap_servers, kafka=True)
    async with (
        AsyncExitStack() as later,
        world.mapper(kafka_bootstrap_servers=network.address) as service,
        a_client(service.api) as api,
    ):
        made = await api.post("/api/contacts", json={"first_name": "Ann"})
        assert made.status_code == 201
        assert (await api.get("/api/contacts")).json()["contacts"] == [made.json()]
        ready = await api.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        assert "kafka" in ready.json()["problems"]
        await later.enter_async_context(network.open())
        result = a_result(WORKSPACE, {"n": "Jo"}, user("n", "first_name"), contact_id=uuid4(), options=CREATE)
        await world.publish(result)
        [update] = await world.updates(1)
        assert update.execution_id == result.execution_id
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (await api.get("/readyz")).json() != {"status": "ready"}:
                await asyncio.sleep(0.02)  # it is on the other side of HTTP
