"""Work that is repeated: it pauses as it says, wakes at once, and is ended by nothing that it meets."""

import asyncio

import pytest

from connector_executor.inbound.backlog import rhythm
from connector_executor.inbound.backlog.rhythm import Rhythm

FAR = 3600.0


async def until(condition: "asyncio.Event") -> None:
    await asyncio.wait_for(condition.wait(), 5)


async def test_it_wakes_before_its_pause_is_over() -> None:
    calls, twice = 0, asyncio.Event()

    async def work() -> float:
        nonlocal calls
        calls += 1
        if calls == 2:
            twice.set()
        return FAR

    repeated = Rhythm("work", work)
    running = asyncio.create_task(repeated.run())
    while not calls:
        await asyncio.sleep(0)
    repeated.wake()
    await until(twice)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("error", [ConnectionError("away"), RuntimeError("a fault of ours")])
async def test_what_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(rhythm, "RETRY_SECONDS", 0.001)
    failures, done = [error] * 3, asyncio.Event()

    async def work() -> float:
        if failures:
            raise failures.pop()
        done.set()
        return FAR

    running = asyncio.create_task(Rhythm("work", work).run())
    await until(done)
    running.cancel()
    assert isinstance((await asyncio.gather(running, return_exceptions=True))[0], asyncio.CancelledError)
