"""The reader of definitions and a registry's transactions: committed, aborted, and still open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
import structlog
from aiokafka import AIOKafkaProducer

from connector_executor.connectors.table import ConnectorTable
from connector_executor.inbound.definitions import DefinitionReader
from connector_executor.metrics import ExecutorMetrics
from connectors_local.topics import create_topics
from connectors_shared.contract.facts import Deletion, connector_key
from connectors_shared.contract.topics import CONFIG
from connectors_shared.runtime.kafka import producer as open_producer
from tests.unit.executor.a_connector import WORKSPACE, a_connector, no_permissions

ONE, TWO = UUID(int=1001), UUID(int=1002)


@pytest.fixture
async def topic(kafka_servers: str, topic_prefix: str) -> str:
    await create_topics(kafka_servers, topics=(CONFIG,), prefix=topic_prefix)
    return topic_prefix + CONFIG.name


@pytest.fixture
async def registry(kafka_servers: str, topic_prefix: str) -> AsyncIterator[AIOKafkaProducer]:
    """Its producer, taken over."""
    registry = open_producer(kafka_servers, "test", transactional_id=topic_prefix + "registry")
    await registry.start()
    yield registry
    await registry.stop()


@pytest.fixture
def table() -> ConnectorTable:
    return ConnectorTable()


@pytest.fixture
async def definitions(kafka_servers: str, topic: str, table: ConnectorTable) -> AsyncIterator[DefinitionReader]:
    definitions = DefinitionReader(kafka_servers, topic, table, no_permissions(), ExecutorMetrics())
    yield definitions
    await definitions.stop()


@pytest.fixture
async def following(definitions: DefinitionReader) -> AsyncIterator[DefinitionReader]:
    await definitions.start()
    task = asyncio.create_task(definitions.run(lambda _connector_id: None))
    yield definitions
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def say(registry: AIOKafkaProducer, topic: str, connector_id: UUID, revision: int = 1) -> None:
    """Within the transaction that is open."""
    message = a_connector(connector_id=connector_id, version=revision).to_json()
    await registry.send_and_wait(topic, message, connector_key(connector_id).to_bytes())


async def test_it_reads_to_the_end_behind_the_markers_of_transactions(
    definitions: DefinitionReader, registry: AIOKafkaProducer, table: ConnectorTable, topic: str
) -> None:
    for connector_id in (ONE, TWO):
        async with registry.transaction():
            await say(registry, topic, connector_id)
    async with asyncio.timeout(20):
        await definitions.start()
    assert len(table) == 2


async def test_what_was_aborted_is_not_known_and_keeps_nobody_waiting(
    following: DefinitionReader, registry: AIOKafkaProducer, table: ConnectorTable, topic: str
) -> None:
    async with registry.transaction():
        await say(registry, topic, ONE)
    await registry.begin_transaction()
    await say(registry, topic, ONE, revision=2)
    await say(registry, topic, TWO)
    await registry.abort_transaction()
    await following.read_to_end()
    plan = table.plan(ONE)
    assert plan is not None
    assert (plan.version, table.plan(TWO)) == (1, None)


async def test_who_asks_for_all_that_is_published_waits_for_what_is_not_yet_decided(
    following: DefinitionReader, registry: AIOKafkaProducer, table: ConnectorTable, topic: str
) -> None:
    """A registry may tell of a change before the marker of its transaction can be read."""
    await registry.begin_transaction()
    await say(registry, topic, ONE)
    asking = asyncio.create_task(following.read_to_end())
    done, _ = await asyncio.wait([asking], timeout=0.5)
    assert not done
    await registry.commit_transaction()
    await asking
    assert table.plan(ONE) is not None


async def test_an_executor_starts_beside_a_transaction_that_is_open(
    definitions: DefinitionReader, registry: AIOKafkaProducer, table: ConnectorTable, topic: str
) -> None:
    async with registry.transaction():
        await say(registry, topic, ONE)
    await registry.begin_transaction()
    await say(registry, topic, TWO)
    async with asyncio.timeout(20):
        await definitions.start()
    assert (table.plan(ONE) is not None, table.plan(TWO)) == (True, None)
    await registry.abort_transaction()


async def test_a_kind_that_nobody_here_knows_is_left_out_with_a_line_in_the_log(
    definitions: DefinitionReader, registry: AIOKafkaProducer, table: ConnectorTable, topic: str
) -> None:
    others = [b"webhook/1", b"\xff", f"credential/{ONE}".encode(), f"grant/{TWO}/{ONE}".encode()]
    deletion = Deletion(workspace_id=WORKSPACE, revision=1, changed_at=datetime(2026, 1, 1, tzinfo=UTC))
    async with registry.transaction():
        for key in others:
            await registry.send(topic, deletion.to_json(), key)
        await say(registry, topic, ONE)
    with structlog.testing.capture_logs() as lines:
        await definitions.start()
    assert [line["event"] for line in lines].count("config.unknown_kind") == 2
    assert (len(table), table.plan(TWO)) == (1, None)
