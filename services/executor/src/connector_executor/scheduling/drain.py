"""Returns executions: all of them when the process ends, those of partitions that move at a rebalance."""

import asyncio

from connector_executor.execution import Execution
from connector_executor.scheduling.admitter import Admitter
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Leaves, Line
from connector_executor.scheduling.waiting import Waiting
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)


def everybody(_execution: Execution) -> bool:
    return True


class Drain:
    """Starts no more of those that leave, gives back those that have not started, waits for those under way."""

    def __init__(self, line: Line, claims: Claims, waiting: Waiting, admitter: Admitter) -> None:
        self._line = line
        self._claims = claims
        self._waiting = waiting
        self._admitter = admitter

    async def until_empty(self, timeout_seconds: float, leaves: Leaves = everybody) -> bool:
        """True when all that leave have left; False when the time ran out first. Others go on as before."""
        await self._claims.give_back(self._line.dismiss(leaves) + self._waiting.stop(leaves))
        try:
            async with asyncio.timeout(timeout_seconds):
                while self._admitter.asks_for(leaves) or self._claims.releasing or self._remaining(leaves):
                    await self._line.left()
        except TimeoutError:
            log.warning("drain.incomplete", under_way=self._remaining(leaves))
            return False
        return True

    def resume(self) -> None:
        """Executions that come from now on are taken in."""
        self._line.keep_all()

    def _remaining(self, leaves: Leaves) -> int:
        return sum(map(leaves, self._line.claimed.values()))
