"""The history as it runs: from Kafka to rows, whatever comes and however often."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from pydantic import SecretStr

from connector_registry.history.recording.app import build_service
from connector_registry.history.recording.letters import SERVICE
from connector_registry.history.recording.settings import HistorySettings
from connectors_local.database_users import administrator
from connectors_local.topics import create_topics
from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.health import ConnectorHealth
from connectors_shared.contract.topics import CONTACT_UPDATED, HEALTH, RESULT, RESULT_DEAD
from connectors_shared.runtime.kafka import producer, reader
from connectors_shared.runtime.kafka_admin import admin_client
from tests.unit.registry.history.builders import a_result, an_update, body

DEADLINE_SECONDS = 60


@dataclass(slots=True)
class World:
    settings: HistorySettings
    producer: AIOKafkaProducer
    rows: asyncpg.Connection

    async def publish(self, topic: str, *values: bytes) -> None:
        for value in values:
            await self.producer.send(self.settings.topic_prefix + topic, value=value, key=b"one")
        await self.producer.flush()

    @asynccontextmanager
    async def history(self) -> AsyncIterator[httpx2.AsyncClient]:
        service = await build_service(self.settings)
        async with (
            service.api.router.lifespan_context(service.api),
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=service.api), base_url="http://history") as client,
        ):
            yield client

    async def until(self, query: str, expected: int) -> None:
        """What a query counts is on the other side of Kafka and Postgres."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await self.rows.fetchval(query) != expected:
                await asyncio.sleep(0.05)

    async def committed(self, topic: str) -> int:
        async with admin_client(self.settings.kafka_bootstrap_servers) as admin:
            group = f"{self.settings.topic_prefix}{SERVICE}-{topic}"
            offsets = await admin.list_consumer_group_offsets(group)
            return sum(found.offset for found in offsets.values())

    async def dead_letters(self, count: int) -> list[DeadLetter]:
        consumer = reader(self.settings.kafka_bootstrap_servers, "tests")
        await consumer.start()
        try:
            consumer.assign([TopicPartition(self.settings.topic_prefix + RESULT_DEAD.name, 0)])
            async with asyncio.timeout(DEADLINE_SECONDS):
                return [DeadLetter.from_headers((await consumer.getone()).headers) for _ in range(count)]
        finally:
            await consumer.stop()


@pytest.fixture
async def world(
    database: str, administrator_url: str, kafka_servers: str, topic_prefix: str, postgres_url: str
) -> AsyncIterator[World]:
    await create_topics(kafka_servers, topics=(RESULT, CONTACT_UPDATED, HEALTH, RESULT_DEAD), prefix=topic_prefix)
    settings = HistorySettings(
        kafka_bootstrap_servers=kafka_servers, database_url=SecretStr(database), topic_prefix=topic_prefix
    )
    sender = producer(kafka_servers, "tests")
    await sender.start()
    async with administrator(administrator_url) as rows:
        yield World(settings, sender, rows)
    await sender.stop()


EXECUTIONS = "SELECT count(*) FROM registry.connector_executions"
NOTICES = "SELECT count(*) FROM registry.notices WHERE closed_at IS NULL"
MAPPINGS = "SELECT count(*) FROM registry.execution_mappings"


def failing() -> ConnectorHealth:
    now = datetime.now(UTC)
    return ConnectorHealth(connector_id=uuid4(), workspace_id=uuid4(), healthy=False, failing_since=now, changed_at=now)


async def test_what_comes_from_kafka_is_recorded_once_and_what_is_bad_is_set_aside(world: World) -> None:
    repeated, execution = body(a_result()), uuid4()
    async with world.history() as client:
        await world.publish(RESULT.name, repeated, b"{", repeated, body(a_result(executionId=execution)))
        await world.publish(CONTACT_UPDATED.name, body(an_update(executionId=execution)), b"[]")
        await world.until(EXECUTIONS, 2)
        await world.until(MAPPINGS, 1)
        await world.publish(HEALTH.name, b"[]", failing().to_json())
        await world.until(NOTICES, 1)
        letters = await world.dead_letters(2)
        assert {(letter.topic, letter.reason) for letter in letters} == {
            (world.settings.topic_prefix + RESULT.name, DeadReason.NOT_JSON),
            (world.settings.topic_prefix + CONTACT_UPDATED.name, DeadReason.INVALID_MESSAGE),
        }
        ready: Any = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
        metrics = (await client.get("/metrics")).text
        assert 'connectors_history_executions_total{status="success",trigger="flow"} 2.0' in metrics
    assert await world.committed(RESULT.name) == 4, "what is done is committed when the process ends"
    async with world.history():
        await world.publish(RESULT.name, repeated, body(a_result()))
        await world.until(EXECUTIONS, 3)
    assert await world.rows.fetchval("SELECT sum(executions) FROM registry.execution_rollups WHERE period = 'day'") == 3
