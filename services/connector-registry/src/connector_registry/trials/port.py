"""Who tries connectors out, and what can come of it."""

from typing import Protocol

from connector_registry.executions.port import Fault, Refused
from connectors_shared.contract.trial import RequestReport, TransformOrder, TransformReport, TrialOrder, TrialReport

TrialAnswer = TrialReport | Refused | Fault
ShownAnswer = RequestReport | Refused | Fault
TransformAnswer = TransformReport | Refused | Fault


class TrialRunner(Protocol):
    """Calls by the definition that is sent, and evaluates transforms. Cancelling `run` cancels the call."""

    async def run(self, order: TrialOrder) -> TrialAnswer:
        """Returns when there is an outcome, or soon after `order.wait_seconds`."""

    async def show(self, order: TrialOrder) -> ShownAnswer:
        """The request that it would send; nothing is called."""

    async def evaluate(self, order: TransformOrder) -> TransformAnswer:
        """What a transform makes of a document."""
