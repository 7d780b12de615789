"""What the API and the engine need of the store. Raises DatabaseUnavailableError."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from connectors_local.flows.advance import Advance, Effect
from connectors_local.flows.model import Flow, NewRun, OutgoingExecution, Run, RunState, StepRecord, Usage
from connectors_shared.http.cursor import Cursor

MOST_COUNTED: Final = 1000
"""Runs of a flow."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list, newest first."""

    limit: int
    after: Cursor | None = None
    flow_id: UUID | None = None
    contact_id: str | None = None
    state: RunState | None = None


class FlowStore(Protocol):
    """For the API: every call sees one workspace only."""

    async def add(self, flow: Flow) -> bool:
        """False when its id is taken, also by one that was removed: nothing is changed then."""

    async def first_definition(self, workspace_id: UUID, flow_id: UUID) -> bytes | None:
        """As it was made, whatever became of it since; None when there never was one."""

    async def find(self, workspace_id: UUID, flow_id: UUID) -> Flow | None: ...

    async def page(self, workspace_id: UUID, limit: int, after: Cursor | None) -> list[Flow]:
        """Newest first."""

    async def replace(self, flow: Flow) -> bool:
        """Save the revision after the stored one; False when another one is stored."""

    async def remove(self, workspace_id: UUID, flow_id: UUID, at: datetime) -> bool:
        """Its runs go on. False when there is none."""

    async def restore(self, workspace_id: UUID, flow_id: UUID) -> bool:
        """One that was removed is there again, as it was. False when there is none."""

    async def usage(self, workspace_id: UUID, flow_ids: Sequence[UUID]) -> dict[UUID, Usage]:
        """Of each, counted up to `MOST_COUNTED`."""

    async def start(self, flow: Flow, runs: Sequence[NewRun], by: str, at: datetime) -> None:
        """A run whose id is there already is the same run: nothing is started again. Raises TakenRunIdError."""

    async def runs(self, workspace_id: UUID, wanted: RunFilter) -> list[Run]: ...

    async def run(self, workspace_id: UUID, run_id: UUID) -> tuple[Run, list[StepRecord]] | None:
        """With its steps, in the order in which they began."""

    async def cancel(self, workspace_id: UUID, run_id: UUID, at: datetime) -> bool:
        """False when there is no such run, or it has ended."""


class TakenRunIdError(Exception):
    """A run of this id belongs to another flow, or to somebody else."""


Decide = Callable[[Run, bytes, Mapping[str, StepRecord]], Advance]
"""Of a run, the definition that it goes by, and its steps."""


class RunStore(Protocol):
    """For the engine, which works for all workspaces."""

    async def take_due(self, now: datetime, most: int, decide: Decide) -> tuple[int, list[Effect]]:
        """Advance runs that are due, in one transaction: what is decided is stored, messages included. How many there
        were, and what is to be done now that it is stored. No two processes take the same run."""

    async def heard(self, told: Sequence["Told"], now: datetime) -> int:
        """What the topics tell of calls that are awaited; repeats, and calls of others, change nothing. Their runs
        are due then; how many there were."""

    async def loaded(self, run_id: UUID, contact: dict[str, Any], now: datetime) -> None:
        """What is known of the run's contact."""

    async def answered(self, run_id: UUID, step_id: str, result: dict[str, Any], now: datetime) -> None:
        """What the contacts API answered to a step."""

    async def later(self, run_id: UUID, due_at: datetime, why: dict[str, Any]) -> None:
        """The contacts API did not answer; one more try. Until then the run says why it waits, as its `error`."""

    async def fail(self, run_id: UUID, error: dict[str, Any], now: datetime) -> None:
        """It cannot go on."""

    async def outgoing(self, most: int) -> list[OutgoingExecution]:
        """Executions to be published, oldest first."""

    async def published(self, ids: Sequence[int]) -> None: ...

    async def forget(self, before: datetime, most: int) -> int:
        """Runs that ended before that moment, with their steps."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message about an execution: its result, or what became of the contact."""

    execution_id: UUID
    result: dict[str, Any] | None = None
    update: dict[str, Any] | None = None
