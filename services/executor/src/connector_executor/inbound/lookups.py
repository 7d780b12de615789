"""One look at the definitions for all who ask about connectors that are not in the table."""

import asyncio
from collections.abc import Awaitable, Callable

from connectors_shared.runtime.persist import persist
from connectors_shared.runtime.supervision import Supervisor


class Lookups:
    """`read` brings the table up to date; here one runs at a time, and is tried until Kafka answers."""

    def __init__(self, read: Callable[[], Awaitable[None]], supervisor: Supervisor) -> None:
        self._read = read
        self._supervisor = supervisor
        self._next: asyncio.Future[None] | None = None
        self._reading = asyncio.Lock()

    async def catch_up(self, timeout_seconds: float | None = None) -> None:
        """Returns when the table holds all that was published at the call; raises TimeoutError."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            self._supervisor.start(self._answer(self._next))
        async with asyncio.timeout(timeout_seconds):
            await asyncio.shield(self._next)

    async def _answer(self, asked: "asyncio.Future[None]") -> None:
        async with self._reading:
            # Who asks from now on may know of something that this reading does not reach.
            self._next = None
            await persist("config.catch_up", self._read)
        asked.set_result(None)
