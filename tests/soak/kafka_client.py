"""The ledger's own view of Kafka, through another client library than the services use."""

import time
from collections.abc import Callable, Iterable

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from connectors_shared.contract.topics import Topic
from tests.soak.history import Message as Seen
from tests.soak.history import Place, Position

READ_AT_ONCE = 500
ASK_SECONDS = 10.0
ANY_PARTITION = -1
"""The client chooses by the key."""


class Publisher:
    """Publishes without waiting; `serve` it often. What Kafka does not take while it is away goes when it is back."""

    def __init__(self, servers: str) -> None:
        self.waiting = 0
        self._producer = Producer(
            {
                "bootstrap.servers": servers,
                "enable.idempotence": True,
                "message.timeout.ms": 0,
                "linger.ms": 5,
                "reconnect.backoff.max.ms": 1000,
                "log_level": 2,
            }
        )

    def publish(
        self,
        topic: str,
        key: bytes,
        value: bytes,
        on_place: Callable[[Place], None],
        partition: int = ANY_PARTITION,
    ) -> None:
        """`on_place` is told where it is, from within `serve`."""

        def delivered(error: KafkaError | None, message: Message) -> None:
            self.waiting -= 1
            if error is not None:
                raise KafkaException(error)
            on_place((message.partition() or 0, message.offset() or 0))

        self.waiting += 1
        self._producer.produce(topic, value=value, key=key, partition=partition, on_delivery=delivered)

    def serve(self) -> None:
        self._producer.poll(0)

    def close(self) -> None:
        self._producer.purge()


class Follower:
    """Reads topics from their beginning, everything once."""

    def __init__(self, servers: str, topics: Iterable[tuple[str, Topic]]) -> None:
        self._consumer = _consumer(servers, "soak-follower")
        self._consumer.assign([TopicPartition(name, n, 0) for name, topic in topics for n in range(topic.partitions)])

    def read(self) -> list[Seen]:
        """What has come since; does not wait."""
        now = time.monotonic()
        return [
            Seen(m.topic() or "", m.partition() or 0, m.offset() or 0, now, m.value() or b"", _headers(m))
            for m in self._consumer.consume(READ_AT_ONCE, 0)
            if m.error() is None
        ]

    def close(self) -> None:
        self._consumer.close()


class Groups:
    """Where a consumer group is. Its calls wait for Kafka; raises KafkaException while it is away."""

    def __init__(self, servers: str, group: str, topic: str, partitions: int) -> None:
        self.group = group
        self._consumer = _consumer(servers, group)
        self._partitions = [TopicPartition(topic, number) for number in range(partitions)]

    def positions(self) -> list[Position]:
        committed = self._consumer.committed(self._partitions, timeout=ASK_SECONDS)
        return [Position(self.group, place.partition, max(0, place.offset), self._end(place)) for place in committed]

    def _end(self, place: TopicPartition) -> int:
        _, end = self._consumer.get_watermark_offsets(place, timeout=ASK_SECONDS, cached=False)
        return int(end)

    def close(self) -> None:
        self._consumer.close()


def _consumer(servers: str, group: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "reconnect.backoff.max.ms": 1000,
            "log_level": 2,
        }
    )


def _headers(message: Message) -> dict[str, bytes]:
    found = message.headers() or []
    pairs = found.items() if isinstance(found, dict) else found
    return {name: value if isinstance(value, bytes) else str(value).encode() for name, value in pairs}
