"""The port: what is parked, how a backlog is drained, and what people may ask about it.

A parked execution holds no slot of any budget. The backlog of a connector is ordered by lane, then age; one replica
at a time drains it, by a lease on the backlog. All moments are the store's own clock; callers give durations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

import msgspec

MOST_SECONDS: Final = 30 * 86_400.0
"""Nothing is put off for longer: a moment that an upstream or a definition names may be any number."""
TRIED_NOW: Final = "-"
"""Whom a backlog waits for that somebody wants tried now: nobody."""
CLOCK_STEP_SECONDS: Final = 5.0
"""A clock that goes back by less is let go: what waits, waits that much longer."""
COUNTED: Final = 10_001
"""Where counting ends, where a count costs what it counts: show more than 10,000 as such."""


class ParkReason(StrEnum):
    """Why an execution does not run now."""

    RATE_LIMITED = "rate_limited"
    """Its next slot is beyond the horizon, or the upstream asked for quiet."""
    BEHIND_OTHERS = "behind_others"
    """Its connector has a backlog, and order holds."""
    QUEUE_FULL = "queue_full"
    """Its connector has all the calls in flight that it may have, and they do not end."""
    BREAKER_OPEN = "breaker_open"
    UNHEALTHY = "unhealthy"
    CREDENTIAL_STALE = "credential_stale"
    CREDENTIAL_MISSING = "credential_missing"
    """The credential that its connector names is not published, or does not go together with it (yet)."""
    TOKEN_MISSING = "token_missing"  # noqa: S105
    """The credential is there, and the registry has no access token for it at present."""
    CREDENTIAL_UNREADABLE = "credential_unreadable"
    """A newer registry has published a credential that the executor that had it cannot read."""
    DEFINITION_UNREADABLE = "definition_unreadable"
    """A newer registry has published what the executor that had it cannot read."""
    ASKED_TO_WAIT = "asked_to_wait"
    """The upstream asked to be left alone for long."""
    RETRY = "retry"
    """A further attempt, far away."""
    UNKNOWN = "unknown"
    """The store names a reason that this version does not know."""

    @classmethod
    def _missing_(cls, value: object) -> "ParkReason":
        return cls.UNKNOWN


TROUBLES: Final = frozenset(
    {
        ParkReason.BREAKER_OPEN,
        ParkReason.UNHEALTHY,
        ParkReason.CREDENTIAL_STALE,
        ParkReason.TOKEN_MISSING,
        ParkReason.ASKED_TO_WAIT,
    }
)
"""The API itself is unavailable: whatever waits in the backlog waits for it, for whichever reason it was parked."""


class Parcel(msgspec.Struct, frozen=True, gc=False):
    """What is parked. `message` is the original value; `envelope` is opaque to the store.

    `ready_in_seconds` 0 means as soon as there is a slot; `due_in_seconds` is when asking for one is worth while,
    never later than that; `expires_in_seconds` None means never. `trouble_limit_seconds` is how long it may wait for an
    API that is unavailable: time in which its backlog is in no trouble does not count. None means for ever.
    `generation`: see `TakenRow`; of one that was in doubt when it came here, and has not been asked for since.
    `towards`: whom its calls go to.
    """

    workspace_id: UUID
    execution_id: UUID
    connector_id: UUID
    budget: str
    lane: int
    message: bytes
    envelope: bytes
    reason: ParkReason
    attempt: int = 1
    ready_in_seconds: float = 0.0
    due_in_seconds: float = 0.0
    expires_in_seconds: float | None = None
    trouble_limit_seconds: float | None = None
    ceiling: int = 1_000_000
    generation: str | None = None
    asked_for: UUID | None = None
    """The connector that was asked for, where the backlog is not that one's."""
    flow_id: str | None = None
    towards: str | None = None

    @property
    def in_trouble(self) -> bool:
        return self.reason in TROUBLES


