"""Twins for tests: facts in dictionaries, and an executor that says what it is told."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from connector_registry.health.port import Facts
from connectors_shared.contract.status import ConnectorStatus


class InMemoryFacts:
    """By workspace and connector."""

    def __init__(self) -> None:
        self.facts: dict[tuple[UUID, UUID], Facts] = {}

    async def of(self, workspace_id: UUID, connector_ids: Sequence[UUID]) -> dict[UUID, Facts]:
        return {one: found for one in connector_ids if (found := self.facts.get((workspace_id, one))) is not None}


class InMemoryStatuses:
    """`silent`: connectors of which nothing is ever said."""

    def __init__(self) -> None:
        self.statuses: dict[UUID, ConnectorStatus] = {}
        self.silent: set[UUID] = set()

    async def status(self, workspace_id: UUID, connector_id: UUID) -> ConnectorStatus | None:
        if connector_id in self.silent:
            await asyncio.Event().wait()
        return self.statuses.get(connector_id)
