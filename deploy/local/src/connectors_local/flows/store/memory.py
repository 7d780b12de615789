"""Twins of the Postgres stores, for tests: the same behaviour, in dictionaries."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from connectors_local.flows.advance import Effect
from connectors_local.flows.model import (
    FIRST_REVISION,
    Flow,
    NewRun,
    OutgoingExecution,
    Run,
    RunState,
    StepRecord,
    StepState,
    Usage,
)
from connectors_local.flows.store.port import MOST_COUNTED, Decide, RunFilter, TakenRunIdError, Told
from connectors_shared.http.cursor import Cursor


@dataclass(slots=True)
class InMemoryFlows:
    """Both ports."""

    flows: dict[UUID, Flow] = field(default_factory=dict)
    removed: dict[UUID, Flow] = field(default_factory=dict)
    versions: dict[tuple[UUID, int], bytes] = field(default_factory=dict)
    started: dict[UUID, Run] = field(default_factory=dict)
    steps: dict[UUID, dict[str, StepRecord]] = field(default_factory=dict)
    outbox: list[OutgoingExecution] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def add(self, flow: Flow) -> bool:
        if flow.id in self.flows or flow.id in self.removed:
            return False
        self._put(flow)
        return True

    async def first_definition(self, workspace_id: UUID, flow_id: UUID) -> bytes | None:
        found = self.flows.get(flow_id) or self.removed.get(flow_id)
        is_own = found is not None and found.workspace_id == workspace_id
        return self.versions[flow_id, FIRST_REVISION] if is_own else None

    def _put(self, flow: Flow) -> None:
        self.flows[flow.id] = flow
        self.versions[flow.id, flow.revision] = flow.definition

    async def find(self, workspace_id: UUID, flow_id: UUID) -> Flow | None:
        found = self.flows.get(flow_id)
        return found if found and found.workspace_id == workspace_id else None

    async def page(self, workspace_id: UUID, limit: int, after: Cursor | None) -> list[Flow]:
        own = [flow for flow in self.flows.values() if flow.workspace_id == workspace_id]
        own.sort(key=lambda flow: (flow.created_at, flow.id), reverse=True)
        return [flow for flow in own if after is None or after.is_before(flow.created_at, flow.id)][:limit]

    async def replace(self, flow: Flow) -> bool:
        stored = await self.find(flow.workspace_id, flow.id)
        if stored is None or stored.revision != flow.revision - 1:
            return False
        self._put(flow)
        return True

    async def remove(self, workspace_id: UUID, flow_id: UUID, at: datetime) -> bool:
        if await self.find(workspace_id, flow_id) is None:
            return False
        self.removed[flow_id] = self.flows.pop(flow_id)
        return True

    async def restore(self, workspace_id: UUID, flow_id: UUID) -> bool:
        found = self.removed.get(flow_id)
        if found is None or found.workspace_id != workspace_id:
            return False
        self.flows[flow_id] = self.removed.pop(flow_id)
        return True

    async def usage(self, workspace_id: UUID, flow_ids: Sequence[UUID]) -> dict[UUID, Usage]:
        found = {}
        for flow_id in flow_ids:
            runs = await self.runs(workspace_id, RunFilter(MOST_COUNTED, flow_id=flow_id))
            running = [run for run in runs if run.state is RunState.RUNNING]
            found[flow_id] = Usage(len(runs), len(running), runs[0] if runs else None)
        return found

    async def start(self, flow: Flow, runs: Sequence[NewRun], by: str, at: datetime) -> None:
        whose = (flow.workspace_id, flow.id)
        there = [self.started[run.id] for run in runs if run.id in self.started]
        if any((run.workspace_id, run.flow_id) != whose for run in there):
            raise TakenRunIdError
        for run in runs:
            fresh = Run(run.id, *whose, flow.revision, at, by, at, contact_id=run.contact_id, input=run.input)
            self.started.setdefault(run.id, fresh)

    async def runs(self, workspace_id: UUID, wanted: RunFilter) -> list[Run]:
        own = [run for run in self.started.values() if run.workspace_id == workspace_id and _is_wanted(run, wanted)]
        own.sort(key=lambda run: (run.started_at, run.id), reverse=True)
        return [replace(run, contact=None, input={}, variables={}) for run in own[: wanted.limit]]

    async def run(self, workspace_id: UUID, run_id: UUID) -> tuple[Run, list[StepRecord]] | None:
        found = self.started.get(run_id)
        if found is None or found.workspace_id != workspace_id:
            return None
        return found, sorted(self.steps.get(run_id, {}).values(), key=lambda step: step.number)

    async def cancel(self, workspace_id: UUID, run_id: UUID, at: datetime) -> bool:
        found = self._running(run_id)
        if found is None or found.workspace_id != workspace_id:
            return False
        self.started[run_id] = replace(found, state=RunState.CANCELLED, ended_at=at)
        return True

    async def take_due(self, now: datetime, most: int, decide: Decide) -> tuple[int, list[Effect]]:
        due = [run for run in self.started.values() if run.state is RunState.RUNNING and run.due_at <= now]
        due = sorted(due, key=lambda run: run.due_at)[:most]
        effects = []
        for run in due:
            done = decide(run, self.versions[run.flow_id, run.revision], self.steps.get(run.id, {}))
            self.started[run.id] = done.run
            self.steps.setdefault(run.id, {}).update(done.records)
            self.outbox += [
                OutgoingExecution(next(self._numbers), each.key(), each.to_json()) for each in done.messages
            ]
            effects += [done.effect] if done.effect else []
        return len(due), effects

    async def heard(self, told: Sequence[Told], now: datetime) -> int:
        woken = set()
        for each in told:
            for run_id, steps in self.steps.items():
                for step in steps.values():
                    if step.execution_id == each.execution_id and self._awaits(step):
                        steps[step.step_id] = _noted(step, each, now)
                        woken.add(run_id)
        for run_id in woken:
            self.started[run_id] = replace(self.started[run_id], due_at=now)
        return len(woken)

    async def loaded(self, run_id: UUID, contact: dict[str, Any], now: datetime) -> None:
        if found := self._running(run_id):
            self.started[run_id] = replace(found, contact=contact, due_at=now, tries=0, error=None)

    async def answered(self, run_id: UUID, step_id: str, result: dict[str, Any], now: datetime) -> None:
        found, step = self._running(run_id), self.steps.get(run_id, {}).get(step_id)
        if found and step and step.state is StepState.RUNNING:
            self.steps[run_id][step_id] = replace(step, result=result, result_at=now)
            self.started[run_id] = replace(found, due_at=now)

    async def later(self, run_id: UUID, due_at: datetime, why: dict[str, Any]) -> None:
        if found := self._running(run_id):
            self.started[run_id] = replace(found, due_at=due_at, tries=found.tries + 1, error=why)

    async def fail(self, run_id: UUID, error: dict[str, Any], now: datetime) -> None:
        if found := self._running(run_id):
            self.started[run_id] = replace(found, state=RunState.FAILED, error=error, ended_at=now)

    async def outgoing(self, most: int) -> list[OutgoingExecution]:
        return self.outbox[:most]

    async def published(self, ids: Sequence[int]) -> None:
        self.outbox = [each for each in self.outbox if each.id not in ids]

    async def forget(self, before: datetime, most: int) -> int:
        old = [run.id for run in self.started.values() if run.ended_at is not None and run.ended_at < before][:most]
        for run_id in old:
            del self.started[run_id]
            self.steps.pop(run_id, None)
        return len(old)

    def _running(self, run_id: UUID) -> Run | None:
        found = self.started.get(run_id)
        return found if found and found.state is RunState.RUNNING else None

    def _awaits(self, step: StepRecord) -> bool:
        return step.state is StepState.RUNNING and self._running(step.run_id) is not None


def _noted(step: StepRecord, told: Told, now: datetime) -> StepRecord:
    """What is told first counts."""
    if step.result is None and told.result is not None:
        step = replace(step, result=told.result, result_at=now)
    if step.update is None and told.update is not None:
        step = replace(step, update=told.update, update_at=now)
    return step


def _is_wanted(run: Run, wanted: RunFilter) -> bool:
    return (
        (wanted.after is None or wanted.after.is_before(run.started_at, run.id))
        and wanted.flow_id in (None, run.flow_id)
        and wanted.contact_id in (None, run.contact_id)
        and wanted.state in (None, run.state)
    )
