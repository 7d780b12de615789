"""Requests that are shown before anything is called, for whoever writes a definition."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from connector_executor.connectors.workspaces import Workspaces
from connector_executor.inbound.callers import Refusal, Refused
from connector_executor.outcome import Failure
from connector_executor.trials.foreseen import foreseen_request, told_failure
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.trial import RequestReport, TrialOrder
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.under_way import UnderWay

log = get_logger(__name__)
MOST_AT_ONCE: Final = 4
"""Of one workspace in this process."""
RETRY_SECONDS: Final = 1.0
T = TypeVar("T")


class Requests:
    """`stopping`: nothing is begun any more."""

    def __init__(
        self,
        workspaces: Workspaces,
        stopping: Callable[[], bool],
        most_at_once: int = MOST_AT_ONCE,
    ) -> None:
        self._workspaces = workspaces
        self._stopping = stopping
        self._most_at_once = most_at_once
        self._running = UnderWay()

    async def show(self, order: TrialOrder) -> RequestReport | Refused:
        workspace_id = order.connector.workspace_id
        if self._stopping():
            return Refused(Refusal.STOPPING, 1.0)
        if self._running.of(workspace_id) >= self._most_at_once:
            return Refused(Refusal.TOO_MANY, RETRY_SECONDS)
        with self._running.one(workspace_id):
            try:
                return await _to_its_end(asyncio.to_thread(foreseen_request, order, self._workspaces))
            except Exception as error:
                log.exception("request.unbuildable", connector_id=str(order.connector.connector_id))
                why = f"The request cannot be built from these inputs ({type(error).__name__})."
                return RequestReport(error=told_failure(Failure(FailureType.INVALID_REQUEST, why)))


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Of a thread, which goes on when nobody waits for it any more: until then it counts."""
    working = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(working)
    finally:
        if not working.done():
            await asyncio.wait([working])
