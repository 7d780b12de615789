"""A twin of the Postgres store for tests."""

from uuid import UUID

from connector_registry.outbox.memory import InMemoryOutgoing
from connector_registry.workspaces import audit
from connector_registry.workspaces.port import Workspace


class InMemoryWorkspaceStore:
    """`outgoing` has what was announced."""

    def __init__(self, outgoing: InMemoryOutgoing | None = None) -> None:
        self.outgoing = outgoing or InMemoryOutgoing()
        self.workspaces: dict[UUID, Workspace] = {}

    async def find(self, workspace_id: UUID) -> Workspace | None:
        return self.workspaces.get(workspace_id)

    async def add(self, workspace: Workspace) -> None:
        if workspace.id not in self.workspaces:
            self._save(workspace)

    async def replace(self, workspace: Workspace) -> bool:
        stored = self.workspaces.get(workspace.id)
        if stored is None or stored.revision != workspace.revision - 1:
            return False
        self._save(workspace)
        self.outgoing.trail.record(audit.changed(stored, workspace))
        return True

    def _save(self, workspace: Workspace) -> None:
        self.outgoing.announce(workspace.published.key(), workspace.published.to_json())
        self.workspaces[workspace.id] = workspace
