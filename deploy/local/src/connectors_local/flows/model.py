"""Runs and their steps, as the store keeps them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class RunState(StrEnum):
    """Where a run is."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    """Where a step of a run is."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


FIRST_REVISION: Final = 1


@dataclass(frozen=True, slots=True)
class Flow:
    """`definition`: JSON of a FlowDraft."""

    id: UUID
    workspace_id: UUID
    revision: int
    definition: bytes
    name: str
    enabled: bool
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True)
class Run:
    """`revision`: of the flow that it runs to its end, whatever becomes of the flow. `position`: of the next
    instruction.

    `contact`: what is known of it; None: not asked for yet, or changed since. `variables`: what steps have stored.
    `due_at`: when to look at it again. `tries`: how often in a row something outside did not answer. `error`: what
    that was, while it runs; why it failed, when it has.
    """

    id: UUID
    workspace_id: UUID
    flow_id: UUID
    revision: int
    started_at: datetime
    started_by: str
    due_at: datetime
    state: RunState = RunState.RUNNING
    position: int = 0
    contact_id: str | None = None
    contact: dict[str, Any] | None = None
    input: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    tries: int = 0
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What became of a step. `result`: of the call, as `connector.result` tells it, or of the contacts API; `update`:
    what `contact.updated` tells; the engine heard of them `result_at` and `update_at`. `execution_id`: of a connector's
    call, or the key by which the contacts API knows a repeat."""

    run_id: UUID
    workspace_id: UUID
    step_id: str
    number: int
    action: str
    started_at: datetime
    state: StepState = StepState.RUNNING
    execution_id: UUID | None = None
    until: datetime | None = None
    asked: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    update: dict[str, Any] | None = None
    result_at: datetime | None = None
    update_at: datetime | None = None
    error: dict[str, Any] | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """How a flow is used: of the runs that are kept, how many there are and how many go on, counted up to a ceiling,
    and the newest."""

    runs: int = 0
    running: int = 0
    last_run: Run | None = None


@dataclass(frozen=True, slots=True)
class NewRun:
    """What somebody starts."""

    id: UUID
    contact_id: str | None = None
    input: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutgoingExecution:
    """A message that waits to be published."""

    id: int
    key: bytes
    value: bytes
