"""A message that Kafka never takes stops nobody else's, and is told of until its entity is published again."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2

from connector_registry.settings import Settings
from connectors_shared.contract.topics import CONFIG
from tests.integration.registry.conftest import INTERNAL

Running = Callable[[Settings], AbstractAsyncContextManager[httpx2.AsyncClient]]


async def ready(client: httpx2.AsyncClient, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What the internal port says, once it is as wanted."""
    async with asyncio.timeout(60):
        while True:
            told: dict[str, Any] = (await client.get(f"{INTERNAL}/readyz")).json()
            if wanted(told):
                return told
            await asyncio.sleep(0.05)  # what it waits for is on the other side of HTTP


async def looking_into(url: str) -> asyncpg.Connection:
    """For a workspace of its own, whichever it is."""
    administrator = await asyncpg.connect(url)
    await administrator.execute("SELECT set_config('app.workspace_id', $1, false)", str(uuid4()))
    return administrator


async def test_a_message_that_is_too_large_is_set_aside_and_what_is_behind_it_is_published(
    settings: Settings,
    administrator_url: str,
    run_registry: Running,
    a_connector: Callable[..., dict[str, Any]],
    sign_in: Callable[[UUID], dict[str, str]],
) -> None:
    async with run_registry(settings) as client:
        large = (await client.post("/api/connectors", json=a_connector(), headers=sign_in(uuid4()))).json()["id"]
        key = f"connector/{large}"
        administrator = await looking_into(administrator_url)
        await administrator.execute(
            "INSERT INTO registry.outbox (topic, key, value) VALUES ($1, $2, $3)",
            settings.topic_prefix + CONFIG.name,
            key,
            b"x" * (CONFIG.record_bytes + 1),
        )
        await administrator.close()
        other = await client.post("/api/connectors", json=a_connector(), headers=sign_in(uuid4()))
        assert (other.status_code, other.json()["published"]) == (201, True)
        told = await ready(client, lambda told: told["status"] == "degraded")
        assert key in told["problems"]["set_aside"]


async def test_what_was_set_aside_is_forgotten_when_its_entity_is_published_again(
    settings: Settings,
    administrator_url: str,
    run_registry: Running,
    a_connector: Callable[..., dict[str, Any]],
    sign_in: Callable[[UUID], dict[str, str]],
) -> None:
    editor = sign_in(uuid4())
    async with run_registry(settings) as client:
        made = await client.post("/api/connectors", json=a_connector(), headers=editor)
        path = made.headers["location"]
        administrator = await looking_into(administrator_url)
        await administrator.execute(
            "INSERT INTO registry.outbox (topic, key, set_aside_at) VALUES ($1, $2, now())",
            settings.topic_prefix + CONFIG.name,
            f"connector/{made.json()['id']}",
        )
        await ready(client, lambda told: "set_aside" in told.get("problems", {}))
        changed = await client.put(path, json={"name": "Smaller"}, headers=editor)
        assert changed.json()["published"] is True
        await ready(client, lambda told: told == {"status": "ready"})
        await administrator.close()
