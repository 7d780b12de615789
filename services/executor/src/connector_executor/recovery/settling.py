"""Tells the store what has ended as soon as Kafka has its result: then a small marker replaces what it kept."""

import asyncio

from connector_executor.admission.port import Admission, Ended, Position
from connector_executor.execution import Execution

SETTLE_AT_ONCE = 512


class Settling:
    """Collects what has ended; while the store is away it waits here."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._telling = asyncio.Lock()
        self.untold: list[Ended] = []

    def ended(self, execution: Execution, position: Position | None) -> None:
        """Its result is acknowledged by Kafka."""
        self.untold.append(Ended(execution.workspace_id, execution.id, position))

    async def tell(self) -> None:
        """Raises ConnectionError; then it is told the next time."""
        async with self._telling:
            while self.untold:
                batch = self.untold[:SETTLE_AT_ONCE]
                await self._admission.settle(batch)
                del self.untold[: len(batch)]
