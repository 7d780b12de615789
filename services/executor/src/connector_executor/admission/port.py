"""The port: what is asked of the admission, and what it may answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BudgetSpec:
    """A budget as admission sees it: windows of (interval, tolerance) in microseconds."""

    key: str
    windows: tuple[tuple[int, int], ...] = ()
    weight: int = 1
    max_concurrent: int = 0


@dataclass(slots=True)
class Ask:
    """One execution asks to start.

    `attempt` counts from 1; a higher one than before means a new slot. `interactive` goes past a parked backlog,
    `drained` comes from it. `repeatable`: a run that may have happened may be run again. `doubted`: it may have
    run before although nothing is known of it (the store was lost).
    """

    workspace_id: str
    execution_id: str
    connector_id: str
    budget: BudgetSpec
    breaker_key: str
    attempt: int = 1
    interactive: bool = False
    drained: bool = False
    repeatable: bool = False
    doubted: bool = False


class Verdict(Enum):
    """The answer."""

    GO = "go"
    """The slot is reserved; start after `wait_us`."""
    PARK = "park"
    """No slot within the horizon, a backlog, a hold or an open breaker: `wait_us` until it is worth asking."""
    DONE = "done"
    """It ran already; `result` is its outcome, to be published again."""
    SETTLED = "settled"
    """It ran and its outcome is safely out: a repeated message, to be dropped."""
    RUNNING = "running"
    """Somebody else is running it; ask again after `wait_us`."""
    UNKNOWN = "unknown"
    """It may have been called, the caller is gone, and calling again could do harm."""
    BUSY = "busy"
    """The budget's concurrency is used up; ask again after `wait_us`."""


@dataclass(slots=True)
class Admitted:
    """A verdict with what belongs to it. `reason` says why it parks: rate, hold, backlog, breaker."""

    verdict: Verdict
    wait_us: int = 0
    result: bytes = b""
    reason: str = ""


@dataclass(slots=True)
class Completion:
    """An execution has its outcome. `concurrency` says that it held a place of the budget."""

    workspace_id: str
    execution_id: str
    budget: BudgetSpec
    result: bytes


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing of a budget may start for `seconds`; `source` names the header or status that said so."""

    workspace_id: str
    budget_key: str
    seconds: float
    source: str


@dataclass(frozen=True, slots=True)
class Pace:
    """For `seconds`, one unit of a budget every `interval_us`, as learned from the upstream."""

    workspace_id: str
    budget_key: str
    interval_us: int
    seconds: float
    source: str


@dataclass(slots=True)
class BudgetState:
    """What is known of a budget, for people. Times in seconds from now."""

    held_for_seconds: float = 0.0
    hold_source: str = ""
    next_slot_seconds: float = 0.0
    pace_interval_seconds: float = 0.0
    pace_source: str = ""
    in_flight: int = 0
    backlog: bool = False
    breaker: str = "closed"
    breaker_probe_seconds: float = 0.0
    extra: dict[str, str] = field(default_factory=dict)


class StoreLostError(Exception):
    """The store answered, but its memory of past executions is gone."""


class Admission(Protocol):
    """Shared by all replicas. Every method may raise ConnectionError; then nothing may start."""

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]: ...
    async def complete(self, completions: Sequence[Completion]) -> list[bytes | None]:
        """Keep the results; gives the outcome to publish for each: the first one kept wins, None to drop."""
        ...

    async def settle(self, executions: Sequence[tuple[str, str]]) -> None:
        """(workspace, execution) whose outcome and offset are safe: keep only a small marker."""
        ...

    async def release(self, executions: Sequence[Ask]) -> None:
        """They did not start after all; forget the claim and give the concurrency back."""
        ...

    async def park(self, executions: Sequence[Ask]) -> None:
        """They wait in the backlog from now on: their claims say so until a drainer asks."""
        ...

    async def renew(self, executions: Sequence[Ask]) -> None:
        """Still running: extend lease and concurrency."""
        ...

    async def hold(self, hold: Hold) -> None: ...
    async def pace(self, pace: Pace) -> None: ...
    async def open_breaker(self, workspace_id: str, key: str, seconds: float) -> None: ...
    async def close_breaker(self, workspace_id: str, key: str) -> None: ...
    async def clear_backlog(self, workspace_id: str, budget_key: str, connector_id: str) -> None: ...
    async def state(self, ask: Ask) -> BudgetState: ...
    async def generation(self) -> str:
        """Identity of the store's memory; a new one means that it was lost."""
        ...
