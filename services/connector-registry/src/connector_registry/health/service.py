"""Asks the registry's tables and, for a bounded time, an executor."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.health.judging import Judgement, judge
from connector_registry.health.port import KnownFacts, Statuses
from connectors_shared.contract.status import ConnectorStatus
from connectors_shared.http.principal import Principal

ANSWER_SECONDS: Final = 2.0
"""For all that is asked of executors in one request."""
AT_ONCE: Final = 10


class HealthDesk:
    """Without `statuses` no executor is asked."""

    def __init__(self, facts: KnownFacts, statuses: Statuses | None) -> None:
        self._facts = facts
        self._statuses = statuses

    async def of(self, who: Principal, connector_id: UUID) -> Judgement:
        """Raises ConnectorMissing."""
        found = await self.of_many(who, [connector_id])
        if not found:
            raise ConnectorMissing
        return found[0]

    async def of_many(self, who: Principal, connector_ids: Sequence[UUID]) -> list[Judgement]:
        """In this order, without those that there are none of."""
        facts = await self._facts.of(who.workspace_id, connector_ids)
        asked = [one for one in dict.fromkeys(connector_ids) if one in facts]
        living = [one for one in asked if facts[one].deleted_at is None]
        statuses = await self._statuses_of(who.workspace_id, living)
        return [judge(facts[one], statuses.get(one)) for one in asked]

    async def _statuses_of(self, workspace_id: UUID, connector_ids: Sequence[UUID]) -> dict[UUID, ConnectorStatus]:
        """Those that come in time."""
        if self._statuses is None or not connector_ids:
            return {}
        places = asyncio.Semaphore(AT_ONCE)
        asking = self._statuses.status
        found: dict[UUID, ConnectorStatus] = {}

        async def ask(connector_id: UUID) -> None:
            async with places:
                status = await asking(workspace_id, connector_id)
            if status is not None:
                found[connector_id] = status

        tasks = [asyncio.create_task(ask(one)) for one in connector_ids]
        try:
            await asyncio.wait(tasks, timeout=ANSWER_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for fault in ended:
            if isinstance(fault, Exception):
                raise fault
        return found
