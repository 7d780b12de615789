"""A mapper on real servers: its app without HTTP serving, its topics, and a way to feed and read them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition

from connectors_local.topics import create_topics
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.topics import CONFIG, CONTACT_UPDATED, RESULT, RESULT_DEAD, TOPICS
from connectors_shared.contract.updates import ContactUpdated
from connectors_shared.runtime.kafka import producer, reader
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.server import Service
from field_mapper import migrations_dir
from field_mapper.app import build_service
from field_mapper.inbound.kafka import GROUP
from field_mapper.settings import MapperSettings

JWT_SECRET = "a secret of the tests, thirty-two bytes"
DEADLINE_SECONDS = 40


Identity = Callable[[ConsumerRecord[bytes, bytes]], object]


def _each(record: ConsumerRecord[bytes, bytes]) -> object:
    return record.partition, record.offset


def _execution_id(record: ConsumerRecord[bytes, bytes]) -> object:
    return ContactUpdated.model_validate_json(record.value or b"").execution_id


@dataclass(slots=True)
class World:
    """One database and one set of topics, which several mappers may share. `pool` sees all rows, as their owner;
    `app` is what a mapper works through.
    """

    settings: MapperSettings
    pool: asyncpg.Pool
    app: asyncpg.Pool
    producer: AIOKafkaProducer

    def topic(self, name: str) -> str:
        return self.settings.topic_prefix + name

    def partitions(self, topic: str) -> list[TopicPartition]:
        (count,) = [known.partitions for known in TOPICS if known.name == topic]
        return [TopicPartition(self.topic(topic), number) for number in range(count)]

    async def publish(self, *results: ConnectorResult | bytes, partition: int | None = None) -> None:
        for result in results:
            value, key = (result, b"raw") if isinstance(result, bytes) else (result.to_json(), result.key())
            await self.producer.send(self.topic(RESULT.name), value=value, key=key, partition=partition)
        await self.producer.flush()

    @asynccontextmanager
    async def mapper(self, **changes: Any) -> AsyncIterator[Service]:
        service = await build_service(self.settings.model_copy(update={"migrate": False, **changes}))
        async with service.api.router.lifespan_context(service.api):
            yield service

    async def read(self, topic: str, at_least: int, identity: Identity = _each) -> list[ConsumerRecord[bytes, bytes]]:
        """Every message of a topic, once there are `at_least` so many that differ in their `identity`."""
        consumer = reader(self.settings.kafka_bootstrap_servers, "tests")
        await consumer.start()
        found: list[ConsumerRecord[bytes, bytes]] = []
        different: set[object] = set()
        try:
            partitions = self.partitions(topic)
            consumer.assign(partitions)
            async with asyncio.timeout(DEADLINE_SECONDS):
                while len(different) < at_least:
                    for records in (await consumer.getmany(timeout_ms=100)).values():
                        found.extend(records)
                        different.update(map(identity, records))
        finally:
            await consumer.stop()
        return found

    async def updates(self, at_least: int) -> list[ContactUpdated]:
        """Those of `at_least` so many executions; a mapper that is disturbed may repeat one."""
        records = await self.read(CONTACT_UPDATED.name, at_least, _execution_id)
        return [ContactUpdated.model_validate_json(record.value or b"") for record in records]

    async def updates_of(self, *results: ConnectorResult) -> list[ContactUpdated]:
        """The update of each result, in the order of the results."""
        found = {update.execution_id: update for update in await self.updates(len(results))}
        return [found[result.execution_id] for result in results]

    async def dead(self, at_least: int) -> list[ConsumerRecord[bytes, bytes]]:
        return await self.read(RESULT_DEAD.name, at_least)

    async def until_committed(self) -> None:
        """Wait until the group's committed offsets reach the end of every partition."""
        consumer = reader(self.settings.kafka_bootstrap_servers, "tests", group_id=self.settings.topic_prefix + GROUP)
        await consumer.start()
        try:
            partitions = self.partitions(RESULT.name)
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not all(
                    [(await consumer.committed(partition) or 0) >= ends[partition] for partition in partitions]
                ):
                    await asyncio.sleep(0.05)  # the broker tells nobody of a commit
        finally:
            await consumer.stop()

    async def make_contact(self, workspace_id: UUID, **fields: Any) -> UUID:
        contact_id = uuid4()
        columns = ["id", "workspace_id", *fields]
        marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        await self.pool.execute(
            f"INSERT INTO contacts ({', '.join(columns)}) VALUES ({marks})",
            contact_id,
            workspace_id,
            *fields.values(),
        )
        return contact_id

    async def contact(self, contact_id: UUID | str) -> asyncpg.Record:
        row = await self.pool.fetchrow("SELECT * FROM contacts WHERE id = $1", UUID(str(contact_id)))
        assert row is not None
        return row

    async def custom(self, contact_id: UUID | str) -> dict[str, Any]:
        rows: Sequence[asyncpg.Record] = await self.pool.fetch(
            "SELECT field_name, field_value FROM contact_custom_fields WHERE contact_id = $1",
            UUID(str(contact_id)),
        )
        return {row["field_name"]: row["field_value"] for row in rows}


@pytest.fixture
async def world(kafka_servers: str, database: str, topic_prefix: str) -> AsyncIterator[World]:
    await create_topics(kafka_servers, topics=(CONFIG, RESULT, RESULT_DEAD, CONTACT_UPDATED), prefix=topic_prefix)
    await bring_up_to_date(database, migrations_dir(), "mapper")
    settings = MapperSettings(
        kafka_bootstrap_servers=kafka_servers,
        database_url=database,
        topic_prefix=topic_prefix,
        jwt_secret=JWT_SECRET,
        phone_region="US",
    )
    async with (
        await open_pool(database, max_size=4, schema="mapper", role=Role.OWNER) as pool,
        await open_pool(database, max_size=4, schema="mapper", role=Role.APP) as app,
    ):
        sender = producer(kafka_servers, "tests")
        await sender.start()
        try:
            yield World(settings, pool, app, sender)
        finally:
            await sender.stop()
