"""Nothing of an assignment before its listener has ended, nothing of an earlier one, no error swallowed."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from connectors_shared.runtime.intake import Records
from connectors_shared.runtime.subscription import Gate, GatedConsumer, GroupListener

PARTITION = TopicPartition("connector.execute", 0)


class Assignment:
    """Stands for aiokafka's, which knows whether another has followed it."""

    active = True


class Polled(GatedConsumer):
    """Polls what it is given, under the assignment that it is given."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._fault = self.faults_append
        self.faults: list[BaseException] = []
        self.polled_epoch = 0
        self.present = Assignment()
        self.joining = asyncio.get_running_loop().create_future()
        self._subscription = self
        self.subscription = self
        self._coordinator = self
        self._coordination_task = self.joining
        self._closed = True

    @property
    def assignment(self) -> Assignment:
        return self.present

    def faults_append(self, error: BaseException) -> None:
        self.faults.append(error)


@pytest.fixture
def polls(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[Any]:
    """What the next polls give or raise."""
    given: asyncio.Queue[Any] = asyncio.Queue()

    async def getmany(_self: object, *_partitions: TopicPartition, **_kwargs: Any) -> Any:
        found = given.get_nowait()
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", getmany)
    return given


async def test_a_batch_waits_until_its_assignment_is_known(polls: asyncio.Queue[Any]) -> None:
    gate = Gate()
    consumer = Polled(gate)
    polls.put_nowait({PARTITION: ["record"]})
    epoch = gate.begin()
    polling = asyncio.create_task(consumer.getmany())
    await asyncio.sleep(0)
    assert not polling.done()
    gate.open()
    assert await polling == {PARTITION: ["record"]}
    assert consumer.polled_epoch == epoch


async def test_a_batch_whose_assignment_ends_while_it_waits_is_dropped(polls: asyncio.Queue[Any]) -> None:
    gate = Gate()
    consumer = Polled(gate)
    polls.put_nowait({PARTITION: ["record"]})
    gate.begin()
    polling = asyncio.create_task(consumer.getmany())
    await asyncio.sleep(0)
    consumer.present.active = False
    gate.begin()
    gate.open()
    assert await polling == {}


async def test_a_member_that_could_never_join_again_is_a_fault_and_a_passing_error_is_not(
    polls: asyncio.Queue[Any],
) -> None:
    consumer = Polled(Gate())
    polls.put_nowait(KafkaError("passing"))
    with pytest.raises(KafkaError):
        await consumer.getmany()
    assert not consumer.faults
    consumer.joining.set_result(None)
    polls.put_nowait(dead := KafkaError("the coordination has ended"))
    with pytest.raises(KafkaError):
        await consumer.getmany()
    assert consumer.faults == [dead]


async def test_what_was_fetched_before_a_pause_is_given_out_when_that_ends(polls: asyncio.Queue[Any]) -> None:
    consumer, poll = Polled(Gate()), asyncio.get_running_loop().create_future()
    fetcher = SimpleNamespace(_fetch_waiters={poll}, _notify=lambda waiter: waiter.set_result(None))
    resumed: list[TopicPartition] = []
    consumer.__dict__["_fetcher"] = fetcher
    consumer._subscription = SimpleNamespace(resume=resumed.append)
    consumer.resume()
    assert not poll.done()
    consumer.resume(PARTITION)
    assert poll.done()
    assert resumed == [PARTITION]


class Broken:
    """A member that fails at whatever it is told."""

    async def assigned(self, partitions: set[TopicPartition], epoch: int) -> None:
        raise RuntimeError("assigned")

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        raise RuntimeError("revoked")

    async def take(self, records: Records, epoch: int) -> None:
        raise RuntimeError("take")


async def test_a_callback_that_fails_is_a_fault_and_opens_nothing() -> None:
    gate, faults = Gate(), list[BaseException]()
    listener = GroupListener(Broken(), gate, faults.append)
    with pytest.raises(RuntimeError):
        await listener.on_partitions_assigned({PARTITION})
    with pytest.raises(RuntimeError):
        await listener.on_partitions_revoked({PARTITION})
    assert [str(error) for error in faults] == ["assigned", "revoked"]
    assert gate.closed_seconds > 0
