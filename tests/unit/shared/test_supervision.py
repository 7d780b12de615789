"""One policy for faults of tasks: the process ends; what may be tried again says so."""

import asyncio
import subprocess
import sys

import pytest

from connectors_shared.runtime.supervision import FAULT_STATUS, Supervisor, together


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
