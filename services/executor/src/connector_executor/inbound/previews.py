"""Transforms of samples, for whoever writes one: by the same guarded evaluation as those of answers."""

from collections.abc import Callable
from typing import Final

from connector_executor.inbound.at_once import MOST_AT_ONCE, AtOnce
from connector_executor.inbound.callers import Refused
from connector_executor.transform import Transformer, TransformFailure, Turn
from connectors_shared.contract.trial import TransformError, TransformOrder, TransformReport

NOBODYS_CONNECTOR: Final = "preview"


class Previews:
    """All of a workspace take one turn among its connectors."""

    def __init__(
        self, transformer: Transformer, stopping: Callable[[], bool], most_at_once: int = MOST_AT_ONCE
    ) -> None:
        self._transformer = transformer
        self._at_once = AtOnce(stopping, most_at_once)

    async def run(self, order: TransformOrder) -> TransformReport | Refused:
        refused = self._at_once.refusal(order.workspace_id)
        if refused is not None:
            return refused
        with self._at_once.one(order.workspace_id):
            return await self._evaluated(order)

    async def _evaluated(self, order: TransformOrder) -> TransformReport:
        turn = Turn(str(order.workspace_id), NOBODYS_CONNECTOR)
        outcome = await self._transformer.evaluate(order.expression, order.document, turn=turn)
        if isinstance(outcome, TransformFailure):
            error = TransformError(code=outcome.code, message=outcome.message, position=outcome.position)
            return TransformReport(success=False, error=error)
        return TransformReport(success=True, output=outcome.value)
