"""Executions that wait for a moment: for their slot, or for their next attempt. Waiting holds nothing but a timer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from connector_executor.execution import Execution
from connector_executor.scheduling.line import Leaves, Line


@dataclass(slots=True)
class Timer:
    """An execution that waits; `queued` when it keeps its place in its queue meanwhile."""

    handle: asyncio.TimerHandle
    execution: Execution
    queued: bool


class Waiting:
    """Timers by execution id; who has waited goes to the head of its queue."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._timers: dict[str, Timer] = {}

    def __len__(self) -> int:
        return len(self._timers)

    def for_slot(self, execution: Execution, seconds: float) -> None:
        """It keeps its place in its queue, and asks for admission again at its slot: there may be a pause by then."""

        def confirm() -> None:
            self._line.queues.release(execution.connector_id)
            self._line.again(execution)

        self._after(seconds, execution, confirm, queued=True)

    def to_ask_again(self, execution: Execution, seconds: float) -> None:
        """It holds no place meanwhile."""
        self._after(seconds, execution, lambda: self._line.again(execution), queued=False)

    def stop(self, leaves: Leaves) -> list[Execution]:
        """Cancel the timers of those who leave, free their places in the queues, and give them."""
        stopped = [timer for timer in self._timers.values() if leaves(timer.execution)]
        for timer in stopped:
            timer.handle.cancel()
            del self._timers[timer.execution.id]
            if timer.queued:
                self._line.queues.release(timer.execution.connector_id)
        return [timer.execution for timer in stopped]

    def _after(self, seconds: float, execution: Execution, then: Callable[[], None], *, queued: bool) -> None:
        def fire() -> None:
            del self._timers[execution.id]
            then()

        handle = asyncio.get_running_loop().call_later(seconds, fire)
        self._timers[execution.id] = Timer(handle, execution, queued)
