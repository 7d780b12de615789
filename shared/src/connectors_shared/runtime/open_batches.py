"""A record into the batch of its partition, where nothing has to be waited for, cheaper than by aiokafka's `send`.

That asks the cluster's metadata three times and is three coroutines deep, for each record. Here a topic's partitions
are looked up once, until the client has learned them anew.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition

from connectors_shared.runtime.partitioning import place_of

MOST_BYTES: Final = 64 * 1024
"""Of key, value and headers. What is larger goes the library's way, which compares it with what a request may have."""


class Places:
    """The partitions of a topic; `known` is what the client knew of them when they were looked up."""

    __slots__ = ("known", "partitions")

    def __init__(self, topic: str, known: Mapping[int, Any]) -> None:
        self.known = known
        self.partitions = [TopicPartition(topic, number) for number in set(known)]


class OpenBatches:
    """Of one producer that has no transactions and serializes nothing."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._cluster = producer.client.cluster
        self._accumulator = producer._message_accumulator
        self._future = self._accumulator._loop.create_future
        self._places: dict[str, Places] = {}

    def add(
        self, topic: str, value: bytes | None, key: bytes, headers: list[tuple[str, bytes | None]]
    ) -> "asyncio.Future[Any] | None":
        """What ends when the brokers have it; None, and nothing is done, when the library has to decide or to wait."""
        known, accumulator = self._cluster._partitions.get(topic), self._accumulator
        if not known or accumulator._closed or accumulator._exception is not None:
            return None
        size = len(key) + (len(value) if value else 0)
        if headers:
            size += sum([len(name) + len(text or b"") for name, text in headers])
        if size > MOST_BYTES:
            return None
        places = self._places.get(topic)
        if places is None or places.known is not known:
            places = self._places[topic] = Places(topic, known)
        partition = places.partitions[place_of(key, len(places.partitions))]
        batches = accumulator._batches.get(partition)
        batch = batches[-1] if batches else accumulator._append_batch(accumulator.create_builder(), partition)
        sent: asyncio.Future[Any] | None = batch.append(key, value, None, self._future, headers)
        return sent
