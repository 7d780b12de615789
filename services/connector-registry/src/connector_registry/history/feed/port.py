"""Where what is recorded is read from, in the order of recording."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from connector_registry.history.reading import Summary


@dataclass(frozen=True, slots=True)
class Fed:
    """An execution, and its position among all that were recorded of its workspace, counted from 1."""

    position: int
    line: Summary


@dataclass(frozen=True, slots=True)
class Portion:
    """What follows a position. `position`: of the last one, which may be forgotten by now. `has_gap`: some before these
    cannot be told of any more.
    """

    lines: Sequence[Fed]
    position: int
    has_gap: bool = False


class FeedSource(Protocol):
    """Raises DatabaseUnavailableError."""

    async def heads(self, workspace_ids: Collection[UUID]) -> dict[UUID, int]:
        """The positions of what was recorded last; of a workspace without executions there is none."""
        ...

    async def after(self, workspace_id: UUID, position: int) -> Portion:
        """Some of those behind the position; without any, the position stays."""
        ...
