"""Repeating a step for as long as its servers need, unless the process ends or what it belongs to is abandoned."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from connectors_shared.runtime.persist import persist
from field_mapper.outbound.faults import described, may_pass

_WHOLE: Final[ContextVar[asyncio.Event | None]] = ContextVar("whole", default=None)
"""Set when what the running code is a part of is abandoned."""

T = TypeVar("T")


class StoppedError(Exception):
    """The process is ending; what was under way is left to the next one."""


class Retries:
    """`persist` for the steps of a slice. `problem` says in a sentence what is failing just now; None: nothing is."""

    def __init__(self, count_retry: Callable[[str], None]) -> None:
        self.problem: str | None = None
        self._stopping = asyncio.Event()
        self._abandoned = asyncio.Event()
        self._count_retry = count_retry

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        self._stopping.set()

    def abandon(self) -> None:
        """What is under way now is left before its next attempt or step; what begins afterwards is not."""
        self._abandoned.set()
        self._abandoned = asyncio.Event()

    @contextmanager
    def whole(self) -> Iterator[asyncio.Event]:
        """Everything inside is abandoned together, also a step that had not begun then. The event says that it is."""
        abandoned = _WHOLE.get() or self._abandoned
        token = _WHOLE.set(abandoned)
        try:
            yield abandoned
        finally:
            _WHOLE.reset(token)

    async def until_done(self, step: str, work: Callable[[], Awaitable[T]]) -> T:
        """The work's result. Raises what waiting does not mend, and StoppedError when the process ends or when it is
        abandoned.
        """
        with self.whole() as abandoned:

            async def attempt() -> T:
                if self.stopping or abandoned.is_set():
                    raise StoppedError
                return await work()

            def tell(error: Exception) -> dict[str, Any]:
                self.problem = f"{step} fails: {type(error).__name__}"
                self._count_retry(step)
                return described(error)

            done = await persist(step, attempt, waits_for=may_pass, tell=tell, pause=self._pause)
            self.problem = None
            return done

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
