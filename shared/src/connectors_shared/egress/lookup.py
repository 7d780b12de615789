"""Name to addresses, through the system's resolver, without letting slow names hold up the others."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar
from typing import Final

from connectors_shared.runtime.shares import Shares

Lookup = Callable[[str], Awaitable[tuple[str, ...]]]
"""Every address of a host name, at least one. Raises OSError when there is none."""
Resolve = Callable[[str], tuple[str, ...]]
"""The same, blocking."""

_MAX_CONCURRENT_LOOKUPS: Final = 32
ON_BEHALF_OF: ContextVar[tuple[Hashable, Hashable]] = ContextVar("on_behalf_of", default=(None, None))
"""The (workspace, connector) whose call is under way in this task."""


class SystemLookup:
    """getaddrinfo on threads of its own: the loop's own (uvloop: four) would fill with slow names.

    Each connector and each workspace has a share of the threads; who has used it up waits for one of its own. A thread
    is given back when the resolver answers, and not before: it cannot be taken away.
    """

    def __init__(self, max_concurrent: int = _MAX_CONCURRENT_LOOKUPS, resolve: Resolve | None = None) -> None:
        self._threads = ThreadPoolExecutor(max_concurrent, thread_name_prefix="egress-dns")
        self._shares = Shares(max_concurrent)
        self._resolve = resolve or _addresses_of
        self._waiting: dict[asyncio.Future[None], tuple[Hashable, Hashable]] = {}

    async def __call__(self, host: str) -> tuple[str, ...]:
        party = ON_BEHALF_OF.get()
        await self._take(party)
        loop = asyncio.get_running_loop()
        # Not run_in_executor: its future is done as soon as who waits is cancelled, the thread is not.
        running = self._threads.submit(self._resolve, host)
        running.add_done_callback(lambda _done: _tell(loop, lambda: self._give_back(party)))
        return await asyncio.wrap_future(running)

    async def _take(self, party: tuple[Hashable, Hashable]) -> None:
        if self._shares.refusal(*party, urgent=True) is None:
            self._shares.take(*party)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = party
        try:
            await turn
        except asyncio.CancelledError:
            if self._waiting.pop(turn, None) is None:  # it had come, in the same moment
                self._give_back(party)
            raise

    def _give_back(self, party: tuple[Hashable, Hashable]) -> None:
        self._shares.give_back(*party)
        for turn, waits in list(self._waiting.items()):
            if not turn.done() and self._shares.refusal(*waits, urgent=True) is None:
                del self._waiting[turn]
                self._shares.take(*waits)
                turn.set_result(None)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    """From another thread; the loop may have ended meanwhile."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(what)


def _addresses_of(host: str) -> tuple[str, ...]:
    answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))


class CachedLookup:
    """Remembers answers for a short while and asks once for callers that wait at the same time."""

    def __init__(
        self,
        lookup: Lookup,
        *,
        ttl_seconds: float = 10.0,
        max_hosts: int = 2048,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lookup = lookup
        self._ttl_seconds = ttl_seconds
        self._max_hosts = max_hosts
        self._clock = clock
        self._answers: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._running: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def __call__(self, host: str) -> tuple[str, ...]:
        known = self._answers.get(host)
        if known is not None and known[0] > self._clock():
            return known[1]
        task = self._running.get(host)
        if task is None:
            task = self._running[host] = asyncio.ensure_future(self._ask(host))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        # One caller's deadline must not end the lookup the others wait for.
        return await asyncio.shield(task)

    async def _ask(self, host: str) -> tuple[str, ...]:
        try:
            addresses = await self._lookup(host)
        finally:
            del self._running[host]
        self._answers.pop(host, None)
        if len(self._answers) >= self._max_hosts:
            del self._answers[next(iter(self._answers))]
        self._answers[host] = (self._clock() + self._ttl_seconds, addresses)
        return addresses

    async def close(self) -> None:
        tasks = tuple(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
