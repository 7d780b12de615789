"""One policy for faults of tasks: the process ends; what may be tried again says so."""

import asyncio
import subprocess
import sys
import threading

import pytest

from connectors_shared.runtime.supervision import FAULT_STATUS, Supervisor, in_a_thread, to_their_ends, together


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


async def test_a_fault_in_a_callback_of_a_library_ends_the_process_too() -> None:
    ended = asyncio.Event()
    Supervisor(ended.set).fault(RuntimeError("a bug"))
    assert ended.is_set()


def test_the_process_ends_at_once_with_a_status_of_its_own_and_says_why() -> None:
    program = """
import asyncio
from connectors_shared.runtime.supervision import Supervisor

async def die():
    raise ValueError("a bug of ours")

async def main():
    Supervisor().start(die())
    await asyncio.Event().wait()

asyncio.run(main())
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == FAULT_STATUS
    assert "process.fault" in ran.stderr
    assert "a bug of ours" in ran.stderr


async def test_all_run_at_once() -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def meets(mine: asyncio.Event, other: asyncio.Event) -> None:
        mine.set()
        await other.wait()

    async with asyncio.timeout(5):
        await together(meets(first, second), meets(second, first))


async def test_the_first_that_fails_ends_the_others_and_is_raised() -> None:
    ended = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fails() -> None:
        raise OSError("out of reach")

    with pytest.raises(OSError, match="out of reach"):
        await together(waits(), fails())
    assert ended.is_set()


async def test_each_runs_to_its_end_and_then_the_first_failure_is_raised() -> None:
    ended: list[str] = []
    may_end = asyncio.Event()

    async def fail() -> None:
        raise ValueError("the first")

    async def stay() -> None:
        await may_end.wait()
        ended.append("stayed")
        raise KeyError("the second")

    running = asyncio.ensure_future(to_their_ends(work() for work in (fail, stay)))
    for _ in range(10):  # turns, in which the first has failed long since
        await asyncio.sleep(0)
    assert not running.done()
    may_end.set()
    with pytest.raises(ValueError, match="the first"):
        await asyncio.wait_for(running, 5)
    assert ended == ["stayed"]
    await to_their_ends([])


async def test_whoever_is_cancelled_goes_when_the_thread_has_ended() -> None:
    loop, began = asyncio.get_running_loop(), asyncio.Event()
    may_end, ended = threading.Event(), threading.Event()

    def work(answer: str) -> str:
        loop.call_soon_threadsafe(began.set)
        assert may_end.wait(5)
        ended.set()
        if answer == "nobody asks for":
            raise ValueError(answer)
        return answer

    waiting = asyncio.ensure_future(in_a_thread(work, "nobody asks for"))
    await asyncio.wait_for(began.wait(), 5)
    waiting.cancel()
    done, _ = await asyncio.wait([waiting], timeout=0)
    assert not done
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(waiting), 5)
    assert ended.is_set()
    assert await in_a_thread(work, "an answer") == "an answer"
