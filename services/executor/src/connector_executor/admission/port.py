"""The port: what is asked of the admission, and what it may answer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Protocol, Self

import msgspec

from connector_executor.policies.quota import Advice


class BudgetSpec(msgspec.Struct, frozen=True, gc=False):
    """A budget as admission sees it.

    `windows` of (interval, tolerance) in microseconds: one unit every interval, and as many at once as the tolerance
    holds intervals, and one. `quotas` of (units, span in microseconds): at most so many units in any span; needed where
    a window has a tolerance, since a burst and what follows it would be more. `towards` marks whom the calls go to:
    what an upstream says of its limit holds for calls of the same mark alone, the budget's own limit for all of them.
    """

    key: str
    windows: tuple[tuple[int, int], ...] = ()
    weight: int = 1
    max_concurrent: int = 0
    quotas: tuple[tuple[int, int], ...] = ()
    towards: str = ""


class Queueing(IntEnum):
    """What becomes of an execution that cannot start now; the numbers are those of `admit.lua`."""

    WAITS = 0
    """Its caller waits: it is told, and nothing is remembered."""
    PARKS = 1
    """It is parked, behind the backlog of its connector if there is one."""
    OVERTAKES = 2
    """It goes ahead of a backlog, and is parked only when its own slot is too far."""
    DRAINED = 3
    """It comes out of the backlog, and stays there."""
    ENDS = 4
    """It comes out of the backlog to be ended, unless it has run: GO means that it is not going to be called."""
    FAILS = 5
    """Its caller is to be told why it is not called, unless it runs, has run or is parked: GO as for ENDS."""


class Ask(msgspec.Struct, gc=False):
    """One execution asks to start.

    `attempt` counts from 1; a higher one than before means a new slot. `repeatable`: a call that may have
    happened may be made again. `handed_under` are the store's generations under which an earlier process may have
    started it: when the store has lost its memory since, nobody knows whether it did. `asked_at_ms`: nobody can have
    asked for it before; 0 when that is not known.
    """

    workspace_id: str
    execution_id: str
    budget: BudgetSpec
    attempt: int = 1
    repeatable: bool = False
    connector_id: str = ""
    breaker: str = ""
    queueing: Queueing = Queueing.WAITS
    handed_under: tuple[str, ...] = ()
    asked_at_ms: int = 0


class Position(msgspec.Struct, frozen=True, gc=False):
    """Where a result is in the log of results."""

    partition: int
    offset: int


class Claimed(msgspec.Struct, frozen=True):
    """An execution that is here with a claim of ours. `called`: it may have been; else it waits for its slot."""

    ask: Ask
    called: bool = True


Recheck = Callable[[Claimed], Claimed | None]
"""What is known now of one that was claimed; None when it is no more."""


def as_told(one: Claimed) -> Claimed:
    return one


class Ended(msgspec.Struct, frozen=True, gc=False):
    """An execution whose result is acknowledged by Kafka; `position` is None where that is not known."""

    workspace_id: str
    execution_id: str
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What the store knows of what has ended. Until it is `ready`, writes are not admitted.

    `refills`: this replica is to read the log of results, from `tail_ms` on (0: all of it), and to tell by `refilled`;
    asking again keeps that task. Whatever ended before `since_ms` is not known, 0 means that all is. By then, in
    `settles_seconds`, every replica has claimed again what runs there.
    """

    ready: bool
    refills: bool = False
    tail_ms: int = 0
    since_ms: int = 0
    settles_seconds: float = 0.0


