"""Sends outbox rows to Kafka; connects when there is need, and anew after any failure."""

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from connector_registry.connectors.connector import OutboxRow
from connectors_shared.runtime.kafka import producer

REQUEST_TIMEOUT_MS = 10_000
SEND_TIMEOUT_SECONDS = 45.0
CLOSE_TIMEOUT_SECONDS = 5.0
PING_TIMEOUT_SECONDS = 3.0


class KafkaSender:
    """Idempotent, so a batch keeps its order; after a failure the producer is replaced."""

    def __init__(self, bootstrap_servers: str, topic: str, client_id: str = "connectors-registry") -> None:
        self._bootstrap_servers = bootstrap_servers
        self._topic = topic
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None

    async def connect(self) -> None:
        """Find the brokers and the topic, unless that is done; raises KafkaError or TimeoutError."""
        if self._producer is not None:
            return
        fresh = producer(self._bootstrap_servers, self._client_id, request_timeout_ms=REQUEST_TIMEOUT_MS)
        try:
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await fresh.start()
                await fresh.partitions_for(self._topic)
        except BaseException:
            await _stop(fresh)
            raise
        self._producer = fresh

    async def __call__(self, rows: list[OutboxRow]) -> None:
        """Returns when every row is acknowledged; otherwise raises, and any of them may have been sent."""
        await self.connect()
        assert self._producer is not None
        try:
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await _deliver(self._producer, rows)
        except BaseException:
            await self.close()
            raise

    async def ping(self) -> str | None:
        """None when a broker answers, else what is wrong."""
        if self._producer is None:
            return "not connected to Kafka yet"
        with suppress(TimeoutError):
            async with asyncio.timeout(PING_TIMEOUT_SECONDS):
                if await self._producer.client.force_metadata_update():
                    return None
        return "no Kafka broker answers"

    async def close(self) -> None:
        closing, self._producer = self._producer, None
        if closing is not None:
            await _stop(closing)


async def _deliver(connected: AIOKafkaProducer, rows: list[OutboxRow]) -> None:
    acknowledgements: list[asyncio.Future[object]] = []
    try:
        for row in rows:
            acknowledgements.append(  # noqa: PERF401  a send may fail in between
                await connected.send(row.topic, key=row.key.encode(), value=row.value)
            )
    finally:
        outcomes = await asyncio.gather(*acknowledgements, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def _stop(stopping: AIOKafkaProducer) -> None:
    with suppress(KafkaError, TimeoutError, OSError):
        async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
            await stopping.stop()
