"""Bodies and answers of the engine's API."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from connectors_local.flows.model import Flow, NewRun, Run, RunState, StepRecord, StepState, Usage
from connectors_local.flows.store.port import MOST_COUNTED

MOST_RUNS: Final = 1000
"""That are started by one request."""
CALLING: Final = "connector"


class Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RunDraft(Draft):
    """`id`: made by the caller, so that sending it again starts nothing again. `input`: what templates know as
    `{{input.…}}`."""

    id: UUID = Field(default_factory=uuid4)
    contact_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    input: Annotated[dict[str, Any], Field(max_length=100)] = Field(default_factory=dict)

    def new(self) -> NewRun:
        return NewRun(self.id, self.contact_id, self.input)


class StartRuns(Draft):
    runs: Annotated[list[RunDraft], Field(min_length=1, max_length=MOST_RUNS)]


class FlowView(BaseModel):
    """`definition`: as it was saved."""

    id: UUID
    name: str
    enabled: bool
    revision: int
    definition: dict[str, Any]
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


class Started(BaseModel):
    """In the order in which they were sent."""

    runs: list[UUID]


class RunView(BaseModel):
    """`error` says the step that ended it, and why; while it runs, what it waits for that does not answer."""

    id: UUID
    flow_id: UUID
    revision: int
    state: RunState
    contact_id: str | None
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    error: dict[str, Any] | None


class RunPage(BaseModel):
    runs: list[RunView]
    next_cursor: str | None


class FlowLine(FlowView):
    """A flow in a list, with how it is used: of the runs that are kept, `runs` in all and `running` ones, both counted
    up to a ceiling, and the newest."""

    runs: int = Field(le=MOST_COUNTED)
    running: int = Field(le=MOST_COUNTED)
    last_run: RunView | None


class FlowPage(BaseModel):
    flows: list[FlowLine]
    next_cursor: str | None


class StepView(BaseModel):
    """`execution_id` leads to the execution: `execution` is its path in the registry's API, for steps that call a
    connector. `output`: what it answered, heard of at `result_at`; `update`: what became of the contact, `mappings` of
    each mapping, heard of at `update_at`."""

    step_id: str
    action: str
    state: StepState
    started_at: datetime
    ended_at: datetime | None
    until: datetime | None
    execution_id: UUID | None
    execution: str | None
    output: Any
    result_at: datetime | None
    update: dict[str, Any] | None
    update_at: datetime | None
    error: dict[str, Any] | None


class FullRun(RunView):
    """One run with its steps, in the order in which they began, and what it has stored."""

    input: dict[str, Any]
    variables: dict[str, Any]
    steps: list[StepView]


def flow_view(flow: Flow) -> FlowView:
    told = {name: getattr(flow, name) for name in FlowView.model_fields if name != "definition"}
    return FlowView(**told, definition=msgspec.json.decode(flow.definition))


def flow_line(flow: Flow, usage: Usage) -> FlowLine:
    last = None if usage.last_run is None else run_view(usage.last_run)
    return FlowLine(**flow_view(flow).model_dump(), runs=usage.runs, running=usage.running, last_run=last)


def run_view(run: Run) -> RunView:
    return RunView(**{name: getattr(run, name) for name in RunView.model_fields})


def full_run(run: Run, steps: list[StepRecord]) -> FullRun:
    head = run_view(run).model_dump()
    return FullRun(**head, input=run.input, variables=run.variables, steps=[_step_view(step) for step in steps])


def _step_view(step: StepRecord) -> StepView:
    calls = step.action == CALLING and step.execution_id is not None
    result = step.result or {}
    return StepView(
        step_id=step.step_id,
        action=step.action,
        state=step.state,
        started_at=step.started_at,
        ended_at=step.ended_at,
        until=step.until,
        execution_id=step.execution_id if calls else None,
        execution=f"/api/executions/{step.execution_id}" if calls else None,
        output=result.get("data") if calls else step.result,
        result_at=step.result_at,
        update=step.update,
        update_at=step.update_at,
        error=step.error,
    )
