"""What is made for whoever writes a definition, beside executions: a few at once of each workspace, none at the end."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final
from uuid import UUID

from connector_executor.inbound.callers import Refusal, Refused
from connectors_shared.runtime.under_way import UnderWay

MOST_AT_ONCE: Final = 4
"""Of one workspace in this process."""
RETRY_SECONDS: Final = 1.0


class AtOnce:
    """`stopping`: nothing is begun any more."""

    def __init__(self, stopping: Callable[[], bool], most: int) -> None:
        self._stopping = stopping
        self._most = most
        self._running = UnderWay()

    def refusal(self, workspace_id: UUID) -> Refused | None:
        """Why no other one may begin now."""
        if self._stopping():
            return Refused(Refusal.STOPPING, 1.0)
        if self._running.of(workspace_id) >= self._most:
            return Refused(Refusal.TOO_MANY, RETRY_SECONDS)
        return None

    def one(self, workspace_id: UUID) -> AbstractContextManager[None]:
        """It counts until the block ends."""
        return self._running.one(workspace_id)
