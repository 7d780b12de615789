"""A twin of the executor for tests: it answers as told, connector by connector."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from connector_registry.connectors.port import ConnectorStore
from connector_registry.executions.port import Answer, Refused, Terms
from connector_registry.executions.shapes import Order
from connector_registry.workspaces.port import WorkspaceStore
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.http.problems import Problem

UNKNOWN = Refused(Problem(type="/problems/unknown-connector", title="No such connector", status=404))


class InMemoryExecutionTerms:
    """Of connectors and workspaces in memory."""

    def __init__(self, connectors: ConnectorStore, workspaces: WorkspaceStore) -> None:
        self._connectors = connectors
        self._workspaces = workspaces

    async def of(self, workspace_id: UUID, connector_id: UUID) -> Terms:
        is_known = await self._connectors.find(workspace_id, connector_id) is not None
        workspace = await self._workspaces.find(workspace_id)
        if workspace is None:
            return Terms(is_known)
        return Terms(is_known, workspace.published.waiting_callers, workspace.published.requests_per_minute)


class InMemoryExecutions:
    """`answers` says what comes of a call of a connector; `orders` is everything that was asked for. With a `gate` they
    wait for it.
    """

    def __init__(self) -> None:
        self.answers: dict[UUID, Callable[[Order], Answer]] = {}
        self.orders: list[Order] = []
        self.gate: asyncio.Event | None = None
        self._asked = asyncio.Condition()
        self._results: dict[tuple[UUID, UUID], ConnectorResult] = {}

    async def arrived(self, count: int) -> None:
        """Returns when so many have been asked for."""
        async with self._asked:
            await self._asked.wait_for(lambda: len(self.orders) >= count)

    async def execute(self, order: Order) -> Answer:
        self.orders.append(order)
        async with self._asked:
            self._asked.notify_all()
        if self.gate is not None:
            await self.gate.wait()
        own = (order.workspace_id, order.execution_id)
        if own in self._results:
            return self._results[own]
        answer = self.answers[order.connector_id](order) if order.connector_id in self.answers else UNKNOWN
        if isinstance(answer, ConnectorResult):
            self._results[own] = answer
        return answer
