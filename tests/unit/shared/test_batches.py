"""Records in batches: in their order, those that came meanwhile together, each with a place or an end of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError, MessageSizeTooLargeError

from connectors_shared.runtime.batches import FEW, Batches
from connectors_shared.runtime.outgoing import Outgoing, RecordProducer
from connectors_shared.runtime.supervision import Supervisor

MOST_AT_ONCE = 6
TOO_LARGE = b"x" * 1_000


@dataclass(frozen=True)
class Sent:
    partition: int
    offset: int


@dataclass
class Broker:
    """Stands for the producer: one partition, batches of `MOST_AT_ONCE`, of which each waits until it is let out."""

    log: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    raises: list[Exception] = field(default_factory=list)
    refuses: list[Exception] = field(default_factory=list)
    unknown: list[Exception] = field(default_factory=list)
    room: asyncio.Event = field(default_factory=asyncio.Event)

    async def partitions_of(self, _topic: str) -> int:
        if self.unknown:
            raise self.unknown.pop()
        return 1

    def fits(self, _topic: str, value: bytes, _key: bytes, _headers: Any) -> bool:
        return value != TOO_LARGE

    async def send(self, topic: str, *, value: bytes, key: bytes, headers: Any) -> "asyncio.Future[Sent]":
        if not self.fits(topic, value, key, headers):
            raise MessageSizeTooLargeError()
        return self._take([value])

    async def send_batch(
        self, _topic: str, partition: int, records: Iterable[Outgoing]
    ) -> tuple[int, "asyncio.Future[Sent]"]:
        assert partition == 0
        await self.room.wait()
        if self.raises:
            raise self.raises.pop(0)
        values = [record.value for record in list(records)[:MOST_AT_ONCE]]
        return len(values), self._take(values)

    def _take(self, values: list[bytes]) -> "asyncio.Future[Sent]":
        sent: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        self.sizes.append(len(values))
        if self.refuses:
            sent.set_exception(self.refuses.pop(0))
        else:
            sent.set_result(Sent(0, len(self.log)))
            self.log += values
        return sent


@dataclass
class Bench:
    broker: Broker
    batches: Batches
    offsets: dict[bytes, int] = field(default_factory=dict)
    failures: dict[bytes, str] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def told(self, about: bytes, partition: int, offset: int) -> None:
        assert partition == 0
        self.offsets[about] = offset
        self.changed.set()

    def failed(self, about: bytes, error: BaseException | None) -> None:
        self.failures[about] = type(error).__name__
        self.changed.set()

    async def send(self, *values: bytes) -> None:
        await self.batches.send([Outgoing(value, b"k", [], value) for value in values])

    async def ended(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.offsets) + len(self.failures) < count:
                self.changed.clear()
                await self.changed.wait()


def numbered(first: int, count: int) -> list[bytes]:
    return [b"%d" % number for number in range(first, first + count)]


@pytest.fixture
async def faults() -> list[str]:
    return []


@pytest.fixture
async def bench(faults: list[str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.001)
    broker, supervisor = Broker(), Supervisor(lambda: faults.append("a fault"))
    broker.room.set()
    stand_in = cast(RecordProducer, broker)
    bench = Bench(broker, cast(Batches, None))
    bench.batches = Batches(
        stand_in, "t", lambda *told: bench.told(*told), lambda *failed: bench.failed(*failed), supervisor
    )
    yield bench
    await supervisor.close()


async def test_each_is_told_its_own_place(bench: Bench) -> None:
    values = numbered(0, 10)
    await bench.send(*values)
    await bench.ended(10)
    assert bench.broker.sizes == [6, 4]
    assert bench.offsets == {value: place for place, value in enumerate(bench.broker.log)}
    assert bench.broker.log == values


async def test_what_comes_while_a_batch_is_under_way_goes_together_after_it(bench: Bench) -> None:
    bench.broker.room.clear()
    await bench.send(*numbered(0, FEW))
    await bench.send(*numbered(FEW, 1))
    await bench.send(*numbered(FEW + 1, 1))
    bench.broker.room.set()
    await bench.ended(FEW + 2)
    assert bench.broker.log == numbered(0, FEW + 2)
    assert max(bench.broker.sizes) == FEW + 2


async def test_few_go_one_by_one(bench: Bench) -> None:
    await bench.send(*numbered(0, FEW - 1))
    await bench.ended(FEW - 1)
    assert (bench.broker.sizes, bench.broker.log) == ([1] * (FEW - 1), numbered(0, FEW - 1))


@pytest.mark.parametrize("others", [0, FEW])
async def test_one_that_is_too_large_fails_by_itself(bench: Bench, others: int) -> None:
    await bench.send(TOO_LARGE, *numbered(0, others))
    await bench.ended(1 + others)
    assert bench.failures == {TOO_LARGE: "MessageSizeTooLargeError"}
    assert bench.broker.log == numbered(0, others)


async def test_what_a_broker_refuses_has_failed_and_the_next_ones_go(bench: Bench) -> None:
    bench.broker.refuses = [KafkaTimeoutError()]
    await bench.send(*numbered(0, FEW))
    await bench.ended(FEW)
    assert bench.failures == dict.fromkeys(numbered(0, FEW), "KafkaTimeoutError")
    await bench.send(*numbered(FEW, FEW))
    await bench.ended(2 * FEW)
    assert list(bench.offsets) == numbered(FEW, FEW)


async def test_while_kafka_is_away_all_wait_in_their_order(bench: Bench) -> None:
    bench.broker.unknown = [KafkaConnectionError()]
    bench.broker.raises = [KafkaTimeoutError(), KafkaConnectionError()]
    await bench.send(*numbered(0, FEW))
    await bench.send(*numbered(FEW, 1))
    await bench.ended(FEW + 1)
    assert (bench.broker.log, bench.failures) == (numbered(0, FEW + 1), {})


async def test_a_fault_of_ours_with_one_is_the_end_of_that_one(bench: Bench) -> None:
    bench.broker.raises = [TypeError()]
    await bench.send(*numbered(0, FEW))
    await bench.ended(FEW)
    assert bench.failures == {b"0": "TypeError"}
    assert bench.broker.log == numbered(1, FEW - 1)


async def test_a_fault_of_whoever_is_told_ends_the_process(
    bench: Bench, faults: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_told: Any) -> None:
        bench.changed.set()
        raise ValueError("a bug")

    monkeypatch.setattr(bench, "told", fault)
    await bench.send(*numbered(0, FEW))
    async with asyncio.timeout(5):
        await bench.changed.wait()
    assert faults == ["a fault"]
