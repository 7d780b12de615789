"""The calls that may be under way in this process, and whose they are."""

from collections.abc import Iterable

from connector_executor.connectors.plan import Plan
from connector_executor.execution import Execution
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.runtime.shares import Party, Shares, Spent

URGENT = 0
"""The priority of interactive executions."""


class Places:
    """One for every call that may be under way at once; a share of them for each connector and each workspace.

    The door of the queues: what it lets out has a place at once, so that a batch cannot overdraw a share. Those of the
    batch that are not called (they have to wait, or are parked) lose theirs when it is settled.
    """

    def __init__(self, most: int, metrics: ExecutorMetrics) -> None:
        self._shares = Shares(most)
        self._let_out: set[Execution] = set()
        metrics.in_flight.set_function(lambda: self._shares.taken - len(self._let_out))

    @property
    def taken(self) -> int:
        return self._shares.taken

    @property
    def free(self) -> int:
        return self._shares.free

    def refusal(self, execution: Execution) -> Party | None:
        """Whose share is used up."""
        urgent = execution.priority == URGENT
        return self._shares.refusal(execution.workspace_id, execution.plan.connector_key, urgent=urgent)

    def room_of(self, party: Party) -> int:
        return self._shares.room_of(party)

    def held_by(self, party: Party) -> int:
        return self._shares.held_by(party)

    def room_for(self, plan: Plan) -> int:
        """How many more executions of a connector, that are not interactive, could be called now."""
        return self._shares.room_for(plan.workspace_key, plan.connector_key)

    def spent(self, plan: Plan) -> Spent | None:
        """The share that keeps executions of a connector from being called, unless they are interactive."""
        return self._shares.spent(plan.workspace_key, plan.connector_key)

    def let_out(self, execution: Execution) -> None:
        self._shares.take(execution.workspace_id, execution.plan.connector_key)
        self._let_out.add(execution)

    def take(self, execution: Execution) -> None:
        """It is called now."""
        if execution in self._let_out:
            self._let_out.discard(execution)
        else:
            self._shares.take(execution.workspace_id, execution.plan.connector_key)

    def give_back(self, execution: Execution) -> None:
        """Its call has ended."""
        self._shares.give_back(execution.workspace_id, execution.plan.connector_key)

    def settle(self, executions: Iterable[Execution]) -> None:
        """Those of them that were let out and are not called hold nothing."""
        if not self._let_out:
            return
        for execution in executions:
            if execution in self._let_out:
                self._let_out.discard(execution)
                self._shares.give_back(execution.workspace_id, execution.plan.connector_key)
