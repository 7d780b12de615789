"""A twin of the Postgres store for tests."""

from uuid import UUID

from connector_registry.examples import audit
from connector_registry.examples.port import Example, ExampleExists, TooManyExamples
from connector_registry.outbox.memory import InMemoryOutgoing
from connectors_shared.http.cursor import Cursor


class InMemoryExampleStore:
    """`outgoing` has what is recorded of them."""

    def __init__(self, outgoing: InMemoryOutgoing | None = None) -> None:
        self.outgoing = outgoing or InMemoryOutgoing()
        self.examples: dict[UUID, Example] = {}

    async def add(self, example: Example, most: int) -> None:
        own = await self.page(example.workspace_id, example.connector_id, most, None)
        if example.name in (one.name for one in own):
            raise ExampleExists
        if len(own) >= most:
            raise TooManyExamples
        self.examples[example.id] = example
        self.outgoing.trail.record(audit.kept(example))

    async def find(self, workspace_id: UUID, connector_id: UUID, example_id: UUID) -> Example | None:
        found = self.examples.get(example_id)
        return found if found and (found.workspace_id, found.connector_id) == (workspace_id, connector_id) else None

    async def page(self, workspace_id: UUID, connector_id: UUID, limit: int, after: Cursor | None) -> list[Example]:
        whose = (workspace_id, connector_id)
        own = [one for one in self.examples.values() if (one.workspace_id, one.connector_id) == whose]
        newest = sorted(own, key=lambda one: (one.created_at, one.id), reverse=True)
        if after is not None:
            newest = [one for one in newest if (one.created_at, one.id) < (after.created_at, after.id)]
        return newest[:limit]

    async def remove(self, workspace_id: UUID, connector_id: UUID, example_id: UUID) -> bool:
        found = await self.find(workspace_id, connector_id, example_id)
        if found is None:
            return False
        del self.examples[example_id]
        self.outgoing.trail.record(audit.removed(workspace_id, connector_id, example_id, found.name))
        return True
