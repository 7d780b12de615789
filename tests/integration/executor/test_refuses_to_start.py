"""An executor that could not keep its promises does not start, and says why."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector_executor.admission.server import open_redis
from connectors_local.ports import free_port
from connectors_local.processes import Supervisor
from connectors_local.servers import ValkeyServer
from connectors_local.topics import create_topics
from connectors_shared.contract.topics import CONFIG, EXECUTE, TOPICS
from tests.integration.executor.conftest import KEYS


@pytest.fixture
async def evicting(supervisor: Supervisor, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a Redis that drops keys when memory is short."""
    valkey = ValkeyServer(supervisor, tmp_path / "valkey", durable=False)
    await valkey.start()
    redis = open_redis(valkey.url)
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    await redis.aclose()
    yield valkey.url
    valkey.kill()
    valkey.release_ports()


async def started(**settings: str) -> bytes:
    """What a process says that does not start."""
    own = {"CONNECTORS_ENCRYPTION_KEYS": KEYS, "CONNECTORS_PORT": str(free_port())}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "connector_executor",
        env=os.environ | own | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode not in (0, None)
    return output


async def test_a_store_that_drops_keys_is_named(
    kafka_servers: str, database: str, topic_prefix: str, evicting: str
) -> None:
    await create_topics(kafka_servers, prefix=topic_prefix)
    output = await started(
        KAFKA_BOOTSTRAP_SERVERS=kafka_servers,
        DATABASE_URL=database,
        REDIS_URL=evicting,
        CONNECTORS_TOPIC_PREFIX=topic_prefix,
    )
    assert b"Redis has the maxmemory-policy allkeys-lru" in output
    assert b"set it to noeviction" in output


@pytest.mark.parametrize("name", [CONFIG.name, EXECUTE.name])
async def test_a_topic_that_drops_what_is_needed_is_named(
    kafka_servers: str, database: str, valkey_url: str, topic_prefix: str, name: str
) -> None:
    """As a broker makes them that makes topics on use, or somebody who compacts what must not be."""
    topics = [replace(topic, compacted=topic.compacted != (topic.name == name)) for topic in TOPICS]
    await create_topics(kafka_servers, topics=topics, prefix=topic_prefix)
    output = await started(
        KAFKA_BOOTSTRAP_SERVERS=kafka_servers,
        DATABASE_URL=database,
        REDIS_URL=valkey_url,
        CONNECTORS_TOPIC_PREFIX=topic_prefix,
    )
    found, needed = ("delete", "compact") if name == CONFIG.name else ("compact", "delete")
    assert f"{topic_prefix}{name} has the cleanup.policy {found}".encode() in output
    assert f"set it to {needed}".encode() in output
