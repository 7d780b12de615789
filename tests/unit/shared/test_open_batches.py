"""A record that goes into its batch at once ends where the library would have put it, in its order."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerClosed
from aiokafka.structs import PartitionMetadata

from connectors_shared.runtime.kafka import Producer, producer
from connectors_shared.runtime.open_batches import MOST_BYTES

TOPIC = "t"
KEYS = [f"contact-{number}".encode() for number in range(60)]


def know(client: AIOKafkaProducer, partitions: int) -> None:
    """As if the brokers had answered; each answer is made anew."""
    client.client.cluster._partitions = {
        TOPIC: {number: PartitionMetadata(TOPIC, number, 0, [0], [0], None) for number in range(partitions)}
    }


@pytest.fixture
async def records() -> AsyncIterator[Producer]:
    """Not connected: nothing is drained unless a test does it."""
    open_ = producer("127.0.0.1:1", "test", max_batch_size=4_096)
    know(open_, 6)
    yield open_
    open_._closed = True
    await open_.client.close()


def waiting(client: AIOKafkaProducer) -> Counter[TopicPartition]:
    batches = client._message_accumulator._batches
    return Counter({partition: sum(batch.record_count for batch in found) for partition, found in batches.items()})


def drain(client: AIOKafkaProducer, base: int = 0) -> None:
    """As its sender does, with a broker that takes everything."""
    for batches in client._message_accumulator._batches.values():
        while batches:
            batch = batches.popleft()
            batch.drain_ready()
            batch.get_data_buffer()
            batch.done(base, 1, 0)


async def test_each_key_goes_to_the_partition_of_the_library(records: Producer) -> None:
    theirs = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1")
    know(theirs, 6)
    for key in KEYS:
        await records.send(TOPIC, b"v", key)
        await theirs.send(TOPIC, b"v", key)
    assert waiting(records) == waiting(theirs)
    assert len(waiting(records)) == 6
    theirs._closed = True
    await theirs.client.close()


async def test_partitions_that_were_added_are_used_from_the_next_record_on(records: Producer) -> None:
    await records.send(TOPIC, b"v", KEYS[0])
    know(records, 50)
    for key in KEYS:
        await records.send(TOPIC, b"v", key)
    assert max(partition.partition for partition in waiting(records)) > 6


async def test_records_of_a_key_stay_in_order_and_each_is_told_its_offset(records: Producer) -> None:
    sent = [await records.send(TOPIC, b"%d" % number, b"k", headers=[("h", b"v")]) for number in range(5)]
    drain(records, base=100)
    assert [future.result().offset for future in sent] == [100, 101, 102, 103, 104]


async def test_a_full_batch_is_waited_for(records: Producer) -> None:
    first = await records.send(TOPIC, b"v" * 3_000, b"k")
    waits = asyncio.create_task(records.send(TOPIC, b"v" * 3_000, b"k"))
    await asyncio.sleep(0)
    assert not waits.done()
    drain(records)
    second = await waits
    assert first.done()
    drain(records)
    assert second.done()


@pytest.mark.parametrize("record", [{"value": b"v" * (MOST_BYTES + 1)}, {"headers": [("h", b"v" * MOST_BYTES)]}])
async def test_what_is_large_is_for_the_library_to_judge(
    records: Producer, monkeypatch: pytest.MonkeyPatch, record: dict[str, Any]
) -> None:
    judged: list[object] = []
    monkeypatch.setattr(records, "_serialize", lambda *parts: judged.append(parts) or parts[:2])
    await records.send(TOPIC, key=b"k", **({"value": b"v"} | record))
    assert judged


async def test_nothing_is_added_to_a_producer_that_is_closed(records: Producer) -> None:
    await records._message_accumulator.close()
    with pytest.raises(ProducerClosed):
        await records.send(TOPIC, b"v", b"k")
    assert not waiting(records)
