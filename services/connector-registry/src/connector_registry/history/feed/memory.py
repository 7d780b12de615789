"""The twin of the feed: of what an `InMemoryHistory` has recorded."""

from collections.abc import Collection
from uuid import UUID

from connector_registry.history.feed.port import Fed, Portion
from connector_registry.history.memory import summary_of
from connector_registry.history.recording.memory import InMemoryHistory


class InMemoryFeed:
    """`most`: of a portion. `forgotten`: positions up to this are not known any more."""

    def __init__(self, history: InMemoryHistory, most: int = 500) -> None:
        self._history = history
        self.most = most
        self.forgotten = 0
        self.portions = 0

    async def heads(self, workspace_ids: Collection[UUID]) -> dict[UUID, int]:
        fed = self._history.fed
        return {workspace_id: len(fed[workspace_id]) for workspace_id in workspace_ids if workspace_id in fed}

    async def after(self, workspace_id: UUID, position: int) -> Portion:
        self.portions += 1
        lines = self._history.fed.get(workspace_id, [])
        start = max(position, self.forgotten)
        if position > len(lines):
            return Portion([], len(lines), has_gap=True)
        fed = [Fed(start + place, summary_of(line)) for place, line in enumerate(lines[start : start + self.most], 1)]
        return Portion(fed, fed[-1].position if fed else max(start, position), has_gap=start > position)
