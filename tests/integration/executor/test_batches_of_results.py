"""Records in batches through a real broker: each is where it is said to be, and those of one key are in their order."""

import asyncio
from collections import defaultdict

from aiokafka import TopicPartition

from connectors_local.topics import create_topics
from connectors_shared.contract.topics import RESULT
from connectors_shared.runtime.batches import Batches
from connectors_shared.runtime.kafka import partitions_of, reader
from connectors_shared.runtime.outgoing import Outgoing, record_producer
from connectors_shared.runtime.supervision import Supervisor
from tests.topic_limits import limit_records

KEYS = [b"contact-%d" % number for number in range(9)]
AT_ONCE = (1, 200, 2, 60, 5, 300)
Place = tuple[int, int]


class Told:
    """Where each record is said to be, by its number, and which are said to have failed."""

    def __init__(self, count: int) -> None:
        self.places: dict[int, Place] = {}
        self.failed: dict[int, BaseException | None] = {}
        self.all = asyncio.Event()
        self._count = count

    def told(self, number: int, partition: int, offset: int) -> None:
        self.places[number] = (partition, offset)
        self._look()

    def fail(self, number: int, error: BaseException | None) -> None:
        self.failed[number] = error
        self._look()

    def _look(self) -> None:
        if len(self.places) + len(self.failed) == self._count:
            self.all.set()


def a_record(number: int, size: int = 400) -> Outgoing:
    return Outgoing(b"%d " % number + b"x" * size, KEYS[number % len(KEYS)], [], number)


async def read(servers: str, topic: str, count: int) -> dict[Place, tuple[bytes, int]]:
    """Key and number of each record."""
    consumer = reader(servers, "test")
    await consumer.start()
    try:
        partitions: list[TopicPartition] = await partitions_of(consumer, topic)
        consumer.assign(partitions)
        found: dict[Place, tuple[bytes, int]] = {}
        async with asyncio.timeout(30):
            while len(found) < count:
                record = await consumer.getone()
                found[record.partition, record.offset] = (record.key, int(record.value.split()[0]))
        return found
    finally:
        await consumer.stop()


async def test_each_record_is_where_it_is_said_to_be_and_keys_keep_their_order(
    kafka_servers: str, topic_prefix: str
) -> None:
    await create_topics(kafka_servers, prefix=topic_prefix)
    topic, supervisor = topic_prefix + RESULT.name, Supervisor()
    told = Told(sum(AT_ONCE))
    producer = record_producer(kafka_servers, "test", topic_prefix)
    await producer.start()
    batches = Batches(producer, topic, told.told, told.fail, supervisor)
    numbers = iter(range(sum(AT_ONCE)))
    for count in AT_ONCE:
        await batches.send([a_record(next(numbers)) for _ in range(count)])
    async with asyncio.timeout(30):
        await told.all.wait()
    await producer.stop()
    assert not told.failed
    found = await read(kafka_servers, topic, sum(AT_ONCE))
    assert {place: number for place, (_, number) in found.items()} == {
        place: number for number, place in told.places.items()
    }
    by_key: dict[bytes, list[int]] = defaultdict(list)
    for _, (key, number) in sorted(found.items()):
        by_key[key].append(number)
    assert all(numbers == sorted(numbers) for numbers in by_key.values())
    assert len(by_key) == len(KEYS)


async def test_a_broker_that_takes_less_refuses_a_batch_and_takes_what_is_sent_again(
    kafka_servers: str, topic_prefix: str
) -> None:
    await create_topics(kafka_servers, prefix=topic_prefix)
    topic, supervisor = topic_prefix + RESULT.name, Supervisor()
    await limit_records(kafka_servers, topic, 3_000)
    producer = record_producer(kafka_servers, "test", topic_prefix)
    await producer.start()
    left = {number: a_record(number, 1_000) for number in range(90)}
    while left:
        told = Told(len(left))
        await Batches(producer, topic, told.told, told.fail, supervisor).send(left.values())
        async with asyncio.timeout(30):
            await told.all.wait()
        left = {number: record for number, record in left.items() if number in told.failed}
    await producer.stop()
    assert len(await read(kafka_servers, topic, 90)) == 90
