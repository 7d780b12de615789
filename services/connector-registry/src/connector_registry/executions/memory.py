"""A twin of the executor for tests: it answers as told, connector by connector."""

from collections.abc import Callable
from uuid import UUID

from connector_registry.executions.port import Answer, Refused
from connector_registry.executions.shapes import Order
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.http.problems import Problem

UNKNOWN = Refused(Problem(type="/problems/unknown-connector", title="No such connector", status=404))


class InMemoryExecutions:
    """`answers` says what comes of a call of a connector; `orders` is everything that was asked for."""

    def __init__(self) -> None:
        self.answers: dict[UUID, Callable[[Order], Answer]] = {}
        self.orders: list[Order] = []
        self._results: dict[tuple[UUID, UUID], ConnectorResult] = {}

    async def execute(self, order: Order) -> Answer:
        self.orders.append(order)
        own = (order.workspace_id, order.execution_id)
        if own in self._results:
            return self._results[own]
        answer = self.answers[order.connector_id](order) if order.connector_id in self.answers else UNKNOWN
        if isinstance(answer, ConnectorResult):
            self._results[own] = answer
        return answer
