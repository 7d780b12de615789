"""Repeating a step until it succeeds, with growing pauses that a stop interrupts."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from connectors_shared.runtime.logging import get_logger

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 10.0

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
        """What is being repeated now is given up before its next attempt; what begins afterwards is not."""
        self._abandoned.set()
        self._abandoned = asyncio.Event()

    async def until_done(self, step: str, work: Callable[[], Awaitable[T]], give_up: Callable[[Exception], bool]) -> T:
        """The work's result. Errors that `give_up` accepts are raised; StoppedError when the process ends, or when
        it is abandoned.
        """
        attempt, abandoned = 0, self._abandoned
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
        log.warning("step.retried", step=step, attempt=attempt, pause_seconds=seconds, exc_info=error)
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
