"""Backlogs that are nearly full, as notices for their owners: beyond the ceiling executions fail or are set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from connector_registry.noticing.notice import Closing, NoticeBoard, NoticeKind, Opening, Said
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.persist import is_outage, told_of

PERIOD_SECONDS: Final = 60.0
NEARLY_FULL: Final = 0.8
"""From this part of its ceiling on it is told."""
ROOM_AGAIN: Final = 0.7
"""Below this one it is so no more."""
KIND: Final = NoticeKind.BACKLOG_NEARLY_FULL

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How many executions of a connector may wait."""

    workspace_id: UUID
    connector_id: UUID
    ceiling: int


class Backlogs(Protocol):
    """What executors know."""

    async def parked(self) -> Mapping[UUID, int] | None:
        """How many executions wait, by connector; None when no executor says."""


class Ceilings(Protocol):
    """What the registry knows, of all workspaces."""

    async def of(self, connector_ids: Sequence[UUID]) -> list[Ceiling]:
        """Of those that there are."""

    async def told(self) -> list[tuple[UUID, UUID]]:
        """Workspace and connector of those whose owners are told of it already."""


class BacklogWatch:
    """Every registry looks: what is told twice is told once."""

    def __init__(self, backlogs: Backlogs, ceilings: Ceilings, board: NoticeBoard) -> None:
        self._backlogs = backlogs
        self._ceilings = ceilings
        self._board = board

    async def look(self) -> float:
        """After how many seconds to look again. An outage is waited for."""
        try:
            await self._look()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("backlogs.not_looked_at", **told_of(error))
        return PERIOD_SECONDS

    async def _look(self) -> None:
        parked = await self._backlogs.parked()
        if parked is None:
            return
        told = set(await self._ceilings.told())
        ceilings = await self._ceilings.of([*parked, *(one for _, one in told if one not in parked)])
        said: list[Said] = []
        for each in ceilings:
            count, key = parked.get(each.connector_id, 0), (each.workspace_id, each.connector_id)
            if count >= each.ceiling * NEARLY_FULL:
                said.append(Opening(each.workspace_id, KIND, _sentence(count, each), connector_id=each.connector_id))
            elif key in told and count < each.ceiling * ROOM_AGAIN:
                said.append(Closing(each.workspace_id, KIND, connector_id=each.connector_id))
        if said:
            await self._board.say(said)


def _sentence(count: int, each: Ceiling) -> str:
    return (
        f"{count:,} executions wait for it, and at most {each.ceiling:,} may: what comes beyond that fails, or is set"
        " aside where its settings say so."
    )
