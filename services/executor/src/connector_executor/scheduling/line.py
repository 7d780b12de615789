"""Every execution that is here, from its arrival until its end."""

import asyncio
from collections.abc import Callable, Iterable
from itertools import chain
from uuid import UUID

from connector_executor.admission.port import Verdict
from connector_executor.execution import Execution
from connector_executor.metrics import ExecutorMetrics
from connector_executor.scheduling.queues import ConnectorQueues

Leaves = Callable[[Execution], bool]
"""Whether an execution has to leave this process: its partition does, or the process ends."""


class Line:
    """Owns executions from `submit` until one of `finished`, `parked`, `dead_lettered`, `refused` and `returned`.

    These tell the origin.

    An execution waits in its queue, is claimed (`claimed`: by id, those whose claim in the store is ours: waiting for
    their slot, under way, or waiting for a retry), or is on its way to the finisher or the parker.

    A repeat waits for whoever of the same id is here, and then until the store has been told of the end. A store that
    lost its memory meanwhile was told that it runs here, and would take the repeat for its next attempt.
    """

    def __init__(self, metrics: ExecutorMetrics) -> None:
        self._metrics = metrics
        self.queues: ConnectorQueues[Execution] = ConnectorQueues()
        self.claimed: dict[str, Execution] = {}
        self._here: dict[str, Execution] = {}
        self._repeats: dict[str, list[Execution]] = {}
        self._untold: set[str] = set()
        self._leaving: Leaves | None = None
        self._notified = asyncio.Event()
        self._left = asyncio.Event()

    def submit(self, execution: Execution) -> None:
        """Queue an execution; one whose id is here already waits for that one's outcome."""
        if self.leaves(execution):
            execution.origin.returned()
        elif execution.id in self._here or execution.id in self._untold:
            self._metrics.repeats.inc("waited")
            self._repeats.setdefault(execution.id, []).append(execution)
            execution.origin.started(0.0)
        else:
            self._here[execution.id] = execution
            self.queues.push(execution)
            self.notify()

    def again(self, execution: Execution) -> None:
        """It has waited long enough, and is the next one of its queue."""
        self.queues.push(execution, front=True)
        self.notify()

    def unblock(self, connector_id: UUID) -> None:
        self.queues.unblock(connector_id)
        self.notify()

    def notify(self) -> None:
        """Something may be able to start now."""
        self._notified.set()

    async def notified(self) -> None:
        """Returns when something may be able to start; `reset_notice` begins the next wait."""
        await self._notified.wait()

    def reset_notice(self) -> None:
        self._notified.clear()

    def find(self, wanted: Callable[[Execution], bool]) -> Execution | None:
        """The first that is here and wanted, those that wait for another of the same id included. Looks at all."""
        repeats = (execution for waiting in self._repeats.values() for execution in waiting)
        return next(filter(wanted, chain(self._here.values(), repeats)), None)

    def claim(self, execution: Execution) -> None:
        self.claimed[execution.id] = execution

    def disclaim(self, execution: Execution) -> None:
        """Its claim is given away: to the backlog, or back."""
        self.claimed.pop(execution.id, None)

    def ended(self, execution_id: str) -> None:
        """Its result is published; the store is told soon, see `told`."""
        self._untold.add(execution_id)

    def told(self, execution_ids: Iterable[str]) -> None:
        """The store knows that they have ended."""
        for execution_id in execution_ids:
            self._untold.discard(execution_id)
            self._let_repeats_go(execution_id)

    def finished(self, execution: Execution, message: bytes) -> None:
        """Its outcome is acknowledged by Kafka; empty when it was before."""
        execution.origin.finished(message)
        self._forget(execution)

    def parked(self, execution: Execution) -> None:
        """Its row is committed."""
        execution.origin.parked()
        self._forget(execution)

    def dead_lettered(self, execution: Execution) -> None:
        """It is in the dead letters, and no claim of it is left."""
        execution.origin.dead_lettered()
        self._forget(execution)

    def refused(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None:
        """It may not start now, and does not wait here."""
        self._forget(execution)
        execution.origin.refused(execution, verdict, wait_seconds)

    def returned(self, executions: Iterable[Execution]) -> None:
        """They leave as they came; no claim of theirs is left."""
        for execution in executions:
            self._forget(execution)
            execution.origin.returned()

    def leaves(self, execution: Execution) -> bool:
        return self._leaving is not None and self._leaving(execution)

    def dismiss(self, leaves: Leaves) -> list[Execution]:
        """From now on these leave: those in queues now, others as soon as they are submitted.

        Gives those that queued with a claim (for another attempt, or because their slot has come): it has to be
        given back first.
        """
        self._leaving = leaves
        repeats = [e for waiting in self._repeats.values() for e in waiting if leaves(e)]
        self._repeats = {id_: kept for id_, es in self._repeats.items() if (kept := [e for e in es if not leaves(e)])}
        queued = self.queues.remove(leaves)
        self.returned(execution for execution in queued if execution.id not in self.claimed)
        for execution in repeats:
            execution.origin.returned()
        return [execution for execution in queued if execution.id in self.claimed]

    def keep_all(self) -> None:
        """None has to leave any more."""
        self._leaving = None
        self.notify()

    async def left(self) -> None:
        """Returns when an execution has left, or `settle` was called, since the last return."""
        await self._left.wait()
        self._left.clear()

    def settle(self) -> None:
        """What was being decided is decided."""
        self._left.set()

    def _forget(self, execution: Execution) -> None:
        self.claimed.pop(execution.id, None)
        self._here.pop(execution.id, None)
        self._let_repeats_go(execution.id)
        self._left.set()

    def _let_repeats_go(self, execution_id: str) -> None:
        if execution_id not in self._untold and execution_id not in self._here:
            for repeat in self._repeats.pop(execution_id, ()):
                self.submit(repeat)
