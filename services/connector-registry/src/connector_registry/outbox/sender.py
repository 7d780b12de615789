"""Sends outbox rows to Kafka under a transactional id of all replicas: only the last that took over can send."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiokafka.errors import KafkaError, MessageSizeTooLargeError, ProducerFenced, RecordListTooLargeError

from connector_registry.outbox.port import FencedError, OutboxRow, TooLargeError
from connector_registry.outbox.transactions import TransactionalProducer
from connectors_shared.runtime.kafka import producer_settings
from connectors_shared.runtime.logging import get_logger

REQUEST_TIMEOUT_MS = 10_000
TRANSACTION_TIMEOUT_MS = 15_000
"""After which the brokers abort what a sender that is gone has left open: until then readers see nothing behind it."""
PATIENCE_SECONDS = 20.0
"""With Kafka, for each step."""
CLOSE_TIMEOUT_SECONDS = 5.0
PING_TIMEOUT_SECONDS = 3.0

log = get_logger(__name__)


class KafkaSender:
    """After any failure the producer is given up, and the next one takes over: what the former may still have sent
    is part of no transaction that will be committed. `transactional_id` is the same for all replicas of one registry,
    and nobody else's.
    """

    def __init__(
        self, bootstrap_servers: str, topic: str, transactional_id: str, client_id: str = "connectors-registry"
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._topic = topic
        self._transactional_id = transactional_id
        self._client_id = client_id
        self._producer: TransactionalProducer | None = None
        self._leads = False

    async def connect(self) -> None:
        """Find the brokers and the topic, unless that is done; raises KafkaError or TimeoutError."""
        if self._producer is not None:
            return
        fresh = self._fresh()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await fresh.connect(self._topic)
        except BaseException:
            await fresh.abandon()
            raise
        self._producer = fresh

    async def take_over(self) -> None:
        """Raises KafkaError or TimeoutError."""
        if self._leads:
            await self.close()
        await self.connect()
        assert self._producer is not None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._producer.take_over()
        except BaseException:
            await self._abandon()
            raise
        self._leads = True
        log.info("outbox.taken_over", transactional_id=self._transactional_id)

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        """Raises FencedError, TooLargeError, KafkaError or TimeoutError."""
        if self._producer is None or not self._leads:
            raise FencedError("this replica has not taken over")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._producer.commit(rows)
        except ProducerFenced as error:
            await self._abandon()
            raise FencedError("another replica has taken over, or the transaction took too long") from error
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            await self._abandon()
            raise TooLargeError(rows) from error
        except BaseException:
            await self._abandon()
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
        closing, self._producer, self._leads = self._producer, None, False
        if closing is None:
            return
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                await closing.stop()
        except (KafkaError, TimeoutError, OSError):
            await closing.abandon()

    async def _abandon(self) -> None:
        abandoned, self._producer, self._leads = self._producer, None, False
        if abandoned is not None:
            await abandoned.abandon()

    def _fresh(self) -> TransactionalProducer:
        settings = producer_settings(
            self._bootstrap_servers,
            self._client_id,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            transactional_id=self._transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        )
        return TransactionalProducer(**settings)
