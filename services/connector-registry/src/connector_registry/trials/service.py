"""Tries connectors of the caller's workspace: the one place that knows the order of the steps."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

from connector_registry.connectors.port import Drafts, ReadyConnector
from connector_registry.executions.port import Fault, Refused
from connector_registry.grants.port import GrantStore
from connector_registry.schemas.comparison import SchemaChange, schema_changes
from connector_registry.schemas.inference import infer_schema
from connector_registry.trials.port import ShownAnswer, TrialRunner
from connector_registry.trials.shapes import (
    CheckDraft,
    DraftTrialDraft,
    ShownDraft,
    TrialDraft,
    Tried,
    tried,
    tried_token,
)
from connectors_shared.contract.grant import MOST_GRANTS
from connectors_shared.contract.trial import TrialOrder, TrialReport
from connectors_shared.http.audit.entry import Action, Entry, Thing
from connectors_shared.http.audit.trail import Trail
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import FieldProblem, InvalidRequestError

INSIDE: Final = "/connector"


class TrialDesk:
    """Without a `runner` every trial ends as `Fault.OFF`."""

    def __init__(self, drafts: Drafts, grants: GrantStore, runner: TrialRunner | None, trail: Trail) -> None:
        self._drafts = drafts
        self._grants = grants
        self._runner = runner
        self._trail = trail

    async def saved(self, who: Principal, connector_id: UUID, draft: TrialDraft) -> Tried | Refused | Fault:
        """As it is stored, whether or not the executors know that yet. Raises ConnectorMissing."""
        return await self._run(who, await self._drafts.saved(who, connector_id), draft, is_saved=True)

    async def drafted(self, who: Principal, draft: DraftTrialDraft) -> Tried | Refused | Fault:
        """Raises what `check` raises."""
        return await self._run(who, await self.check(who, draft), draft, is_saved=False)

    async def check(self, who: Principal, draft: CheckDraft) -> ReadyConnector:
        """Raises InvalidRequestError with all that would keep it from being saved, or ConnectorMissing."""
        try:
            return await self._drafts.drafted(who, draft.connector, draft.connector_id)
        except InvalidRequestError as error:
            problem = error.problem
            errors = [FieldProblem(pointer=INSIDE + each.pointer, detail=each.detail) for each in problem.errors]
            raise InvalidRequestError(errors, problem.detail) from None

    async def shown(self, who: Principal, draft: ShownDraft) -> ShownAnswer:
        """The request that it would send; nothing is called, so nothing is audited. Raises what `check` raises."""
        connector = await self.check(who, draft)
        if self._runner is None:
            return Fault.OFF
        values = TrialDraft(inputs=draft.inputs, context=draft.context)
        return await self._runner.show(_order(connector, values))

    async def _run(
        self, who: Principal, connector: ReadyConnector, draft: TrialDraft, *, is_saved: bool
    ) -> Tried | Refused | Fault:
        if self._runner is None:
            return Fault.OFF
        granted = await self._grants.all(who.workspace_id)
        order = _order(connector, draft, [grant.id for grant in granted])
        await self._trail.note(_entry(order, is_saved=is_saved))
        report = await self._runner.run(order)
        if not isinstance(report, TrialReport):
            return report
        return await asyncio.to_thread(_told_of, report, connector)


def _order(connector: ReadyConnector, draft: TrialDraft, grants: Sequence[UUID] = ()) -> TrialOrder:
    return TrialOrder.model_construct(
        execution_id=uuid4(),
        connector=connector.published,
        credentials=list(connector.credentials),
        grants=list(grants[:MOST_GRANTS]),
        inputs=draft.inputs,
        context=draft.context,
        wait_seconds=draft.wait_seconds,
    )


def _entry(order: TrialOrder, *, is_saved: bool) -> Entry:
    connector = order.connector
    details = {"execution_id": str(order.execution_id), "saved": is_saved}
    return Entry(
        connector.workspace_id, Action.TESTED, Thing.CONNECTOR, connector.connector_id, connector.name, details=details
    )


def _told_of(report: TrialReport, connector: ReadyConnector) -> Tried:
    token = tried_token(connector.authorizing)
    if not report.success:
        return tried(report, token)
    schema, _ = infer_schema([report.output])
    saved = connector.output_schema
    changes: list[SchemaChange] | None = None if saved is None else schema_changes(saved, schema)
    return tried(report, token, schema, changes)
