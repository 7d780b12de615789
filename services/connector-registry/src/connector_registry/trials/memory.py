"""A twin of the executor for tests: it answers trials as told."""

import asyncio
from collections.abc import Callable

from connector_registry.trials.port import ShownAnswer, TransformAnswer, TrialAnswer
from connectors_shared.contract.trial import RequestReport, TransformOrder, TransformReport, TrialOrder, TrialReport


def succeeding(order: TrialOrder) -> TrialAnswer:
    """With the inputs as output."""
    return TrialReport(
        execution_id=order.execution_id,
        connector_id=order.connector.connector_id,
        success=True,
        output=order.inputs,
        time=1.0,
    )


def unchanged(order: TransformOrder) -> TransformAnswer:
    return TransformReport(success=True, output=order.document)


class InMemoryTrials:
    """`answer` says what comes of one; `orders` is all that was asked for. With a `gate` they wait for it, and
    `cancelled` says that nobody waits any more. `evaluated` and `transforms`: the same of transforms; `report` and
    `shown` of requests that are only shown.
    """

    def __init__(self) -> None:
        self.answer: Callable[[TrialOrder], TrialAnswer] = succeeding
        self.orders: list[TrialOrder] = []
        self.evaluated: Callable[[TransformOrder], TransformAnswer] = unchanged
        self.transforms: list[TransformOrder] = []
        self.report: ShownAnswer = RequestReport(missing=["input.phone"])
        self.shown: list[TrialOrder] = []
        self.asked = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.gate: asyncio.Event | None = None

    async def run(self, order: TrialOrder) -> TrialAnswer:
        self.orders.append(order)
        self.asked.set()
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        return self.answer(order)

    async def show(self, order: TrialOrder) -> ShownAnswer:
        self.shown.append(order)
        return self.report

    async def evaluate(self, order: TransformOrder) -> TransformAnswer:
        self.transforms.append(order)
        return self.evaluated(order)
