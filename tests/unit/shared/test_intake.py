"""A batch arrives as it came, whatever its bytes are."""

from typing import Any

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaBroker, TestKafkaBroker

from connectors_shared.runtime.intake import Records, raw_batches

TOPIC = "connector.execute"
HEADERS: list[Any] = [("traceparent", b"\xff\xfe not utf-8"), ("empty", b""), ("null", None)]


def a_record(offset: int, value: bytes | None, headers: list[Any] | None = None) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord(
        topic=TOPIC,
        partition=0,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=b"\xff",
        value=value,
        checksum=None,
        serialized_key_size=1,
        serialized_value_size=len(value or b""),
        headers=tuple(headers or ()),
    )


async def received(batch: Records) -> list[Records]:
    """What the handler of a subscriber, as the services make it, is given of a polled batch."""
    broker = KafkaBroker()
    given: list[Records] = []
    subscriber = raw_batches(broker, TOPIC, group_id="g", instance_id=None, listener=None, most=10)

    @subscriber  # type: ignore[untyped-decorator]
    async def keep(records: Any) -> None:
        given.append(records)

    async with TestKafkaBroker(broker):
        await subscriber.process_message(batch)
    return given


async def test_a_batch_with_a_header_that_is_not_utf_8_still_arrives_whole() -> None:
    batch = (a_record(1, b"{}"), a_record(2, b"{}", HEADERS), a_record(4, b"{}"))
    (given,) = await received(batch)
    assert [record.offset for record in given] == [1, 2, 4]
    assert given[1].headers == tuple(HEADERS)


async def test_values_arrive_as_the_bytes_they_are() -> None:
    values = [b"\xff not json", b"", None, b'{"a": 1}']
    (given,) = await received(tuple(a_record(offset, value) for offset, value in enumerate(values)))
    assert [record.value for record in given] == values
