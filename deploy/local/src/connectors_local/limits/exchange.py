"""The flow engine's side of Kafka: publish executions, hear what became of them."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult
from connectors_shared.contract.topics import EXECUTE, RESULT
from connectors_shared.runtime.kafka import producer, reader

POLL_MS: Final = 200
CLIENT_ID: Final = "demo-flow-engine"


class ExchangeError(Exception):
    """Kafka does not answer, or does not have the topics of the contract."""


class Exchange(Protocol):
    """What a flow engine needs of the transport."""

    async def publish(self, event: ConnectorExecute) -> None:
        """Returns once the broker has it."""

    async def hear(self) -> list[ConnectorResult]:
        """What came since the last call; waits a moment when there is nothing."""


@dataclass(frozen=True, slots=True)
class KafkaExchange:
    """An exchange that hears every result published after it was opened, outside any consumer group."""

    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    topic_prefix: str

    async def publish(self, event: ConnectorExecute) -> None:
        await self.producer.send_and_wait(self.topic_prefix + EXECUTE.name, event.to_json(), key=event.key())

    async def hear(self) -> list[ConnectorResult]:
        batches = await self.consumer.getmany(timeout_ms=POLL_MS)
        found = [_decoded(record.value) for records in batches.values() for record in records]
        return [result for result in found if result is not None]


def _decoded(body: bytes | None) -> ConnectorResult | None:
    """None for what is no message of the contract: other producers' mistakes are not ours to handle."""
    try:
        return ConnectorResult.model_validate_json(body or b"")
    except ValidationError:
        return None


@contextlib.asynccontextmanager
async def open_exchange(bootstrap_servers: str, topic_prefix: str = "") -> AsyncIterator[KafkaExchange]:
    """Inside, nothing that answers a published execution is missed. Raises ExchangeError."""
    async with contextlib.AsyncExitStack() as stack:
        sender = producer(bootstrap_servers, CLIENT_ID)
        consumer = reader(bootstrap_servers, CLIENT_ID)
        consumer.subscribe(topics=[topic_prefix + RESULT.name])
        stack.push_async_callback(consumer.stop)
        stack.push_async_callback(sender.stop)
        try:
            await sender.start()
            await consumer.start()
            await _go_to_the_end(consumer)
        except KafkaError as error:
            raise ExchangeError(f"Kafka at {bootstrap_servers}: {error}") from error
        yield KafkaExchange(sender, consumer, topic_prefix)


async def _go_to_the_end(consumer: AIOKafkaConsumer) -> None:
    """Positions are set here and now: a lazy reset would skip what is published before the first poll."""
    for partition, offset in (await consumer.end_offsets(list(consumer.assignment()))).items():
        consumer.seek(partition, offset)
