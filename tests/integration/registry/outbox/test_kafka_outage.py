"""Kafka dies or hangs under a running registry and comes back."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from pydantic import SecretStr

from connector_executor.connectors.table import ConnectorTable
from connector_executor.inbound.definitions import DefinitionReader
from connector_executor.metrics import ExecutorMetrics
from connector_registry.settings import Settings
from connectors_local.downloads import kafka_jars
from connectors_local.processes import Supervisor
from connectors_local.servers import KafkaCluster
from connectors_local.topics import create_topics
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.topics import CONFIG
from tests.integration.registry.conftest import INTERNAL, published, topic_messages
from tests.unit.executor.a_connector import no_permissions

Running = Callable[[Settings], AbstractAsyncContextManager[httpx2.AsyncClient]]
PATIENCE = "connector_registry.outbox.sender.PATIENCE_SECONDS"
KEYS = "k1:" + "QUFB" * 10 + "QUE="


async def failed_to_publish(client: httpx2.AsyncClient, times: int) -> None:
    """Returns when it has tried so often."""
    name = "connectors_registry_publish_failures_total "
    async with asyncio.timeout(60):
        while True:
            lines = (await client.get(f"{INTERNAL}/metrics")).text.splitlines()
            if next(float(line.split()[1]) for line in lines if line.startswith(name)) >= times:
                return
            await asyncio.sleep(0.05)  # what it waits for is on the other side of HTTP


async def a_fresh_executors_table(servers: str) -> ConnectorTable:
    table = ConnectorTable()
    definitions = DefinitionReader(servers, CONFIG.name, table, no_permissions(), ExecutorMetrics())
    await definitions.start()
    await definitions.stop()
    return table


@pytest.mark.parametrize("trouble", ["stopped", "hung"])
async def test_after_an_outage_a_fresh_executor_knows_exactly_the_last_state(
    database: str,
    supervisor: Supervisor,
    tmp_path: Path,
    run_registry: Running,
    a_connector: Callable[..., dict[str, Any]],
    sign_in: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    """It lasts until the registry has given up and tried again more than once, and is restarted within it."""
    kafka = KafkaCluster(supervisor, tmp_path / "kafka", await kafka_jars())
    await kafka.start()
    await create_topics(kafka.bootstrap_servers, topics=(CONFIG,))
    settings = Settings(
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        database_url=SecretStr(database),
        encryption_keys=SecretStr(KEYS),
        jwt_secret=SecretStr("a-secret-only-for-tests-0123456789abcdef"),
        publish_wait_seconds=0.2,
    )
    editor = sign_in(uuid4())
    async with run_registry(settings) as client:
        made = [await client.post("/api/connectors", json=a_connector(), headers=editor) for _ in range(2)]
        [kept, gone] = [one.headers["location"] for one in made]
        for path in (kept, gone):
            await published(client, path, editor)
        monkeypatch.setattr(PATIENCE, 1.0)
        kafka.kill() if trouble == "stopped" else kafka.pause()
        await change_twice(client, [kept, gone], editor)
        await failed_to_publish(client, 2)
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    async with run_registry(settings) as client:
        assert (await client.delete(gone, headers=editor)).status_code == 202
        await failed_to_publish(client, 2)
        monkeypatch.setattr(PATIENCE, 20.0)
        await kafka.start() if trouble == "stopped" else kafka.resume()
        assert (await client.post(kept + "/disable", headers=editor)).status_code in (200, 202)
        await published(client, kept, editor)
    await expect_order(kafka.bootstrap_servers, {kept: 4, gone: 4})
    table = await a_fresh_executors_table(kafka.bootstrap_servers)
    [known, deleted] = [table.plan(UUID(path.rsplit("/", 1)[1])) for path in (kept, gone)]
    assert known is not None
    assert (known.version, known.published.revision, known.published.enabled, known.fault) == (1, 4, False, None)
    assert deleted is not None
    assert deleted.fault is not None
    assert deleted.fault.type is FailureType.CONNECTOR_DELETED


async def change_twice(client: httpx2.AsyncClient, paths: list[str], headers: dict[str, str]) -> None:
    for name in ("Second", "Third"):
        for path in paths:
            assert (await client.put(path, json={"name": name}, headers=headers)).status_code == 202


async def expect_order(servers: str, last: Mapping[str, int]) -> None:
    """Rows may come twice; what comes for the first time comes in order, and the last is the highest."""
    seen: dict[str, list[int]] = {}
    for key, value in await topic_messages(servers, CONFIG.name):
        seen.setdefault(key, []).append(json.loads(value or b"null")["revision"])
    for path, highest in last.items():
        revisions = seen[path.replace("/api/connectors", "connector")]
        assert list(dict.fromkeys(revisions)) == list(range(1, highest + 1))
        assert revisions[-1] == highest
