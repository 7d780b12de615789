"""Who tries connectors out, and what can come of it."""

from typing import Protocol

from connector_registry.executions.port import Fault, Refused
from connectors_shared.contract.trial import TrialOrder, TrialReport

TrialAnswer = TrialReport | Refused | Fault


class TrialRunner(Protocol):
    """Calls by the definition that is sent. Cancelling `run` cancels the call."""

    async def run(self, order: TrialOrder) -> TrialAnswer:
        """Returns when there is an outcome, or soon after `order.wait_seconds`."""
