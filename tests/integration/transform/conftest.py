"""A transformer with real worker processes, and a heartbeat that notices a held event loop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import pytest

from connector_executor.transform import Transformer

DISTINCT = "($function := $distinct; $function(a))"
"""Needs a worker: only its engines know functions as values."""


class Heartbeat:
    """Measures what holds the event loop: processor time between two beats, whatever else the machine does."""

    def __init__(self, interval_seconds: float = 0.005) -> None:
        self._interval_seconds = interval_seconds
        self._task: asyncio.Task[None] | None = None
        self._beating = asyncio.Event()
        self.longest_hold_seconds = 0.0
        self.beats = 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._beat())
        await self._beating.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(self._interval_seconds)
            self.longest_hold_seconds = max(self.longest_hold_seconds, time.thread_time() - before)
            self.beats += 1
            self._beating.set()


@asynccontextmanager
async def running(**settings: Any) -> AsyncIterator[Transformer]:
    transformer = Transformer(**settings)
    await transformer.start()
    try:
        yield transformer
    finally:
        await transformer.close()


@pytest.fixture
async def transformer() -> AsyncIterator[Transformer]:
    async with running(deadline_seconds=1.0) as transformer:
        yield transformer


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # another process changes it
            await asyncio.sleep(0.01)
