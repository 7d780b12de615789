"""Takes an order and gets it executed: the one place that knows the order of the steps."""

from uuid import UUID

from connector_registry.connectors.port import ConnectorMissing, ConnectorStore
from connector_registry.executions.port import Answer, Executions, Fault, Refused
from connector_registry.executions.shapes import Order, parse_order
from connector_registry.metrics import Metrics
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.http.principal import Principal


class Runner:
    """Executes connectors of the caller's workspace. Without `executions` every order ends as `Fault.OFF`."""

    def __init__(self, store: ConnectorStore, executions: Executions | None, metrics: Metrics) -> None:
        self._store = store
        self._executions = executions
        self._metrics = metrics

    async def accept(self, who: Principal, connector_id: UUID, raw: object) -> Order:
        """Raises InvalidRequestError or ConnectorMissing."""
        order = parse_order(raw, who.workspace_id, connector_id)
        if await self._store.find(who.workspace_id, connector_id) is None:
            raise ConnectorMissing(str(connector_id))
        return order

    async def run(self, order: Order) -> Answer:
        answer = await self._executions.execute(order) if self._executions else Fault.OFF
        if isinstance(answer, ConnectorResult) and not _answers(answer, order):
            answer = Fault.FOREIGN
        self._metrics.executions.labels(_outcome(answer)).inc()
        return answer


def _answers(result: ConnectorResult, order: Order) -> bool:
    return (result.workspace_id, result.connector_id) == (order.workspace_id, order.connector_id)


def _outcome(answer: Answer) -> str:
    if isinstance(answer, Refused):
        return "refused"
    return answer.value if isinstance(answer, Fault) else answer.status.value