@dataclass(frozen=True, slots=True)
class Backlog:
    """A leased backlog. `sharers` backlogs (this one included) spend from the same budget; counted to COUNTED.

    `trouble`: why its API is unavailable, as far as is known. `towards`: whom its rows wait for, None when that is not
    known.
    """

    workspace_id: UUID
    connector_id: UUID
    budget: str
    parked: int
    sharers: int
    trouble: ParkReason | None = None
    towards: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What looking at a backlog showed about its API; `trouble` None: it can be called."""

    trouble: ParkReason | None


class TakenRow(msgspec.Struct, frozen=True, gc=False):
    """A leased row. `generation` is one under which it may have run: that of its parcel, or of the first lease whose
    holder never gave it back.
    """

    workspace_id: UUID
    execution_id: UUID
    connector_id: UUID
    lane: int
    message: bytes
    envelope: bytes
    attempt: int
    parked_at: datetime
    cancelled: bool
    expired: bool
    generation: str | None


@dataclass(frozen=True, slots=True)
class ParkedView:
    """One parked execution, as people see it; `leased`: it is being run now."""

    execution_id: UUID
    connector_id: UUID
    lane: int
    reason: ParkReason
    attempt: int
    parked_at: datetime
    not_before: datetime | None
    leased: bool
    asked_for: UUID
    flow_id: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class CalledOff:
    """A parked execution that is cancelled now, or was before (`again`). `leased`: it is being run."""

    execution_id: UUID
    connector_id: UUID
    leased: bool
    again: bool


@dataclass(frozen=True, slots=True)
class BacklogView:
    """One connector's backlog.

    `waiting_for_retry` is counted to COUNTED. `oldest` is of the rows that are ready, else of the first so many that
    wait. `due_at` is the next look; None while the backlog is being drained.
    """

    connector_id: UUID
    parked: int
    waiting_for_retry: int
    oldest: datetime | None
    due_at: datetime | None
    reason: ParkReason | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the whole store, for metrics: backlogs and parked executions by the reason of the backlog."""

    backlogs: dict[ParkReason, int]
    parked: dict[ParkReason, int]
    overdue_seconds: float
    """How long the most overdue backlog has been due without anybody draining it."""


Key = tuple[UUID, UUID]
"""(workspace, execution)"""


def bounded(seconds: float) -> float:
    """A wait between nothing and MOST_SECONDS, whatever it was computed from."""
    return min(max(0.0, seconds), MOST_SECONDS) if seconds == seconds else MOST_SECONDS