class Verdict(Enum):
    """The answer."""

    GO = "go"
    """The slot is reserved. A wait of 0: call now; else ask again after `wait_us`: nothing has been called
    until then, whoever dies, and the upstream may have asked for quiet."""
    LATER = "later"
    """No slot within the horizon, or a hold: nothing was taken; ask again after `wait_us`."""
    HELD = "held"
    """As LATER, because the upstream asked for quiet."""
    BEHIND = "behind"
    """Its connector has a backlog, and it may not overtake; its slot would be in `wait_us` without one."""
    OPEN = "open"
    """The breaker is open: the upstream is failing; the next probe is in `wait_us`."""
    UNHEALTHY = "unhealthy"
    """The connector has only failed for a long time; the next probe is in `wait_us`."""
    PARKED = "parked"
    """It is parked already, or was about to be when somebody died: park it again."""
    BUSY = "busy"
    """The budget's concurrency is used up; ask again after `wait_us`."""
    RUNNING = "running"
    """Somebody else is running it; ask again after `wait_us`."""
    DONE = "done"
    """It ran already; `result` is its outcome, to be published again."""
    SETTLED = "settled"
    """It ran and its outcome is safely out, at `position`: a repeated message, to be dropped."""
    RECOVERING = "recovering"
    """The store has lost its memory, and does not know yet whether it ran; ask again after `wait_us`."""
    UNKNOWN = "unknown"
    """It may have been called, nobody knows, and calling again could do harm."""


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """A verdict with what belongs to it."""

    verdict: Verdict
    wait_us: int = 0
    result: bytes = b""
    watched: bool = True
    """False when nothing has failed lately: then a success need not be reported."""
    position: Position | None = None

    @property
    def wait_seconds(self) -> float:
        return self.wait_us / 1_000_000


class Completion(msgspec.Struct, frozen=True):
    """An execution has its outcome; `result` is the message to publish."""

    ask: Ask
    result: bytes


