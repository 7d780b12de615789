"""Loops: one pauses as its work says and wakes at once, one hands over what is added; a fault of ours ends both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from connectors_shared.runtime.loops import Collector, PollLoop, every

FAR = 3600.0


@asynccontextmanager
async def running(loop: "PollLoop | Collector[int]") -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(loop.run())
    async with asyncio.timeout(30):
        yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("pause", [FAR, None])
async def test_it_wakes_before_its_pause_is_over(pause: float | None) -> None:
    calls: asyncio.Queue[None] = asyncio.Queue()

    async def work() -> float | None:
        calls.put_nowait(None)
        return pause

    loop = PollLoop("work", work)
    async with running(loop):
        await calls.get()
        loop.wake()
        await calls.get()


async def test_a_wake_during_its_work_is_not_lost() -> None:
    begun, let, twice = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        if begun.is_set():
            twice.set()
        begun.set()
        await let.wait()

    loop = PollLoop("work", work)
    async with running(loop):
        await begun.wait()
        loop.wake()
        let.set()
        await twice.wait()


async def test_what_is_away_is_tried_again() -> None:
    failures, done = [ConnectionError("away")] * 3, asyncio.Event()

    async def work() -> float:
        if failures:
            raise failures.pop()
        done.set()
        return FAR

    async with running(PollLoop("work", work)):
        await done.wait()


async def test_a_fault_of_ours_ends_the_loop() -> None:
    async def work() -> float:
        raise ValueError("a bug")

    async with running(PollLoop("work", work)) as task:
        with pytest.raises(ValueError, match="a bug"):
            await task


async def test_what_is_repeated_begins_after_its_time_waits_for_a_store_and_ends_at_a_bug() -> None:
    errors: list[Exception] = [ConnectionError("away"), RuntimeError("a bug")]

    async def work() -> None:
        raise errors.pop(0)

    with pytest.raises(RuntimeError):
        await every(0, work)()
    assert not errors


async def test_what_is_added_meanwhile_is_handed_over_together_in_its_order() -> None:
    batches: list[list[int]] = []
    begun, let = asyncio.Event(), asyncio.Event()

    async def handle(batch: list[int]) -> None:
        batches.append(batch)
        begun.set()
        await let.wait()

    collector = Collector(handle, most=3)
    collector.add(0)
    async with running(collector):
        await begun.wait()
        collector.extend(range(1, 6))
        assert len(collector) == 5
        let.set()
        await collector.idle()
    assert batches == [[0], [1, 2, 3], [4, 5]]


async def test_it_is_idle_only_when_the_last_batch_has_been_handled() -> None:
    begun, let = asyncio.Event(), asyncio.Event()

    async def handle(_batch: list[int]) -> None:
        begun.set()
        await let.wait()

    collector = Collector(handle, most=3)
    await collector.idle()
    collector.add(1)
    async with running(collector):
        await begun.wait()
        idle = asyncio.create_task(collector.idle())
        await asyncio.sleep(0)
        assert (len(collector), idle.done()) == (0, False)
        let.set()
        await idle


async def test_with_a_delay_more_is_collected_first() -> None:
    batches: list[list[int]] = []

    async def handle(batch: list[int]) -> None:
        batches.append(batch)

    collector = Collector(handle, most=10, delay=lambda: 0.001)
    collector.add(1)
    async with running(collector):
        while len(collector) and not batches:
            if len(collector) < 3:
                collector.add(len(collector) + 1)
            await asyncio.sleep(0)
        await collector.idle()
    assert batches[0][:3] == [1, 2, 3]


async def test_who_is_waited_for_ends_the_collecting_and_is_handed_over_with_what_is_there() -> None:
    batches: asyncio.Queue[list[int]] = asyncio.Queue()
    collecting = asyncio.Event()

    def delay() -> float:
        collecting.set()
        return FAR

    collector = Collector(batches.put, most=10, delay=delay)
    collector.add(1)
    async with running(collector):
        await collecting.wait()
        collector.add(2)
        collector.hurry()
        assert await batches.get() == [1, 2]
        collecting.clear()
        collector.add(3)
        await collecting.wait()
        assert batches.empty()


async def test_who_is_waited_for_before_the_collecting_begins_is_not_kept_waiting() -> None:
    batches: asyncio.Queue[list[int]] = asyncio.Queue()
    collector = Collector(batches.put, most=10, delay=lambda: FAR)
    collector.add(1)
    collector.hurry()
    async with running(collector):
        assert await batches.get() == [1]


async def test_what_cannot_be_handled_ends_it() -> None:
    async def handle(_batch: list[int]) -> None:
        raise ValueError("a bug")

    collector = Collector(handle, most=3)
    collector.add(1)
    async with running(collector) as task:
        with pytest.raises(ValueError, match="a bug"):
            await task