class ParkingStore(Protocol):
    """Shared by all replicas. Any method may raise ConnectionError; then it may simply be called again."""

    async def park(self, parcels: Sequence[Parcel]) -> list[bool | None]:
        """In one transaction. True: it is parked (now or since an earlier call); False: the backlog is at `ceiling`.

        None: one of the same id is about to be removed (`begin_removal`); this one is parked when that is done.
        Replicas that park at the same moment may pass a ceiling by a batch each.
        """
        ...

    async def repark(self, owner: str, parcels: Sequence[Parcel]) -> None:
        """Rows leased by `owner` go back with a new attempt, envelope, reason and time.

        Their age stays, and so do message, lane, the moment at which they expire, and how long they still wait for an
        API that is unavailable.
        """
        ...

    async def due(self, owner: str, most: int, lease_seconds: float) -> list[Backlog]:
        """Lease backlogs that are due, longest due first. Nobody else gets them until `put_off` or the lease's end."""
        ...

    async def put_off(
        self, owner: str, connector_id: UUID, seconds: float | None, found: Finding | None = None
    ) -> bool:
        """End the lease and look again after `seconds`; None: when the next row becomes ready.

        Never later than a parcel that was parked meanwhile asked for, nor than the limit of the next row in trouble.
        `found` None says nothing new. False when nothing is parked any more.
        """
        ...

    async def take(
        self, owner: str, connector_id: UUID, most: int, lease_seconds: float, generation: str
    ) -> list[TakenRow]:
        """Lease the next ready rows of the connector: by lane, then age. Rows leased by others are passed over."""
        ...

    async def take_ended(self, owner: str, most: int, lease_seconds: float, generation: str) -> list[TakenRow]:
        """Lease rows of any connector that were cancelled or have expired: they need no slot, only an outcome."""
        ...

    async def take_past_limit(
        self, owner: str, connector_id: UUID, most: int, lease_seconds: float, generation: str
    ) -> list[TakenRow]:
        """Lease rows of a backlog in trouble that have waited for its API as long as they may."""
        ...

    async def give_back(self, owner: str, rows: Mapping[Key, str | None]) -> None:
        """Rows leased by `owner` that did not start: anybody may take them, in their old place.

        With each the generation under which it may have run in an earlier lease; None when that is known by now.
        """
        ...

    async def renew(self, owner: str, keys: Sequence[Key], lease_seconds: float) -> None:
        """Rows leased by `owner` are still being run, or are looked at again after so long."""
        ...

    async def remove(self, keys: Sequence[Key]) -> None:
        """Their outcome is published."""
        ...

    async def begin_removal(self, owner: str, keys: Sequence[Key]) -> set[Key]:
        """Of rows leased by `owner`: they will be removed without an outcome, unless somebody takes them to run.

        Gives those that are still his. Until they are gone whoever brings such an execution again is no repeat.
        """
        ...

    async def end_removal(self, owner: str, keys: Sequence[Key]) -> None:
        """Remove them. One that somebody else has taken meanwhile, or that was parked since then, stays."""
        ...

    async def cancel(self, workspace_id: UUID, connector_id: UUID, execution_ids: Sequence[UUID] | None) -> int:
        """Mark parked executions (None: all of the connector) as cancelled; how many.

        A leased one comes to its own end if it is called in this lease; it is not called in another.
        A call that is repeated counts only what the first one left.
        """
        ...

    async def call_off(self, workspace_id: UUID, execution_ids: Sequence[UUID]) -> list[CalledOff]:
        """The same by their ids alone, of whichever connector; what is not among the answers is not parked there."""
        ...

    async def wake(self, connector_ids: Sequence[UUID]) -> None:
        """Their backlogs are due now: a limit, a credential or the connector itself has changed."""
        ...

    async def try_now(self, connector_id: UUID) -> int:
        """Its backlog is due now, and whom its rows wait for is `TRIED_NOW`; how many are parked."""
        ...

    async def hasten(self, owner: str, connector_id: UUID, towards: str, most: int) -> bool:
        """Rows of a leased backlog that wait for another attempt are ready, `most` in one call. True when that were
        all: then this is whom the backlog waits for.
        """
        ...

    async def wake_next(self, after: UUID | None, most: int) -> UUID | None:
        """The next backlogs by connector id, after the given one, are due now; the last of them, None for none."""
        ...

    async def backlog(self, connector_id: UUID, workspace_id: UUID | None = None) -> BacklogView | None:
        """None when nothing is parked, or nothing of that workspace."""
        ...

    async def backlogs(self, workspace_id: UUID | None, after: UUID | None, most: int) -> list[BacklogView]:
        """By connector id, after the given one."""
        ...

    async def parked(
        self, connector_id: UUID, after: UUID | None, most: int, workspace_id: UUID | None = None
    ) -> list[ParkedView]:
        """In the order in which they would run: those that are ready, then by the moment they wait for.

        Without those cancelled. `after` is the last execution of the page before; once it is gone, so are those
        before it, and the page begins at the head.
        """
        ...

    async def parked_one(self, workspace_id: UUID, execution_id: UUID) -> ParkedView | None:
        """None when it is not parked, or cancelled."""
        ...

    async def follow_clock(self) -> float:
        """The store's clock may have gone back, by hours after a failover: what waits is moved with it. By how many
        seconds it did since `totals` were last counted, 0 when it did not.
        """
        ...

    async def totals(self, fresh_seconds: float = 0.0) -> Totals:
        """Counted now, unless some replica has done so within that time."""
        ...

    async def check(self) -> None:
        """Raises ConnectionError when the store does not answer."""
        ...
