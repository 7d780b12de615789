"""The API while its Postgres is gone, or does not answer: told at once, and served again afterwards."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pydantic import SecretStr

from connector_registry.settings import Settings
from connectors_shared.http.principal import Scope
from tests.failure.proxy import Proxy
from tests.tokens import EDITOR

from .conftest import JWT_SECRET, KEYS, Running

NOBODY = "127.0.0.1:1"


@pytest.mark.parametrize("away", ["gone", "silent"])
async def test_every_call_is_answered_with_503_and_when_to_come_again(
    database: str,
    run_registry: Running,
    a_connector: Callable[..., dict[str, Any]],
    sign_in: Callable[..., dict[str, str]],
    away: str,
) -> None:
    server = urlsplit(database).netloc.rpartition("@")[2]
    async with Proxy(server).open() as network:
        settings = Settings(
            kafka_bootstrap_servers=NOBODY,
            database_url=SecretStr(database.replace(server, network.address)),
            encryption_keys=SecretStr(KEYS),
            jwt_secret=SecretStr(JWT_SECRET),
            publish_wait_seconds=0.1,
        )
        async with run_registry(settings) as client:
            client.headers.update(sign_in(uuid4(), [*EDITOR, Scope.WORKSPACE_ADMIN]))
            path = (await client.post("/api/connectors", json=a_connector())).headers["location"]
            await network.cut() if away == "gone" else network.stall()
            answers = await asyncio.gather(
                client.get("/api/connectors"),
                client.get(path),
                client.post("/api/connectors", json=a_connector()),
                client.put(path, json={"name": "Other"}),
                client.delete(path),
                client.post(f"{path}/execute", json={}),
                client.get("/api/credentials"),
                client.get("/api/network-grants"),
                client.get("/api/workspace"),
            )
            ready = await client.get("/readyz")
            await network.pass_on()
            async with asyncio.timeout(60):
                while (again := await client.get(path)).status_code == 503:
                    pass
    assert [(answer.status_code, "retry-after" in answer.headers) for answer in answers] == [(503, True)] * 9
    assert {answer.json()["type"] for answer in answers} == {"/problems/store-unavailable"}
    assert (ready.status_code, "postgres" in ready.json()["problems"]) == (503, True)
    assert (again.status_code, again.json()["name"]) == (200, "Lookup")
