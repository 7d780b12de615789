"""Executions that wait for a moment: for their slot, or for their next attempt. Waiting holds nothing but a timer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from connector_executor.execution import Execution

Leaves = Callable[[Execution], bool]


@dataclass(slots=True)
class Timer:
    """An execution that waits; `laned` when it keeps its place in its lane meanwhile."""

    handle: asyncio.TimerHandle
    execution: Execution
    laned: bool


class Waiting:
    """Timers by execution id."""

    def __init__(self) -> None:
        self._timers: dict[str, Timer] = {}

    def __len__(self) -> int:
        return len(self._timers)

    def after(self, seconds: float, execution: Execution, then: Callable[[Execution], None], *, laned: bool) -> None:
        def fire() -> None:
            del self._timers[execution.id]
            then(execution)

        handle = asyncio.get_running_loop().call_later(seconds, fire)
        self._timers[execution.id] = Timer(handle, execution, laned)

    def stop(self, leaves: Leaves) -> list[Timer]:
        """Cancel the timers of those who leave, and give them."""
        stopped = [timer for timer in self._timers.values() if leaves(timer.execution)]
        for timer in stopped:
            timer.handle.cancel()
            del self._timers[timer.execution.id]
        return stopped
