"""The tasks of a process, under one policy for faults.

What the outside does (Kafka, Redis or Postgres is away) is waited for by `persist`. Any other error of a task is a
fault of ours: it ends the process, and what was unfinished is delivered again to one in a known state.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
FAULT_STATUS: Final = 70
CANCEL_AGAIN_SECONDS: Final = 1.0
Work = Callable[[], Coroutine[Any, Any, None]]
T = TypeVar("T")


def end_process() -> None:
    """At once, as if killed, with status 70."""
    sys.stdout.flush()
    os._exit(FAULT_STATUS)


class Supervisor:
    """All tasks of the process: an error of any of them ends it."""

    def __init__(self, end: Callable[[], None] = end_process) -> None:
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
        log.critical("process.fault", exc_info=error)
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


async def to_their_ends(works: Iterable[Awaitable[Any]]) -> None:
    """Run all at once, each to its end whatever becomes of the others; then the first failure is raised."""
    for answer in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(answer, BaseException):
            raise answer


async def in_a_thread(work: Callable[..., T], *arguments: Any) -> T:
    """Of a thread, which cannot be stopped: whoever is cancelled meanwhile goes when it has ended."""
    working = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        if not working.cancelled():
            working.exception()  # asked for, so that nobody is told that nobody did
        raise


async def cancel(tasks: "Collection[asyncio.Task[Any]]") -> None:
    """Cancel until all have ended: wait_for of Python 3.11, in our libraries too, may swallow a cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
