"""A twin of the Postgres store for tests."""

from uuid import UUID

from connector_registry.grants.audit import told
from connector_registry.grants.port import Grant, GrantExists, TooManyGrants
from connector_registry.outbox.memory import InMemoryOutgoing
from connectors_shared.contract.facts import Deletion
from connectors_shared.http.audit.entry import Action


class InMemoryGrantStore:
    """`outgoing` has what was announced."""

    def __init__(self, outgoing: InMemoryOutgoing | None = None) -> None:
        self.outgoing = outgoing or InMemoryOutgoing()
        self.grants: dict[UUID, Grant] = {}

    async def add(self, grant: Grant, most: int) -> None:
        own = await self.all(grant.workspace_id)
        if _what(grant) in map(_what, own):
            raise GrantExists
        if len(own) >= most:
            raise TooManyGrants
        self.outgoing.announce(grant.key, grant.published().to_json())
        self.grants[grant.id] = grant
        self.outgoing.trail.record(told(Action.CREATED, grant))

    async def find(self, workspace_id: UUID, grant_id: UUID) -> Grant | None:
        found = self.grants.get(grant_id)
        return found if found and found.workspace_id == workspace_id else None

    async def all(self, workspace_id: UUID) -> list[Grant]:
        own = [grant for grant in self.grants.values() if grant.workspace_id == workspace_id]
        return sorted(own, key=lambda grant: (grant.created_at, grant.id), reverse=True)

    async def remove(self, grant: Grant, deletion: Deletion, deleted_by: str) -> bool:
        if self.grants.pop(grant.id, None) is None:
            return False
        self.outgoing.announce_deletion(grant.key, deletion)
        self.outgoing.trail.record(told(Action.DELETED, grant))
        return True


def _what(grant: Grant) -> tuple[UUID | None, str, int]:
    return grant.connector_id, grant.host, grant.port
