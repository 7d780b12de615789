"""Kafka's part of the mapper, which begins when Kafka answers: until then the API serves alone."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress

from field_mapper.backoff import Perseverance, StoppedError
from field_mapper.outbound.publisher import KafkaPublisher

OPENING_SECONDS = 5.0
"""How long a connection that is being opened is waited for at the stop: cancelled half-way, the client leaks it."""


class Joining:
    """`open_` connects, consumes inside of its block, and ends in order. `fault` is told of what is no outage."""

    def __init__(
        self,
        open_: Callable[[], AbstractAsyncContextManager[KafkaPublisher]],
        perseverance: Perseverance,
        fault: Callable[[BaseException], None],
    ) -> None:
        self._open = open_
        self._perseverance = perseverance
        self._fault = fault
        self._joined = AsyncExitStack()
        self._publisher: KafkaPublisher | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Returns at once."""
        self._task = asyncio.create_task(self._join())
        self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Whatever has been opened is closed, the slice under way is ended if it can be ended now."""
        self._perseverance.stop()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=OPENING_SECONDS)
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._joined.aclose()

    async def problem(self) -> str | None:
        """Raises when no broker answers."""
        if self._publisher is None:
            return "not connected to Kafka yet"
        await self._publisher.answers()
        return None

    async def _join(self) -> None:
        with suppress(StoppedError):
            self._publisher = await self._perseverance.until_done("kafka", self._opened, lambda _: False)

    async def _opened(self) -> KafkaPublisher:
        return await self._joined.enter_async_context(self._open())

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fault(error)
