"""Stand-ins for what the Kafka inlet speaks to: a subscription with a consumer, and dead letters."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from connector_executor.execution import Source
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import DeadReason
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE

TOPIC = "connector.execute"


def a_partition(number: int = 0) -> TopicPartition:
    return TopicPartition(TOPIC, number)


def a_record(
    offset: int,
    value: bytes | None = None,
    *,
    partition: int = 0,
    connector_id: UUID = CONNECTOR,
    workspace_id: UUID = WORKSPACE,
    connector_version: int | None = None,
) -> ConsumerRecord[bytes, bytes]:
    """An execution of the connector that `a_connector` makes, unless another value is given."""
    event = ConnectorExecute(
        execution_id=uuid4(),
        workspace_id=workspace_id,
        connector_id=connector_id,
        connector_version=connector_version,
    )
    value = event.to_json() if value is None else value
    return ConsumerRecord(
        topic=TOPIC,
        partition=partition,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=b"key",
        value=value,
        checksum=None,
        serialized_key_size=3,
        serialized_value_size=len(value),
        headers=(),
    )


class Consumer:
    """`committed` is what Kafka has. A commit waits for `committing`, and raises `error` when there is one."""

    def __init__(self) -> None:
        self.committed: dict[TopicPartition, OffsetAndMetadata] = {}
        self.commits = 0
        self.paused: set[TopicPartition] = set()
        self.error: Exception | None = None
        self.committing = asyncio.Event()
        self.committing.set()

    async def commit(self, offsets: dict[TopicPartition, OffsetAndMetadata]) -> None:
        self.commits += 1
        await self.committing.wait()
        if self.error is not None:
            raise self.error
        self.committed |= offsets

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused |= set(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        self.paused -= set(partitions)


class Membership:
    """Stands for the subscription."""

    def __init__(self) -> None:
        self.consumer: Any = Consumer()
        self.running = False

    async def start(self, _member: object) -> None:
        self.running = True

    async def stop(self) -> None:
        self.running = False


class WrittenLetters:
    """Stands for dead letters; a letter waits for `writing`."""

    def __init__(self) -> None:
        self.written: list[tuple[int, DeadReason]] = []
        self.writing = asyncio.Event()
        self.writing.set()

    async def write(self, source: Source, reason: DeadReason, _detail: str) -> None:
        await self.writing.wait()
        self.written.append((source.offset, reason))
