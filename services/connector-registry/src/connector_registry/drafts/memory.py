"""A twin of the Postgres store for tests."""

from uuid import UUID

from connector_registry.connectors.port import ConnectorMissing, ConnectorStore
from connector_registry.drafts.port import Ceilings, Draft, DraftChanged, DraftExists, DraftHead, TooManyDrafts


class InMemoryDraftStore:
    """`connectors` has those that may be changed."""

    def __init__(self, connectors: ConnectorStore | None = None) -> None:
        self.drafts: dict[UUID, Draft] = {}
        self._connectors = connectors

    async def add(self, draft: Draft, most: Ceilings) -> None:
        own = await self.all(draft.workspace_id, draft.owner, None)
        if draft.connector_id is not None:
            if not self._connectors or not await self._connectors.find(draft.workspace_id, draft.connector_id):
                raise ConnectorMissing
            if any(one.connector_id == draft.connector_id for one in own):
                raise DraftExists
        everybodys = [one for one in self.drafts.values() if one.workspace_id == draft.workspace_id]
        if len(own) >= most.own or len(everybodys) >= most.all:
            raise TooManyDrafts
        self.drafts[draft.id] = draft

    async def find(self, workspace_id: UUID, owner: str, draft_id: UUID) -> Draft | None:
        found = self.drafts.get(draft_id)
        return found if found and (found.workspace_id, found.owner) == (workspace_id, owner) else None

    async def all(self, workspace_id: UUID, owner: str, connector_id: UUID | None) -> list[DraftHead]:
        own = [
            one.head()
            for one in self.drafts.values()
            if (one.workspace_id, one.owner) == (workspace_id, owner)
            and (connector_id is None or one.connector_id == connector_id)
        ]
        return sorted(own, key=lambda one: (one.updated_at, one.id), reverse=True)

    async def replace(self, draft: Draft) -> None:
        found = await self.find(draft.workspace_id, draft.owner, draft.id)
        if found is None or found.revision != draft.revision - 1:
            raise DraftChanged
        self.drafts[draft.id] = draft

    async def remove(self, workspace_id: UUID, owner: str, draft_id: UUID) -> bool:
        found = await self.find(workspace_id, owner, draft_id)
        return found is not None and self.drafts.pop(draft_id, None) is not None
