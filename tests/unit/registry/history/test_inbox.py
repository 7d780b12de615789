"""Batches in order and within bounds; offsets are told only behind what was handled."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition

from connector_registry.history.recording.inbox import BATCH_BYTES, Inbox
from tests.unit.registry.history.builders import Record

HERE = TopicPartition("connector.result", 0)


class Log:
    """What an inbox has done, in order; `gate` holds up what it handles."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, Any]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()

    async def handle(self, records: Sequence[Record]) -> None:
        self.begun.set()
        await self.gate.wait()
        self.steps.append(("handled", [record.offset for record in records]))

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.steps.append(("committed", dict(offsets)))

    async def done(self, batches: int) -> None:
        while len(self.steps) < 2 * batches:
            await asyncio.sleep(0)


def records(count: int, size: int = 1, first: int = 0) -> list[Record]:
    return [Record(b"x" * size, first + number) for number in range(count)]


async def until_closed(inbox: Inbox, log: Log, batches: int) -> None:
    """Run until so many batches are committed."""
    task = asyncio.create_task(inbox.run())
    await log.done(batches)
    inbox.close()
    await task


async def test_offsets_are_committed_behind_each_batch_after_it_is_handled() -> None:
    log = Log()
    inbox = Inbox(1, log.handle, log.commit, most=2)
    inbox.add(records(3))
    await until_closed(inbox, log, batches=2)
    assert log.steps == [
        ("handled", [0, 1]),
        ("committed", {HERE: 2}),
        ("handled", [2]),
        ("committed", {HERE: 3}),
    ]


async def test_what_is_closed_finishes_its_batch_and_begins_no_other() -> None:
    log = Log()
    log.gate.clear()
    inbox = Inbox(1, log.handle, log.commit, most=1)
    inbox.add(records(2))
    task = asyncio.create_task(inbox.run())
    await log.begun.wait()
    inbox.close()
    log.gate.set()
    await task
    assert log.steps == [("handled", [0]), ("committed", {HERE: 1})]


async def test_what_comes_soon_after_a_batch_is_gathered_until_half_of_one_is_there() -> None:
    log = Log()
    inbox = Inbox(1, log.handle, log.commit, most=4, gather_seconds=3600)
    inbox.add(records(1))
    task = asyncio.create_task(inbox.run())
    await asyncio.wait_for(log.done(1), 5)
    inbox.add(records(1, first=1))
    inbox.add(records(1, first=2))
    await asyncio.wait_for(log.done(2), 5)
    inbox.add(records(1, first=3))
    inbox.close()
    await task
    assert [offsets for step, offsets in log.steps if step == "handled"] == [[0], [1, 2]]


async def test_partitions_are_full_by_records_and_by_bytes_and_have_room_again() -> None:
    log = Log()
    inbox = Inbox(1, log.handle, log.commit, most=10)
    inbox.add(records(20))
    assert inbox.is_full(HERE)
    assert not inbox.is_full(TopicPartition("connector.result", 1))
    await until_closed(inbox, log, batches=2)
    assert inbox.has_room(HERE)
    inbox = Inbox(1, log.handle, log.commit, most=10)
    inbox.add(records(5, size=BATCH_BYTES))
    assert inbox.is_full(TopicPartition("connector.result", 1))


async def test_a_batch_of_large_records_is_short() -> None:
    log = Log()
    inbox = Inbox(1, log.handle, log.commit, most=10)
    inbox.add(records(3, size=BATCH_BYTES // 2))
    await until_closed(inbox, log, batches=2)
    assert [len(step[1]) for step in log.steps if step[0] == "handled"] == [2, 1]
