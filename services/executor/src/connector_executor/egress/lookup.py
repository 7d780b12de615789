"""Name to addresses, through the system's resolver, without letting one slow name hold up the others."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

Lookup = Callable[[str], Awaitable[tuple[str, ...]]]
"""Every address of a host name, at least one. Raises OSError when there is none."""

_MAX_CONCURRENT_LOOKUPS: Final = 32


class SystemLookup:
    """getaddrinfo on threads of its own: the loop's own (uvloop: four) would fill with slow names."""

    def __init__(self, max_concurrent: int = _MAX_CONCURRENT_LOOKUPS) -> None:
        self._threads = ThreadPoolExecutor(max_concurrent, thread_name_prefix="egress-dns")

    async def __call__(self, host: str) -> tuple[str, ...]:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _addresses_of, host)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


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
