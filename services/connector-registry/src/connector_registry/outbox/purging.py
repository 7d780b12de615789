"""Purges what was deleted so long ago that no execution can ask for it any more."""

from datetime import timedelta
from typing import Final

from connector_registry.outbox.port import Deletions
from connectors_shared.contract.topics import EXECUTE_RETENTION_MS
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop

KEPT: Final = timedelta(milliseconds=EXECUTE_RETENTION_MS) + timedelta(days=1)
"""An execution may be in Kafka for so long, and an executor that has not heard of a deletion calls it unknown."""
BATCH: Final = 200
PAUSE_SECONDS: Final = 600.0

log = get_logger(__name__)


class Purger:
    """Run `run` as a task for as long as the service lives; replicas share the work."""

    def __init__(self, deletions: Deletions, clock: Clock) -> None:
        self._deletions = deletions
        self._clock = clock

    async def run(self) -> None:
        """For ever. Cancel to stop."""
        await PollLoop("deletions.purge", self._pass).run()

    async def _pass(self) -> float:
        await self.purge()
        return PAUSE_SECONDS

    async def purge(self) -> None:
        """All of them; raises what the store raises."""
        before = self._clock.now() - KEPT
        while purged := await self._deletions.purge(before, BATCH):
            log.info("deletions.purged", entities=purged)
