"""The mapper as a process of its own, while its Postgres is taken away and comes back."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from connectors_local.ports import LOOPBACK, free_port
from connectors_local.processes import Supervisor
from connectors_local.servers import PostgresServer
from connectors_local.testservers import user_of_services
from connectors_local.topics import create_topics
from connectors_shared.contract.topics import CONFIG, CONTACT_UPDATED, RESULT, RESULT_DEAD
from connectors_shared.runtime.kafka import producer
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from field_mapper.settings import MapperSettings
from tests.unit.mapper.builders import CREATE, a_result, user

from .conftest import DEADLINE_SECONDS, JWT_SECRET, World

WORKSPACE = uuid4()


@asynccontextmanager
async def a_process(settings: MapperSettings) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "CONNECTORS_TOPIC_PREFIX": settings.topic_prefix,
        "CONNECTORS_JWT_SECRET": JWT_SECRET,
        "CONNECTORS_PORT": str(settings.port),
        "CONNECTORS_INTERNAL_PORT": str(free_port()),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "field_mapper", env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until_ready(port: int, status: int) -> str:
    """The answer of `/readyz` once it has that status."""
    async with httpx2.AsyncClient() as client, asyncio.timeout(DEADLINE_SECONDS):
        while True:
            try:
                answer = await client.get(f"http://{LOOPBACK}:{port}/readyz", timeout=15)
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == status:
                return answer.text
            await asyncio.sleep(0.05)


@pytest.fixture
async def postgres(supervisor: Supervisor, tmp_path: Path) -> PostgresServer:
    server = PostgresServer(supervisor, tmp_path / "postgres", durable=False)
    await server.start()
    return server


async def test_nothing_is_lost_while_postgres_is_away_and_readiness_says_so(
    postgres: PostgresServer, kafka_servers: str, topic_prefix: str
) -> None:
    await create_topics(kafka_servers, topics=(CONFIG, RESULT, RESULT_DEAD, CONTACT_UPDATED), prefix=topic_prefix)
    settings = MapperSettings(
        kafka_bootstrap_servers=kafka_servers,
        database_url=await user_of_services(postgres.url),
        topic_prefix=topic_prefix,
        jwt_secret=JWT_SECRET,
        port=free_port(),
    )
    sender = producer(kafka_servers, "tests")
    await sender.start()
    results = [
        a_result(WORKSPACE, {"n": f"N{n}"}, user("n", "first_name"), contact_id=uuid4(), options=CREATE)
        for n in range(30)
    ]
    try:
        async with a_process(settings) as process:
            await until_ready(settings.port, 200)
            pool = await open_pool(postgres.url, schema="mapper", role=Role.OWNER)
            world = World(settings, pool, pool, sender)
            await world.publish(*results[:10])
            await world.updates(10)
            await pool.close()
            await postgres.stop()
            await world.publish(*results[10:])
            assert "postgres" in await until_ready(settings.port, 503)
            await postgres.start()
            updates = await world.updates(30)
            await until_ready(settings.port, 200)
            await world.until_committed()
            process.send_signal(signal.SIGTERM)
            assert process.stdout is not None
            log, code = await asyncio.wait_for(process.stdout.read(), 20), await process.wait()
    finally:
        await sender.stop()
    assert {update.execution_id for update in updates} == {result.execution_id for result in results}
    assert code == 0
    assert JWT_SECRET.encode() not in log
    assert b"service.stopping" in log
