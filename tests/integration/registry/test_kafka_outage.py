"""Kafka dies under a running registry and comes back."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from aiokafka import TopicPartition
from pydantic import SecretStr

from connector_registry.settings import Settings
from connectors_local.downloads import kafka_jars
from connectors_local.processes import Supervisor
from connectors_local.servers import KafkaCluster
from connectors_local.topics import create_topics
from connectors_shared.contract.topics import CONFIG
from connectors_shared.runtime.kafka import reader

KEYS = "k1:" + "QUFB" * 10 + "QUE="


async def versions_up_to(bootstrap_servers: str, last: int) -> list[int]:
    """As they first appear; what was sent but not acknowledged may have been sent again."""
    consumer = reader(bootstrap_servers, "test")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(CONFIG.name, 0)])
        found: list[int] = []
        async with asyncio.timeout(20):
            while last not in found:
                found.append(json.loads((await consumer.getone()).value)["version"])
        return list(dict.fromkeys(found))
    finally:
        await consumer.stop()


async def test_changes_made_while_kafka_is_down_arrive_in_order_when_it_is_back(
    database: str,
    supervisor: Supervisor,
    tmp_path: Path,
    run_registry: Callable[[Settings], AbstractAsyncContextManager[httpx2.AsyncClient]],
    a_connector: Callable[..., dict[str, Any]],
    sign_in: Callable[..., dict[str, str]],
) -> None:
    kafka = KafkaCluster(supervisor, tmp_path / "kafka", await kafka_jars())
    await kafka.start()
    await create_topics(kafka.bootstrap_servers, topics=(CONFIG,))
    settings = Settings(
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        database_url=SecretStr(database),
        encryption_keys=SecretStr(KEYS),
        jwt_secret=SecretStr("a-secret-only-for-tests-0123456789abcdef"),
        publish_wait_seconds=2,
    )
    editor = sign_in(uuid4())
    async with run_registry(settings) as client:
        made = await client.post("/api/connectors", json=a_connector(), headers=editor)
        assert made.status_code == 201
        path = made.headers["location"]
        kafka.kill()
        for _ in range(2):
            assert (await client.put(path, json={}, headers=editor)).status_code == 202
        assert (await client.get("/readyz")).status_code == 503
        await kafka.start()
        async with asyncio.timeout(60):
            while not (await client.get(path, headers=editor)).json()["published"]:
                await asyncio.sleep(0.05)  # the answer is on the other side of HTTP
        assert (await client.put(path, json={}, headers=editor)).status_code == 200
    assert await versions_up_to(kafka.bootstrap_servers, 4) == [1, 2, 3, 4]
