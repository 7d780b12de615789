"""What is parked for a workspace: looked at in bounded pages, backlog by backlog, and called off."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from connector_executor.connectors.table import ConnectorTable
from connector_executor.parking.port import BacklogView, CalledOff, ParkedView, ParkingStore

MOST_LOOKED_AT: Final = 5_000
"""Executions that one request looks at for those that it wants; the next one goes on behind them."""
PORTION: Final = 1_000
BACKLOGS: Final = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on: in this backlog, behind that execution."""

    backlog_id: UUID
    after: UUID | None = None

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Raises ValueError."""
        backlog, _, after = text.partition(":")
        return cls(UUID(backlog), UUID(after) if after else None)

    def __str__(self) -> str:
        return f"{self.backlog_id}:{self.after or ''}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which ones; None means any."""

    connector_id: UUID | None = None
    flow_id: str | None = None

    def matches(self, view: ParkedView) -> bool:
        """Where the backlogs are those of its connector."""
        return self.flow_id is None or view.flow_id == self.flow_id


@dataclass(slots=True)
class Listed:
    """Executions, each with its backlog. With a `next` there may be more, even when this has none."""

    found: list[tuple[ParkedView, BacklogView]] = field(default_factory=list)
    next: Place | None = None


class Came(StrEnum):
    """What calling off one execution came to."""

    CANCELLED = "cancelled"
    UNDER_WAY = "under_way"
    """It is being run: when its call has begun it ends with that, else as cancelled."""
    CANCELLED_BEFORE = "cancelled_before"
    NOT_PARKED = "not_parked"


@dataclass(frozen=True, slots=True)
class Swept:
    """How many are cancelled that were not before."""

    cancelled: int
    next: Place | None


class ParkedList:
    """Of one workspace at a time. Raises ConnectionError when the store does not answer."""

    def __init__(self, store: ParkingStore, table: ConnectorTable, wake: Callable[[UUID], None]) -> None:
        self._store = store
        self._table = table
        self._wake = wake

    async def page(self, workspace_id: UUID, wanted: Wanted, start: Place | None, limit: int) -> Listed:
        """By backlog, and within one in the order in which they would run."""
        listed = Listed()
        async for backlog, before, views in self._portions(workspace_id, wanted, start, lambda _view: True):
            place = before
            for view in filter(wanted.matches, views):
                if len(listed.found) == limit:
                    listed.next = place
                    return listed
                listed.found.append((view, backlog))
                place = Place(backlog.connector_id, view.execution_id)
            listed.next = None if views else before
        return listed

    async def one(self, workspace_id: UUID, execution_id: UUID, wanted: Wanted) -> Listed:
        """That one, if it is parked and as wanted."""
        view = await self._store.parked_one(workspace_id, execution_id)
        if view is None or not wanted.matches(view) or wanted.connector_id not in (None, view.asked_for):
            return Listed()
        backlog = await self._store.backlog(view.connector_id, workspace_id)
        return Listed([(view, backlog)] if backlog else [])

    async def cancel(self, workspace_id: UUID, execution_ids: Sequence[UUID]) -> dict[UUID, Came]:
        """What became of each."""
        called_off = {each.execution_id: each for each in await self._call_off(workspace_id, execution_ids)}
        return {wanted: _came(called_off.get(wanted)) for wanted in execution_ids}

    async def sweep(self, workspace_id: UUID, wanted: Wanted, start: Place | None) -> Swept:
        """Cancel those that match, among the next ones that one request looks at."""
        cancelled, rest = 0, None

        def stays(view: ParkedView) -> bool:
            return not wanted.matches(view)

        async for _backlog, before, views in self._portions(workspace_id, wanted, start, stays):
            matching = [view.execution_id for view in views if wanted.matches(view)]
            cancelled += sum(not each.again for each in await self._call_off(workspace_id, matching))
            rest = None if views else before
        return Swept(cancelled, rest)

    async def _call_off(self, workspace_id: UUID, execution_ids: Sequence[UUID]) -> list[CalledOff]:
        called_off = await self._store.call_off(workspace_id, execution_ids)
        for backlog_id in {each.connector_id for each in called_off}:
            self._wake(backlog_id)
        return called_off

    async def _portions(
        self, workspace_id: UUID, wanted: Wanted, start: Place | None, stays: Callable[[ParkedView], bool]
    ) -> AsyncIterator[tuple[BacklogView, Place, list[ParkedView]]]:
        """With each its backlog and the place before it; an empty one at the end, when the bound was reached earlier.

        Behind one that `stays` the next portion begins: one that is called off may be gone by then.
        """
        looked_at = 0
        async for backlog, after in self._backlogs(workspace_id, wanted, start):
            place, is_more = Place(backlog.connector_id, after), True
            while is_more:
                if looked_at >= MOST_LOOKED_AT:
                    yield backlog, place, []
                    return
                views = await self._store.parked(backlog.connector_id, place.after, PORTION, workspace_id)
                if views:
                    yield backlog, place, views
                looked_at += len(views)
                staying = [view.execution_id for view in views if stays(view)]
                place = Place(backlog.connector_id, staying[-1]) if staying else place
                is_more = len(views) == PORTION

    async def _backlogs(
        self, workspace_id: UUID, wanted: Wanted, start: Place | None
    ) -> AsyncIterator[tuple[BacklogView, UUID | None]]:
        """Each with the execution behind which to begin."""
        if start is not None and (begun := await self._store.backlog(start.backlog_id, workspace_id)) is not None:
            yield begun, start.after
        behind = start.backlog_id if start else None
        if wanted.connector_id is None:
            while found := await self._store.backlogs(workspace_id, behind, BACKLOGS):
                for backlog in found:
                    yield backlog, None
                behind = found[-1].connector_id
            return
        for backlog_id in sorted(self._table.backlogs_of(wanted.connector_id, workspace_id)):
            if behind is not None and backlog_id <= behind:
                continue
            if (known := await self._store.backlog(backlog_id, workspace_id)) is not None:
                yield known, None


def _came(called_off: CalledOff | None) -> Came:
    if called_off is None:
        return Came.NOT_PARKED
    if called_off.again:
        return Came.CANCELLED_BEFORE
    return Came.UNDER_WAY if called_off.leased else Came.CANCELLED
