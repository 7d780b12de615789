"""Work beside the main one, and the ways to end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from connectors_shared.runtime.giving_up import give_up
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
AGAIN_SECONDS = 1.0
Work = Callable[[], Coroutine[Any, Any, None]]


class Supervisor:
    """All tasks of the process, under one policy: a fault in any of them ends the process; nothing limps on.

    What is expected to fail and worth another try catches just that, and says when it tries again; `every` does so
    for work that is repeated anyway.
    """

    def __init__(self, end: Callable[[], None] = give_up) -> None:
        self._end = end
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> int:
        """Tasks that run."""
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run it beside everything else."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def fault(self, error: BaseException) -> None:
        """A callback of ours failed that a library calls, and whose error it would swallow."""
        log.critical("executor.fault", exc_info=error)
        self._end()

    @asynccontextmanager
    async def running(self, *works: Work) -> AsyncIterator[None]:
        """Run these beside the body, and end them with it."""
        tasks = [self.start(work()) for work in works]
        try:
            yield
        finally:
            await cancel(tasks)

    async def close(self) -> None:
        """Cancel what still runs."""
        await cancel(self._tasks)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fault(error)


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run all at once. The first that fails ends the others, and its error is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        await cancel([task for task in tasks if not task.done()])


async def cancel(tasks: "set[asyncio.Task[None]] | list[asyncio.Task[None]]") -> None:
    """Cancel until all have ended: wait_for of Python 3.11, in our libraries too, may swallow a cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)


def every(seconds: float, work: Callable[[], Awaitable[None]]) -> Work:
    """A coroutine function that repeats the work for ever; a store out of reach is reported, and asked again then."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except ConnectionError as error:
                log.warning("store.unreachable", why=str(error))

    return repeat
