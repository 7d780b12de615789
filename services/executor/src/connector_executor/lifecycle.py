"""Work beside the main one, and the ways to end."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
FAULT_STATUS = 70
AGAIN_SECONDS = 1.0


@asynccontextmanager
async def background(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run coroutines beside the body. One that dies takes the process with it: nothing limps on."""
    tasks = [asyncio.ensure_future(work()) for work in works]
    for task in tasks:
        task.add_done_callback(_exit_on_fault)
    try:
        yield
    finally:
        await _end(tasks)


async def _end(tasks: "Iterable[asyncio.Future[None]]") -> None:
    """Cancel until all have ended: wait_for of Python 3.11, in our libraries too, may swallow a cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)


def every(seconds: float, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A coroutine function that repeats the work for ever; a store out of reach is reported, and waited for."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except ConnectionError as error:
                log.warning("store.unreachable", why=str(error))

    return repeat


def give_up() -> None:
    """End at once, as if killed: what is unfinished is delivered again, to a process in a known state."""
    sys.stdout.flush()
    os._exit(FAULT_STATUS)


def _exit_on_fault(task: "asyncio.Future[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("executor.fault", exc_info=error)
        give_up()
