"""Repeating a step until it succeeds, with growing pauses that a stop interrupts."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

from connectors_shared.runtime.logging import get_logger
from field_mapper.outbound.faults import described

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 10.0

_WHOLE: Final[ContextVar[asyncio.Event | None]] = ContextVar("whole", default=None)
"""Set when what the running code is a part of is abandoned."""

log = get_logger(__name__)
T = TypeVar("T")


class StoppedError(Exception):
    """The process is ending; what was under way is left to the next one."""


class Perseverance:
    """Retries for ever. `problem` says in a sentence what is failing just now, None when nothing is."""

    def __init__(self, count_retry: Callable[[str], None], first_pause_seconds: float = FIRST_PAUSE_SECONDS) -> None:
        self.problem: str | None = None
        self._stopping = asyncio.Event()
        self._abandoned = asyncio.Event()
        self._count_retry = count_retry
        self._first_pause_seconds = first_pause_seconds

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        self._stopping.set()

    def abandon(self) -> None:
        """What is under way now is given up before its next attempt or step; what begins afterwards is not."""
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

    async def until_done(self, step: str, work: Callable[[], Awaitable[T]], give_up: Callable[[Exception], bool]) -> T:
        """The work's result. Errors that `give_up` accepts are raised; StoppedError when the process ends, or when
        it is abandoned.
        """
        with self.whole() as abandoned:
            return await self._repeated(step, work, give_up, abandoned)

    async def _repeated(
        self,
        step: str,
        work: Callable[[], Awaitable[T]],
        give_up: Callable[[Exception], bool],
        abandoned: asyncio.Event,
    ) -> T:
        attempt = 0
        while True:
            if self.stopping or abandoned.is_set():
                raise StoppedError
            try:
                done = await work()
            except StoppedError:
                raise
            except Exception as error:
                if give_up(error):
                    raise
                attempt += 1
                await self._pause(step, attempt, error)
            else:
                self.problem = None
                return done

    async def _pause(self, step: str, attempt: int, error: Exception) -> None:
        seconds = min(LONGEST_PAUSE_SECONDS, self._first_pause_seconds * 2 ** min(attempt - 1, 20))
        self.problem = f"{step} fails: {type(error).__name__}"
        self._count_retry(step)
        log.warning("step.retried", step=step, attempt=attempt, pause_seconds=seconds, **described(error))
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
