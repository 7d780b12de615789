"""By what an execution that waits is to be called, when its connector or a credential of it has changed meanwhile."""

from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Execution


class Renewal:
    """Compares with the table. As long as nothing has changed that is a look into it, and the very same plan."""

    def __init__(self, table: ConnectorTable) -> None:
        self._table = table

    def is_outdated(self, execution: Execution) -> bool:
        plan = execution.plan
        return self._table.present(plan, execution.event.connector_version) is not plan

    def renew(self, execution: Execution, *, claimed: bool) -> bool:
        """Give it the present plan. False when it is not to have that yet: its slot and its place are of another budget
        or breaker, and have to be given back first.
        """
        before = execution.plan
        plan = self._table.present(before, execution.event.connector_version)
        if plan is before:
            return True
        if claimed and (plan.budget.key, plan.breaker) != (before.budget.key, before.breaker):
            return False
        execution.plan = plan
        return True
