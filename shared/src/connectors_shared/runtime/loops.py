"""The two kinds of loops of a service: one that looks again and again, and one that works off what is added."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, Generic, TypeVar

from connectors_shared.runtime.persist import is_outage, persist
from connectors_shared.runtime.supervision import Work

SHORTEST_PAUSE_SECONDS: Final = 0.005
T = TypeVar("T")


class PollLoop:
    """Calls `work`, which says how many seconds to pause (None: until it is woken); `wake` cuts a pause short.

    While something outside is away (`waits_for`), `work` is tried again with growing pauses. Any other error ends the
    loop. `name` is for the log.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[float | None]],
        *,
        first_pause_seconds: float = 0.0,
        waits_for: Callable[[Exception], bool] = is_outage,
    ) -> None:
        self._name = name
        self._work = work
        self._first_pause_seconds = first_pause_seconds
        self._waits_for = waits_for
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """For ever. Cancel to stop."""
        if self._first_pause_seconds:
            await self._pause(self._first_pause_seconds)
        while True:
            await self._pause(await persist(self._name, self._work, waits_for=self._waits_for))

    async def _pause(self, seconds: float | None) -> None:
        # Not wait_for: on Python 3.11 it forgets a cancellation that comes together with the event.
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds is None else max(seconds, SHORTEST_PAUSE_SECONDS)):
                await self._woken.wait()
        self._woken.clear()


def every(seconds: float, work: Callable[[], Awaitable[None]]) -> Work:
    """A coroutine function that repeats the work for ever, first after that time."""

    async def once() -> float:
        await work()
        return seconds

    name = getattr(work, "__qualname__", repr(work))
    return PollLoop(name, once, first_pause_seconds=seconds).run


class Collector(Generic[T]):
    """Hands what is added to `handle`, in its order and up to `most` at once.

    `delay` says for how many seconds to collect more before that; `hurry` ends it.
    """

    def __init__(
        self,
        handle: Callable[[list[T]], Awaitable[None]],
        *,
        most: int,
        delay: Callable[[], float] = float,
    ) -> None:
        self._handle = handle
        self._most = most
        self._delay = delay
        self._items: deque[T] = deque()
        self._added = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._hurried = False
        self._collected: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        """Items that are not handed over yet."""
        return len(self._items)

    def add(self, item: T) -> None:
        self._items.append(item)
        self._idle.clear()
        self._added.set()

    def extend(self, items: Iterable[T]) -> None:
        self._items.extend(items)
        if self._items:
            self._idle.clear()
            self._added.set()

    def hurry(self) -> None:
        """Somebody waits for what has been added: no more is collected before it is handed over."""
        self._hurried = True
        _end(self._collected)

    async def idle(self) -> None:
        """Returns when nothing is left, and the last batch has been handled."""
        await self._idle.wait()

    async def run(self) -> None:
        """For ever. Cancel to stop. What `handle` raises ends it."""
        items, most = self._items, self._most
        while True:
            await self._added.wait()
            self._added.clear()
            if items and not self._hurried and (seconds := self._delay()) > 0:
                await self._collect(seconds)
            self._hurried = False
            while items:
                await self._handle([items.popleft() for _ in range(min(most, len(items)))])
            self._idle.set()

    async def _collect(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        collected = self._collected = loop.create_future()
        timer = loop.call_later(seconds, _end, collected)
        try:
            await collected
        finally:
            timer.cancel()
            self._collected = None


def _end(waiting: "asyncio.Future[None] | None") -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
