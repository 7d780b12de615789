"""Previews transforms and infers schemas, of samples that somebody sends or of examples that a connector has."""

import asyncio
from typing import Any, Final
from uuid import UUID

from connector_registry.connectors.port import Drafts
from connector_registry.examples.port import Example, ExampleStore
from connector_registry.executions.port import Fault, Refused
from connector_registry.schemas.comparison import SchemaChange, schema_changes
from connector_registry.schemas.inference import infer_schema
from connector_registry.trials.building_shapes import (
    ExampleName,
    Inference,
    InferenceDraft,
    Preview,
    PreviewAnswer,
    PreviewDraft,
)
from connector_registry.trials.port import TrialRunner
from connectors_shared.contract.trial import TransformOrder, TransformReport
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import FieldProblem, InvalidRequestError

MOST_EXAMPLES: Final = 5
"""That are looked at, the newest."""
NONE: Final = "has no examples: keep a test as one, or send a sample"


class Workbench:
    """Without a `runner` every preview ends as `Fault.OFF`."""

    def __init__(self, drafts: Drafts, examples: ExampleStore, runner: TrialRunner | None) -> None:
        self._drafts = drafts
        self._examples = examples
        self._runner = runner

    async def preview(self, who: Principal, draft: PreviewDraft) -> PreviewAnswer | Refused | Fault:
        """Raises InvalidRequestError or ConnectorMissing."""
        if self._runner is None:
            return Fault.OFF
        samples: list[tuple[ExampleName | None, Any]] = [(None, draft.sample)]
        if draft.connector_id is not None:
            examples = await self._newest(who, draft.connector_id)
            samples = [(ExampleName(id=one.id, name=one.name), one.document) for one in examples]
        previews = []
        for name, document in samples:
            order = TransformOrder(workspace_id=who.workspace_id, expression=draft.expression, document=document)
            report = await self._runner.evaluate(order)
            if not isinstance(report, TransformReport):
                return report
            previews.append(Preview(example=name, success=report.success, output=report.output, error=report.error))
        outputs = [one.output for one in previews if one.success]
        schema = (await asyncio.to_thread(infer_schema, outputs))[0] if outputs else None
        return PreviewAnswer(previews=previews, output_schema=schema)

    async def infer(self, who: Principal, draft: InferenceDraft) -> Inference:
        """Raises InvalidRequestError or ConnectorMissing."""
        saved, samples = draft.saved_schema, draft.samples
        if draft.connector_id is not None:
            connector = await self._drafts.saved(who, draft.connector_id)
            saved = connector.output_schema if saved is None else saved
            if not samples:
                samples = [one.output for one in await self._newest(who, draft.connector_id)]
        return await asyncio.to_thread(_inference, samples, saved)

    async def _newest(self, who: Principal, connector_id: UUID) -> list[Example]:
        await self._drafts.saved(who, connector_id)
        found = await self._examples.page(who.workspace_id, connector_id, MOST_EXAMPLES, None)
        if not found:
            raise InvalidRequestError([FieldProblem(pointer="/connectorId", detail=NONE)])
        return found


def _inference(samples: list[Any], saved: dict[str, Any] | None) -> Inference:
    schema, is_partial = infer_schema(samples)
    changes: list[SchemaChange] | None = None if saved is None else schema_changes(saved, schema)
    return Inference(output_schema=schema, partial=is_partial, changes=changes)
