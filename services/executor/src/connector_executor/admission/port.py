"""The port: what is asked of the admission, and what it may answer."""

from collections.abc import Sequence
from dataclasses import dataclass
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

    `attempt` counts from 1; a higher one than before means a new slot. `repeatable`: a call that may have
    happened may be made again.
    """

    workspace_id: str
    execution_id: str
    budget: BudgetSpec
    attempt: int = 1
    repeatable: bool = False


class Verdict(Enum):
    """The answer."""

    GO = "go"
    """The slot is reserved; start after `wait_us`."""
    LATER = "later"
    """No slot within the horizon, or a hold: nothing was taken; ask again after `wait_us`."""
    BUSY = "busy"
    """The budget's concurrency is used up; ask again after `wait_us`."""
    RUNNING = "running"
    """Somebody else is running it; ask again after `wait_us`."""
    DONE = "done"
    """It ran already; `result` is its outcome, to be published again."""
    SETTLED = "settled"
    """It ran and its outcome is safely out: a repeated message, to be dropped."""
    UNKNOWN = "unknown"
    """It may have been called, the caller is gone, and calling again could do harm."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A verdict with what belongs to it."""

    verdict: Verdict
    wait_us: int = 0
    result: bytes = b""

    @property
    def wait_seconds(self) -> float:
        return self.wait_us / 1_000_000


@dataclass(frozen=True, slots=True)
class Completion:
    """An execution has its outcome; `result` is the message to publish."""

    ask: Ask
    result: bytes


class Admission(Protocol):
    """Shared by all replicas. Every method may raise ConnectionError; then nothing may start."""

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]: ...

    async def complete(self, completions: Sequence[Completion]) -> list[bytes | None]:
        """Keep the results; gives what to publish for each: the first one kept wins, None to drop."""
        ...

    async def settle(self, executions: Sequence[tuple[str, str]]) -> None:
        """(workspace, execution) whose outcome and offset are safe: keep only a small marker."""
        ...

    async def release(self, asks: Sequence[Ask]) -> None:
        """They did not start after all: forget the claims and give the concurrency back."""
        ...

    async def renew(self, asks: Sequence[Ask]) -> None:
        """Still running: extend leases and concurrency."""
        ...

    async def hold(self, workspace_id: str, budget_key: str, seconds: float) -> None:
        """The upstream asked for quiet: nothing of the budget starts for so long, on any replica."""
        ...

    async def check(self) -> None:
        """Raises ConnectionError when the store does not answer."""
        ...
