"""Kafka's part of the mapper, which begins when Kafka answers: until then the API serves alone."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress

from connectors_shared.runtime.supervision import Supervisor, cancel
from field_mapper.outbound.publisher import KafkaPublisher
from field_mapper.retries import Retries, StoppedError

OPENING_SECONDS = 5.0
"""How long a connection that is being opened is waited for at the stop: cancelled half-way, the client leaks it."""


class Joining:
    """`open_` connects, consumes inside of its block, and ends in order."""

    def __init__(
        self,
        open_: Callable[[], AbstractAsyncContextManager[KafkaPublisher]],
        retries: Retries,
        supervisor: Supervisor,
    ) -> None:
        self._open = open_
        self._retries = retries
        self._supervisor = supervisor
        self._joined = AsyncExitStack()
        self._publisher: KafkaPublisher | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Returns at once."""
        self._task = self._supervisor.start(self._join())

    async def stop(self) -> None:
        """Whatever has been opened is closed, the slice under way is ended if it can be ended now."""
        self._retries.stop()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=OPENING_SECONDS)
            await cancel([self._task])
        await self._joined.aclose()

    async def problem(self) -> str | None:
        """Raises when no broker answers."""
        if self._publisher is None:
            return "not connected to Kafka yet"
        await self._publisher.answers()
        return None

    async def _join(self) -> None:
        with suppress(StoppedError):
            self._publisher = await self._retries.until_done("kafka", self._opened)

    async def _opened(self) -> KafkaPublisher:
        return await self._joined.enter_async_context(self._open())
