"""Transforms of samples, for whoever writes one: by the same guarded evaluation as those of answers."""

from collections.abc import Callable
from typing import Final

from connector_executor.inbound.callers import Refusal, Refused
from connector_executor.transform import Transformer, TransformFailure, Turn
from connectors_shared.contract.trial import TransformError, TransformOrder, TransformReport
from connectors_shared.runtime.under_way import UnderWay

MOST_AT_ONCE: Final = 4
"""Of one workspace in this process. All of them take one turn among the connectors of their workspace."""
RETRY_SECONDS: Final = 1.0
NOBODYS_CONNECTOR: Final = "preview"


class Previews:
    """`stopping`: nothing is begun any more."""

    def __init__(
        self, transformer: Transformer, stopping: Callable[[], bool], most_at_once: int = MOST_AT_ONCE
    ) -> None:
        self._transformer = transformer
        self._stopping = stopping
        self._most_at_once = most_at_once
        self._running = UnderWay()

    async def run(self, order: TransformOrder) -> TransformReport | Refused:
        if self._stopping():
            return Refused(Refusal.STOPPING, 1.0)
        if self._running.of(order.workspace_id) >= self._most_at_once:
            return Refused(Refusal.TOO_MANY, RETRY_SECONDS)
        with self._running.one(order.workspace_id):
            return await self._evaluated(order)

    async def _evaluated(self, order: TransformOrder) -> TransformReport:
        turn = Turn(str(order.workspace_id), NOBODYS_CONNECTOR)
        outcome = await self._transformer.evaluate(order.expression, order.document, turn=turn)
        if isinstance(outcome, TransformFailure):
            error = TransformError(code=outcome.code, message=outcome.message, position=outcome.position)
            return TransformReport(success=False, error=error)
        return TransformReport(success=True, output=outcome.value)