@dataclass(slots=True)
class Tally:
    """What calls of one connector came to since the last report: of the upstream's life, and of the calls' success.

    `uncalled` are executions that were admitted and ended without a call: if one was to try the upstream, another may.
    """

    alive: int = 0
    failing: int = 0
    succeeded: int = 0
    failed: int = 0
    uncalled: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens, and when a connector counts as unhealthy. Times in seconds.

    Open when `failure_rate` of at least `min_calls` calls of the window failed; every further opening lasts twice as
    long, up to `max_open_seconds`. Unhealthy after nothing but failures, at least `unhealthy_failures`, for
    `unhealthy_seconds`; then one call in `unhealthy_probe_seconds` tries again.
    """

    window_seconds: float = 30.0
    min_calls: int = 10
    failure_rate: float = 0.5
    open_seconds: float = 5.0
    max_open_seconds: float = 300.0
    probe_seconds: float = 60.0
    unhealthy_seconds: float = 5 * 86_400.0
    unhealthy_failures: int = 20
    unhealthy_probe_seconds: float = 3_600.0


@dataclass(frozen=True, slots=True)
class HealthChange:
    """A connector became unhealthy or healthy by a report; `failing_seconds` is how long it had only failed."""

    workspace_id: str
    connector_id: str
    healthy: bool
    failing_seconds: float


@dataclass(slots=True)
class Limits:
    """What holds a connector back, as the store knows it. Durations are from now; 0 is not at all.

    `slot_seconds` until the next free slot; `breaker` is closed, open or half-open.
    """

    slot_seconds: float = 0.0
    hold_seconds: float = 0.0
    hold_source: str = ""
    learned_interval_seconds: float = 0.0
    learned_source: str = ""
    backlogged: bool = False
    in_flight: int | None = None
    breaker: str = "closed"
    breaker_seconds: float = 0.0
    breaker_calls: int = 0
    breaker_failures: int = 0
    unhealthy_seconds: float = 0.0
    only_failing_seconds: float = 0.0


class Subject(msgspec.Struct, frozen=True):
    """Whose limits are asked for, or whose calls are reported."""

    workspace_id: str
    connector_id: str
    breaker: str
    budget: BudgetSpec = BudgetSpec("")


class StoreEmptiedError(ConnectionError):
    """The store answers but has lost what it knew, or a part of it: `join` its new generation with what is here."""


BETWEEN = "+"
"""The names of generations of several parts in one."""


class Whole:
    """Of an admission that is one part."""

    generation: str

    @property
    def parts(self) -> tuple[Self]:
        return (self,)

    def part_of(self, _workspace_id: str) -> int:
        return 0

    def remembers(self, _workspace_id: str, generations: Iterable[str]) -> bool:
        return all(self.generation in names.split(BETWEEN) for names in generations)


class PartedAdmission(Protocol):
    """Shared by all replicas, whole or in parts. Every method may raise ConnectionError; then nothing may start."""

    @property
    def parts(self) -> "Sequence[Admission]":
        """One, unless the store is a cluster. Each has a memory of its own, and may be lost or away by itself."""
        ...

    def part_of(self, workspace_id: str) -> int:
        """The number of the part that knows all of a workspace."""
        ...

    @property
    def generation(self) -> str:
        """Names the store's memory: another one means that what was claimed under this one is forgotten. Of several
        parts it names all that are known, and `remembers` tells for which it is another one.
        """
        ...

    def remembers(self, workspace_id: str, generations: Iterable[str]) -> bool:
        """Whether all of these are the present one, as far as the workspace is concerned."""
        ...

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        """Raises StoreEmptiedError when the store is of another generation; then nothing was done."""
        ...

    async def park(self, asks: Sequence[Ask]) -> None:
        """They ran here and will be called again much later: from now on they are parked, and hold no place."""
        ...

    async def mark_backlog(self, subjects: Sequence[Subject], exists: bool) -> None:
        """Whether executions of the connector that may not overtake have to queue behind its backlog."""
        ...

    async def settle(self, ended: Sequence[Ended]) -> None:
        """Their results are acknowledged by Kafka: keep only small markers."""
        ...

    async def release(self, asks: Sequence[Ask]) -> None:
        """They did not start after all: forget the claims, give concurrency and probes back."""
        ...

    async def forget_dead(self, executions: Sequence[tuple[str, str]]) -> None:
        """(workspace, execution) whose dead letters are safe: a replay finds no claim, unless it runs or has ended."""
        ...

    async def observe(self, workspace_id: str, budget: BudgetSpec, seen: Advice) -> None:
        """The upstream said something about its limit: it holds for the whole budget, on every replica."""
        ...

    async def lift(self, subject: Subject) -> list[str]:
        """Somebody wants it tried now: what its upstream has asked for is forgotten, and where its breaker is open or
        it is unhealthy the next call finds out. Its own limit stays. Gives the codes of what has held it (`Reason`).
        """
        ...

    async def report(self, tallies: Sequence[tuple[Subject, Tally]]) -> list[HealthChange]:
        """Count calls towards breakers and health; what changed by it."""
        ...

    async def limits(self, subject: Subject) -> Limits:
        """What holds the connector back now. Changes nothing."""
        ...


class Admission(PartedAdmission, Protocol):
    """One part, or the whole store where that has one primary."""

    async def join(
        self, claimed: Sequence[Claimed] = (), ended: Sequence[Ended] = (), recheck: Recheck = as_told
    ) -> str:
        """Learn the store's generation, or begin one when it has none, or was written by another server.

        `claimed` is what runs here, and `ended` what ended here and may come again: both are told before this replica
        takes part in that generation; `recheck` as in `reclaim`. It may be the same as before: then the server has
        taken another name, and nothing is lost.
        """
        ...

    async def look(self) -> Memory:
        """What the store knows of what has ended. Raises StoreEmptiedError like `admit`."""
        ...

    async def refill(self, ended: Sequence[Ended]) -> None:
        """From the log of results, newest first. Whoever claims to run them is wrong."""
        ...

    async def refilled(self, since_ms: int | None, *, lost: bool) -> bool:
        """Writes may start. `since_ms`: see `Memory`, None when it stays; `lost`: there had been something to lose.

        False when the task was given to somebody else meanwhile.
        """
        ...

    async def reclaim(self, claimed: Sequence[Claimed], recheck: Recheck = as_told) -> None:
        """They are here, although the store forgot, or is an older copy: claim them again.

        They are told in parts. Each part is asked of `recheck` right before, and whatever is parked or released
        meanwhile is told after it. Not those that have ended, and not over a lease of somebody else. What the store
        holds as called stays called.
        """
        ...

    async def complete(self, completions: Sequence[Completion]) -> list[bytes | None]:
        """Keep the results; gives what to publish for each: the first one kept wins, None to drop."""
        ...

    async def renew(self, claimed: Sequence[Claimed]) -> list[Claimed]:
        """Still here: extend leases and concurrency. Raises StoreEmptiedError like `admit`.

        Gives those that nobody holds any more: `reclaim` them unless they have ended meanwhile.
        """
        ...
