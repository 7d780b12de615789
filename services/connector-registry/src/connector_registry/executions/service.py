"""Takes an order and gets it executed: the one place that knows the order of the steps."""

from uuid import UUID

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.executions.port import Answer, Executions, ExecutionTerms, Fault, Refused
from connector_registry.executions.shapes import Order, parse_order
from connector_registry.executions.waiting import WaitingCallers
from connector_registry.metrics import Metrics
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.http.audit.entry import Action, Entry, Thing
from connectors_shared.http.audit.trail import Trail
from connectors_shared.http.principal import Kind, Principal
from connectors_shared.http.request_limits import RequestLimits


class Runner:
    """Executes connectors of the caller's workspace. Without `executions` every order ends as `Fault.OFF`.

    What a workspace has settled about its limits is learned on the way.
    """

    def __init__(
        self,
        terms: ExecutionTerms,
        executions: Executions | None,
        limits: RequestLimits,
        metrics: Metrics,
        trail: Trail,
    ) -> None:
        self._terms = terms
        self._executions = executions
        self._limits = limits
        self._metrics = metrics
        self._trail = trail
        self._waiting = WaitingCallers()

    async def run(self, who: Principal, connector_id: UUID, raw: object) -> tuple[Order, Answer]:
        """Raises InvalidRequestError, ConnectorMissing or TooManyCallersError."""
        order = parse_order(raw, who.workspace_id, connector_id)
        terms = await self._terms.of(who.workspace_id, connector_id)
        self._limits.allow(who.workspace_id, terms.requests_per_minute)
        if not terms.is_known:
            raise ConnectorMissing
        with self._waiting.place(who.workspace_id, terms.waiting_callers):
            if who.kind is Kind.USER:
                await self._trail.note(_by_hand(order))
            return order, await self._answer(order)

    async def _answer(self, order: Order) -> Answer:
        answer = await self._executions.execute(order) if self._executions else Fault.OFF
        if isinstance(answer, ConnectorResult) and not _answers(answer, order):
            answer = Fault.FOREIGN
        self._metrics.executions.labels(_outcome(answer)).inc()
        return answer


def _by_hand(order: Order) -> Entry:
    """What programs execute is in the history; of what a person does it is known who it was."""
    details = {"execution_id": str(order.execution_id)}
    return Entry(order.workspace_id, Action.EXECUTED, Thing.CONNECTOR, order.connector_id, details=details)


def _answers(result: ConnectorResult, order: Order) -> bool:
    return (result.workspace_id, result.connector_id) == (order.workspace_id, order.connector_id)


def _outcome(answer: Answer) -> str:
    if isinstance(answer, Refused):
        return "refused"
    return answer.value if isinstance(answer, Fault) else answer.status.value
