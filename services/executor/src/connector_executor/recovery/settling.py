"""Tells the store what has ended as soon as Kafka has its result: then a small marker replaces what it kept."""

import asyncio

from connector_executor.admission.port import Admission, Ended, Position
from connector_executor.execution import Execution
from connector_executor.scheduling.line import Line

SETTLE_AT_ONCE = 512


class Settling:
    """Collects what has ended; while the store is away it waits here, and so do its repeats in the line."""

    def __init__(self, admission: Admission, line: Line) -> None:
        self._admission = admission
        self._line = line
        self._telling = asyncio.Lock()
        self.untold: list[Ended] = []

    def ended(self, execution: Execution, position: Position | None) -> None:
        """Its result is acknowledged by Kafka."""
        self._line.ended(execution.id)
        self.untold.append(Ended(execution.workspace_id, execution.id, position))

    async def tell(self) -> None:
        """Raises ConnectionError; then it is told the next time."""
        async with self._telling:
            while self.untold:
                batch = self.untold[:SETTLE_AT_ONCE]
                await self._admission.settle(batch)
                del self.untold[: len(batch)]
                self._line.told(one.execution_id for one in batch)
