"""A record whose header's name is not UTF-8: Kafka takes it, and the client library raises at every poll."""

import asyncio

from aiokafka.record.util import calc_crc32c

from connectors_shared.contract.topics import EXECUTE
from connectors_shared.runtime.kafka import producer as open_producer
from tests.integration.executor.conftest import Bench, Upstream
from tests.integration.executor.test_poison import message

CHECKSUM = slice(17, 21)
CHECKED = slice(21, None)
NAME = b"name"
NOT_UTF8 = b"\xff\xfe\xfd\xfc"


async def send_with_bad_name(servers: str, topic: str, value: bytes) -> None:
    """The library encodes names itself, so the batch is changed after it is built."""
    producer = open_producer(servers, "test", enable_idempotence=False)
    await producer.start()
    batch = producer.create_batch()
    batch.append(key=b"k", value=value, timestamp=None, headers=[(NAME.decode(), b"")])
    built = bytearray(bytes(batch._build()).replace(NAME, NOT_UTF8))
    built[CHECKSUM] = calc_crc32c(built[CHECKED]).to_bytes(4, "big")
    batch._buffer = built
    await (await producer.send_batch(batch, topic, partition=0))
    await producer.stop()


async def test_a_header_whose_name_is_not_utf8_holds_up_nothing(bench: Bench, upstream: Upstream) -> None:
    connector = await bench.publish(upstream.url)
    topic = bench.settings.topic_prefix + EXECUTE.name
    await send_with_bad_name(bench.settings.kafka_bootstrap_servers, topic, message(connector))
    await bench.producer.send_and_wait(topic, message(connector), partition=0)
    await bench.start_executor()
    async with asyncio.timeout(10):
        assert (await bench.result()).success
        assert (await bench.result()).success
