"""Following the topic of definitions while Kafka fails between two of its steps."""

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from connector_executor.connectors.table import ConnectorTable
from connector_executor.inbound.definitions import DefinitionReader
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.contract.facts import connector_key
from tests.unit.executor.a_connector import CONNECTOR, a_connector, no_permissions

PARTITION = TopicPartition("t", 0)


class BreakingConsumer:
    """Has one record; where it stands can be asked once it has failed to say so."""

    def __init__(self) -> None:
        record = SimpleNamespace(
            key=str(connector_key(CONNECTOR)).encode(), value=a_connector().to_json(), partition=0, offset=0
        )
        self.coming: list[dict[TopicPartition, list[Any]]] = [{PARTITION: [record]}]
        self.failures = 1

    async def start(self) -> None: ...

    def assign(self, _partitions: list[TopicPartition]) -> None: ...

    async def seek_to_beginning(self, *_partitions: TopicPartition) -> None: ...

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 0)

    async def getmany(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        del timeout_ms
        await asyncio.sleep(0)
        return self.coming.pop() if self.coming else {}

    async def position(self, _partition: TopicPartition) -> int:
        if self.failures:
            self.failures -= 1
            raise KafkaError("the position is not known")
        return 1


async def test_what_was_applied_is_told_also_when_kafka_fails_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def partitions(_consumer: object, _topic: str) -> list[TopicPartition]:
        return [PARTITION]

    consumer, told, known = BreakingConsumer(), list[UUID](), asyncio.Event()
    module = "connector_executor.inbound.definitions."
    monkeypatch.setattr(module + "reader", lambda *_arguments, **_settings: consumer)
    monkeypatch.setattr(module + "partitions_of", partitions)
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.0)
    table = ConnectorTable()
    definitions = DefinitionReader("unused", "t", table, no_permissions(), ExecutorMetrics())
    await definitions.start()

    def on_change(connector_id: UUID) -> None:
        told.append(connector_id)
        known.set()

    following = asyncio.create_task(definitions.run(on_change))
    async with asyncio.timeout(10):
        await known.wait()
        await definitions.read_to_end()
    following.cancel()
    assert told == [CONNECTOR]
    assert len(table) == 1
