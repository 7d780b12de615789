"""A producer that a broker refused something is replaced, and what it refused is known from then on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
)

from connectors_shared.contract.topics import ENVELOPE_BYTES, TOPICS
from connectors_shared.runtime import outgoing
from connectors_shared.runtime.kafka import BATCH_BYTES
from connectors_shared.runtime.outgoing import RecordProducer, record_bytes

LIMIT = 1_000_000


@dataclass
class Fake:
    """As aiokafka's after a refusal: everything later fails too. `refuses` decides by the record's bytes."""

    batch_bytes: int
    broker: "Broker"
    poisoned: bool = False
    stopped: bool = False

    async def start(self) -> None:
        self.broker.starting.set()
        await self.broker.connects.wait()
        if self.broker.outages:
            self.broker.outages -= 1
            raise KafkaConnectionError()

    async def stop(self) -> None:
        await self.broker.flushed.wait()
        self.stopped = True

    async def send(self, topic: str, *, value: bytes, key: bytes | None, headers: Any) -> "asyncio.Future[Any]":
        if self.stopped:
            raise ProducerClosed()
        if self.broker.raises:
            raise self.broker.raises.pop(0)
        loop = asyncio.get_running_loop()
        sent = loop.create_future()
        if self.poisoned:
            loop.call_soon(sent.set_exception, OutOfOrderSequenceNumber())
        elif max(record_bytes(value, key, headers), self.batch_bytes) > self.broker.most:
            self.poisoned = True
            loop.call_soon(sent.set_exception, MessageSizeTooLargeError())
        else:
            self.broker.taken.append(value)
            loop.call_soon(sent.set_result, None)
        return sent


@dataclass
class Broker:
    """`most`: the largest batch it takes; the fake fills each batch to its size."""

    most: int = 10**9
    outages: int = 0
    taken: list[bytes] = field(default_factory=list)
    raises: list[Exception] = field(default_factory=list)
    made: list[Fake] = field(default_factory=list)
    flushed: asyncio.Event = field(default_factory=asyncio.Event)
    starting: asyncio.Event = field(default_factory=asyncio.Event)
    connects: asyncio.Event = field(default_factory=asyncio.Event)

    def make(self, batch_bytes: int) -> Any:
        self.made.append(Fake(batch_bytes, self))
        return self.made[-1]


@pytest.fixture
def broker() -> Broker:
    broker = Broker()
    broker.flushed.set()
    broker.connects.set()
    return broker


@pytest.fixture
async def producer(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RecordProducer]:
    monkeypatch.setattr(outgoing, "PAUSE_SECONDS", 0.0)
    producer = RecordProducer(broker.make, {"t": LIMIT, "u": LIMIT})
    await producer.start()
    yield producer
    await producer.stop()
    assert broker.made[-1].stopped


async def until_taken(producer: RecordProducer, value: bytes, topic: str = "t") -> int:
    """Sends it until it is acknowledged; how often that took."""
    for attempt in range(1, 40):
        try:
            await producer.send_and_wait(topic, value, b"k")
        except KafkaError:
            if not producer.fits(topic, value, b"k"):
                raise
        else:
            return attempt
    raise AssertionError("never taken")


async def test_a_record_larger_than_its_topic_takes_never_leaves(producer: RecordProducer, broker: Broker) -> None:
    room = LIMIT - record_bytes(b"", b"k", [("h", b"v")]) - 2  # the length of a value takes up to two bytes more
    await producer.send_and_wait("t", b"x" * room, b"k", [("h", b"v")])
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send("t", b"x" * (room + 1), b"k", [("h", b"v")])
    assert not producer.fits("t", b"x" * room, b"k" * 100)
    assert (len(broker.taken), len(broker.made)) == (1, 1)


async def test_after_a_refusal_others_are_taken_by_a_new_producer(producer: RecordProducer, broker: Broker) -> None:
    broker.most = 500_000
    large = b"x" * 600_000
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait("t", large, b"k")
    assert not producer.fits("t", large, b"k"), "what was refused is not sent again"
    assert producer.fits("u", large, b"k")
    assert await until_taken(producer, b"small") == 1
    assert [fake.stopped for fake in broker.made] == [True, False]


async def test_a_refusal_in_company_makes_batches_smaller_until_all_is_taken(
    producer: RecordProducer, broker: Broker
) -> None:
    broker.most = 2_500
    await until_taken(producer, b"x" * 1_000)
    assert broker.taken == [b"x" * 1_000]
    assert broker.made[-1].batch_bytes == BATCH_BYTES // 128


async def test_batches_of_one_tell_which_record_is_refused(producer: RecordProducer, broker: Broker) -> None:
    broker.most = 100
    with pytest.raises(MessageSizeTooLargeError):
        await until_taken(producer, b"x" * 1_000)
    assert not producer.fits("t", b"x" * 1_000, b"k")


async def test_nothing_overtakes_what_the_old_producer_still_has(producer: RecordProducer, broker: Broker) -> None:
    broker.most = 500_000
    broker.flushed.clear()
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait("t", b"x" * 600_000, b"k")
    waiting = asyncio.create_task(producer.send_and_wait("t", b"later", b"k"))
    await asyncio.sleep(0)
    assert len(broker.made) == 1
    broker.flushed.set()
    await asyncio.wait_for(waiting, 5)
    assert broker.taken == [b"later"]


async def test_a_new_producer_that_finds_no_broker_tries_again(producer: RecordProducer, broker: Broker) -> None:
    broker.most, broker.outages = 500_000, 3
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait("t", b"x" * 600_000, b"k")
    assert await until_taken(producer, b"small") == 1
    assert len(broker.made) == 5


@pytest.mark.parametrize("error", [KafkaTimeoutError(), MessageSizeTooLargeError(), KafkaConnectionError()])
async def test_what_never_left_does_not_cost_the_producer(
    producer: RecordProducer, broker: Broker, error: KafkaError
) -> None:
    broker.raises = [error]
    with pytest.raises(type(error)):
        await producer.send("t", b"x", b"k")
    await producer.send_and_wait("t", b"y", b"k")
    assert len(broker.made) == 1


async def test_a_producer_whose_task_has_died_is_replaced(producer: RecordProducer, broker: Broker) -> None:
    broker.raises = [KafkaError("Unexpected error during batch delivery")]
    with pytest.raises(KafkaError):
        await producer.send("t", b"x", b"k")
    await producer.send_and_wait("t", b"y", b"k")
    assert len(broker.made) == 2


async def test_a_producer_that_is_stopped_says_so(broker: Broker) -> None:
    producer = RecordProducer(broker.make, {"t": LIMIT})
    await producer.start()
    await producer.stop()
    with pytest.raises(ProducerClosed):
        await producer.send("t", b"x", b"k")


async def test_a_stop_does_not_wait_for_a_replacement(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "PAUSE_SECONDS", 3600.0)
    producer = RecordProducer(broker.make, {"t": LIMIT})
    producer._replaced_at = asyncio.get_running_loop().time()
    await producer.start()
    broker.most = 1
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait("t", b"x" * 600_000, b"k")
    await asyncio.wait_for(producer.stop(), 5)


async def test_a_stop_leaves_no_replacement_behind_that_is_starting(broker: Broker) -> None:
    producer = RecordProducer(broker.make, {"t": LIMIT})
    await producer.start()
    broker.most = 1
    broker.starting.clear()
    broker.connects.clear()
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait("t", b"x" * 600_000, b"k")
    await broker.starting.wait()
    stopping = asyncio.create_task(producer.stop())
    await asyncio.sleep(0)
    broker.connects.set()
    await stopping
    assert [fake.stopped for fake in broker.made] == [True, True]


def test_every_topic_tells_the_broker_its_limit_and_answers_have_room_for_a_question() -> None:
    for topic in TOPICS:
        assert int(topic.broker_config()["max.message.bytes"]) == topic.largest + ENVELOPE_BYTES
