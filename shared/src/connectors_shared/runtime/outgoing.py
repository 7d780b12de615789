"""Records out, acknowledged and in order, through a producer that survives what a broker refuses.

aiokafka's idempotent producer counts a record when it sends it. After one that the broker did not take, every later
one of that partition is out of sequence, for ever: such a producer is replaced. And so that this is rare, nothing
leaves that is larger than its topic takes; where a broker takes less than the table of topics says, that is learned.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    ProducerClosed,
    RecordListTooLargeError,
)
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from connectors_shared.contract.dead import Header
from connectors_shared.contract.topics import TOPICS
from connectors_shared.runtime.kafka import BATCH_BYTES, producer
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.persist import persist

log = get_logger(__name__)
PAUSE_SECONDS = 1.0
"""At least this long from one replacement to the next."""
TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
NOTHING_LEFT = (*TOO_LARGE, KafkaTimeoutError)
"""Raised by the client before it took the record: the sequence is whole."""
Acknowledged = asyncio.Future[Any]
Make = Callable[[int], AIOKafkaProducer]
"""Makes a producer that is not started; the argument is the size of its batches in bytes."""


def record_bytes(value: bytes | None, key: bytes | None, headers: list[Header]) -> int:
    """What a record takes alone, batch overhead included; never less than what the broker counts."""
    return int(DefaultRecordBatchBuilder.estimate_size_in_bytes(key, value, headers))


def record_producer(servers: str, client_id: str, topic_prefix: str = "", **overrides: Any) -> "RecordProducer":
    """With the limits of the table of topics; `overrides`: of the settings of `kafka.producer`."""
    limits = {topic_prefix + topic.name: topic.record_bytes for topic in TOPICS}
    return RecordProducer(
        lambda batch_bytes: producer(servers, client_id, **overrides, max_batch_size=batch_bytes), limits
    )


class RecordProducer:
    """Of a whole process. `limits`: the bytes of the largest record that each topic takes."""

    def __init__(self, make: Make, limits: Mapping[str, int]) -> None:
        self._make = make
        self._limits = dict(limits)
        self._batch_bytes = BATCH_BYTES
        self._current = self._era()
        self._replacing: asyncio.Task[None] | None = None
        self._replaced_at = 0.0

    @property
    def client(self) -> Any:
        """The connections, for questions about the cluster."""
        return self._current.producer.client

    def fits(self, topic: str, value: bytes | None, key: bytes | None, headers: Iterable[Header] = ()) -> bool:
        """Whether the topic takes such a record, as far as is known; what a broker refused does not fit any more."""
        return record_bytes(value, key, list(headers)) <= self._limits[topic]

    async def start(self) -> None:
        await self._current.producer.start()

    async def stop(self) -> None:
        """Flush and close."""
        replacing, self._replacing = self._replacing, None
        if replacing is not None:
            replacing.cancel()
            await asyncio.wait([replacing])
        await self._current.producer.stop()

    async def send(
        self, topic: str, value: bytes | None = None, key: bytes | None = None, headers: Iterable[Header] = ()
    ) -> Acknowledged:
        """Enqueue a record; the future ends when the brokers have it.

        Raises MessageSizeTooLargeError for one that does not fit. An error of the future leaves two cases: the record
        does not fit any more, or it may be sent again.
        """
        headers = list(headers)
        size = record_bytes(value, key, headers)
        if size > self._limits[topic]:
            raise MessageSizeTooLargeError(f"the record has {size} bytes; {topic} takes {self._limits[topic]}")
        while True:
            if self._replacing is not None:
                await self._replaced()
            era = self._current
            try:
                sent: Acknowledged = await era.producer.send(topic, value=value, key=key, headers=headers)
            except NOTHING_LEFT:
                raise
            except ProducerClosed:
                if self._replacing is None and era is self._current:
                    raise
            except KafkaError as error:
                if not error.retriable:
                    self._failed(era, error, None)
                raise
            else:
                era.watch(sent, topic, size)
                return sent

    async def send_and_wait(
        self, topic: str, value: bytes | None = None, key: bytes | None = None, headers: Iterable[Header] = ()
    ) -> Any:
        return await (await self.send(topic, value, key, headers))

    async def _replaced(self) -> None:
        """Returns when no producer is being replaced; raises what made that fail."""
        while (replacing := self._replacing) is not None:
            await asyncio.wait([replacing])
            if not replacing.cancelled() and (error := replacing.exception()) is not None:
                raise error

    def _era(self) -> "_Era":
        return _Era(self._make(self._batch_bytes), self._batch_bytes, self._failed)

    def _failed(self, era: "_Era", error: BaseException, alone: tuple[str, int] | None) -> None:
        """A record of that era was not taken; `alone`: its topic and size, when it was the only one of its batch."""
        first = era is self._current and self._replacing is None
        if isinstance(error, TOO_LARGE) and alone is not None:
            self._learn(*alone)
        elif isinstance(error, TOO_LARGE) and first:
            # In smaller batches perhaps all of it fits, and at the end it is known which record does not.
            self._batch_bytes = max(1, self._batch_bytes // 2)
        if first:
            log.warning("producer.replacing", why=repr(error))
            self._replacing = asyncio.create_task(self._replace(era.producer))

    def _learn(self, topic: str, size: int) -> None:
        self._limits[topic] = min(self._limits[topic], size - 1)
        log.error("topic.limit_is_lower", topic=topic, refused_bytes=size)

    async def _replace(self, old: AIOKafkaProducer) -> None:
        """What the old one still has is flushed first, so that nothing overtakes it."""
        await _stopped(old)
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._replaced_at + PAUSE_SECONDS - loop.time()))
        self._replaced_at = loop.time()
        self._current = await persist("producer.replace", self._started)
        self._replacing = None

    async def _started(self) -> "_Era":
        fresh = self._era()
        try:
            await fresh.producer.start()
        except BaseException:
            await _stopped(fresh.producer)
            raise
        return fresh


async def _stopped(old: AIOKafkaProducer) -> None:
    try:
        await old.stop()
    except Exception as error:
        log.warning("producer.unstoppable", why=repr(error))


class _Era:
    """One producer, from its start to its first failure. What fails later fails because of that."""

    def __init__(
        self,
        producer: AIOKafkaProducer,
        batch_bytes: int,
        failed: "Callable[[_Era, BaseException, tuple[str, int] | None], None]",
    ) -> None:
        self.producer = producer
        self._batch_bytes = batch_bytes
        self._failed = failed
        self._large: dict[Acknowledged, tuple[str, int]] = {}

    def watch(self, sent: Acknowledged, topic: str, size: int) -> None:
        if size > self._batch_bytes:
            self._large[sent] = (topic, size)
        sent.add_done_callback(self._ended)

    def _ended(self, sent: Acknowledged) -> None:
        alone = self._large.pop(sent, None) if self._large else None
        if not sent.cancelled() and (error := sent.exception()) is not None:
            self._failed(self, error, alone)
