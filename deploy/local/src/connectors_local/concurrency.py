"""Doing several things at once, and ending at once."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import Any


async def all_or_first_failure(work: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Run all; when one fails, cancel the rest, wait for them, and raise that failure itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for coroutine in work:
                group.create_task(coroutine)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


@contextlib.asynccontextmanager
async def cancelled_by_termination() -> AsyncIterator[None]:
    """Inside, SIGTERM and SIGHUP cancel the current task, as Ctrl-C does under `asyncio.run`."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("needs a task to cancel")
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
