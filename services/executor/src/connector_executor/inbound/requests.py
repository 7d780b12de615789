"""Requests that are shown before anything is called, for whoever writes a definition."""

from collections.abc import Callable

from connector_executor.connectors.workspaces import Workspaces
from connector_executor.inbound.at_once import MOST_AT_ONCE, AtOnce
from connector_executor.inbound.callers import Refused
from connector_executor.outcome import Failure
from connector_executor.trials.foreseen import foreseen_request, told_failure
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.trial import RequestReport, TrialOrder
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.supervision import in_a_thread

log = get_logger(__name__)


class Requests:
    def __init__(self, workspaces: Workspaces, stopping: Callable[[], bool], most_at_once: int = MOST_AT_ONCE) -> None:
        self._workspaces = workspaces
        self._at_once = AtOnce(stopping, most_at_once)

    async def show(self, order: TrialOrder) -> RequestReport | Refused:
        workspace_id = order.connector.workspace_id
        refused = self._at_once.refusal(workspace_id)
        if refused is not None:
            return refused
        with self._at_once.one(workspace_id):
            try:
                return await in_a_thread(foreseen_request, order, self._workspaces)
            except Exception as error:
                log.exception("request.unbuildable", connector_id=str(order.connector.connector_id))
                why = f"The request cannot be built from these inputs ({type(error).__name__})."
                return RequestReport(error=told_failure(Failure(FailureType.INVALID_REQUEST, why)))
