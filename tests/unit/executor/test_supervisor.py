"""One policy for faults of tasks: the process ends; what may be tried again says so."""

import asyncio

import pytest

from connector_executor.lifecycle import Supervisor, every


async def test_a_task_that_fails_ends_the_process() -> None:
    ended = asyncio.Event()

    async def fail() -> None:
        raise RuntimeError("a bug")

    supervisor = Supervisor(ended.set)
    supervisor.start(fail())
    await asyncio.wait_for(ended.wait(), 5)
    assert not supervisor.busy


async def test_what_ends_or_is_cancelled_is_no_fault() -> None:
    faults: list[str] = []

    async def end() -> None:
        return

    async def stay() -> None:
        await asyncio.Event().wait()

    supervisor = Supervisor(lambda: faults.append("fault"))
    supervisor.start(end())
    async with supervisor.running(stay):
        await asyncio.sleep(0)
        assert supervisor.busy
    supervisor.start(stay())
    await supervisor.close()
    assert not faults
    assert not supervisor.busy


async def test_repeated_work_waits_for_a_store_and_fails_at_a_bug() -> None:
    errors: list[Exception] = [ConnectionError("away"), RuntimeError("a bug")]

    async def work() -> None:
        raise errors.pop(0)

    with pytest.raises(RuntimeError):
        await every(0, work)()
    assert not errors
