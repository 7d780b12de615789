"""Who tries connectors out, and what can come of it."""

from typing import Protocol

from connector_registry.executions.port import Fault, Refused
from connectors_shared.contract.trial import TransformOrder, TransformReport, TrialOrder, TrialReport

TrialAnswer = TrialReport | Refused | Fault


TransformAnswer = TransformReport | Refused | Fault


class TrialRunner(Protocol):
    """Calls by the definition that is sent, and evaluates transforms. Cancelling `run` cancels the call."""

    async def run(self, order: TrialOrder) -> TrialAnswer:
        """Returns when there is an outcome, or soon after `order.wait_seconds`."""

    async def evaluate(self, order: TransformOrder) -> TransformAnswer:
        """What a transform makes of a document."""
