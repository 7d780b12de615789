"""Supervised processes that work off what waits, in turns."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from connector_executor.transform.outcome import CRASHED, RUNAWAY_CODES, TransformFailure, too_many
from connector_executor.transform.process import spawn
from connector_executor.transform.slot import Run, Slot
from connector_executor.transform.timings import Timings
from connector_executor.transform.turns import Evaluation, Turns, Verdict
from connector_executor.transform.wire import Settings

WINDOW: Final = 8
"""Brisk evaluations a worker may hold: enough to keep it busy while the event loop does something else."""


class Pool:
    """Up to `workers` processes, started as they are needed.

    An expression that nobody has timed yet is evaluated once at a time, and runaways leave a worker to the rest, so
    that no connector has all workers before it is known what it does with them. `on_slow` hears of an
    expression that is under way for long.
    """

    def __init__(
        self,
        workers: int,
        settings: Settings,
        memory_limit_bytes: int,
        timings: Timings,
        most_waiting: int,
        on_slow: Callable[[str], None],
        run: Run = asyncio.create_task,
    ) -> None:
        self._turns = Turns(most_waiting)
        self._most_waiting = most_waiting
        self._timings = timings
        self._on_slow = on_slow
        self._most_runaways = max(1, workers - 1)
        start = partial(spawn, settings, memory_limit_bytes)
        self._slots = [Slot(self, start, run) for _ in range(workers)]

    @property
    def waiting(self) -> int:
        return len(self._turns) + sum(len(slot.held) for slot in self._slots)

    @property
    def pids(self) -> list[int]:
        return [slot.pid for slot in self._slots if slot.pid is not None]

    async def start(self) -> None:
        """Returns when there is a worker. Raises RuntimeError when it does not come up."""
        await self._slots[0].started_up()

    def submit(self, evaluation: Evaluation) -> None:
        if self._turns.add(evaluation):
            self.wake()
        else:
            evaluation.settle(too_many(self._most_waiting))

    def withdraw(self, expression: str) -> list[Evaluation]:
        """All that wait with `expression`; they wait here no longer."""
        return self._turns.withdraw(expression)

    async def close(self) -> None:
        """Ends every process; evaluations that have no verdict yet are cancelled."""
        await asyncio.gather(*(slot.close() for slot in self._slots))
        for evaluation in self._turns.clear():
            evaluation.verdict.cancel()

    def wake(self) -> None:
        for slot in sorted(self._slots, key=_load):
            slot.pull()
        if all(slot.ready and slot.held for slot in self._slots if slot.started):  # one is kept for who comes next
            for slot in self._slots:
                if not slot.started:
                    slot.start()
                    break

    def next_for(self, held: Sequence[Evaluation]) -> Evaluation | None:
        if not held:
            return self._turns.take(self._may_run, lambda _evaluation: True)
        if len(held) >= WINDOW or not self._is_brisk(held[0]):
            return None  # what it holds behind the first was brisk when it was taken
        return self._turns.take(self._may_run, self._is_brisk)

    def note(self, evaluation: Evaluation, verdict: Verdict) -> bool:
        expression = evaluation.expression
        held_back = not self._timings.is_known(expression) or self._timings.is_runaway(expression)
        if verdict.code in RUNAWAY_CODES:
            self._timings.note_runaway(expression)
            self._on_slow(expression)
        elif not isinstance(verdict, TransformFailure):
            self._timings.note(expression, verdict.seconds, evaluation.document_bytes)
        return held_back

    def found_slow(self, evaluation: Evaluation) -> None:
        self._timings.note_slow(evaluation.expression)
        self._on_slow(evaluation.expression)

    def give_back(self, evaluations: Sequence[Evaluation]) -> None:
        self._turns.give_back(evaluations)
        self.wake()

    def start_failed(self) -> None:
        if any(slot.pid is not None for slot in self._slots):
            return
        for evaluation in self._turns.clear():
            evaluation.settle(TransformFailure(CRASHED, "The transform worker does not start."))

    def _may_run(self, evaluation: Evaluation) -> bool:
        if self._timings.is_runaway(evaluation.expression):
            runaways = sum(self._timings.is_runaway(each.expression) for each in self._under_way())
            return runaways < self._most_runaways
        if self._timings.is_known(evaluation.expression):
            return True
        return all(each.expression != evaluation.expression for each in self._under_way())

    def _is_brisk(self, evaluation: Evaluation) -> bool:
        return self._timings.is_brisk(evaluation.expression, evaluation.document_bytes)

    def _under_way(self) -> list[Evaluation]:
        return [each for slot in self._slots for each in slot.held]


def _load(slot: Slot) -> int:
    return len(slot.held)
