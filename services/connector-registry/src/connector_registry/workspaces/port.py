"""What a workspace is, what its rules need from the world, and how they refuse."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from connectors_shared.contract.workspace import PublishedWorkspace
from connectors_shared.http.conditions import RevisionChangedError


class WorkspaceChanged(RevisionChangedError):  # noqa: N818
    kind = "workspace-changed"
    title = "Somebody changed the workspace in between"


@dataclass(frozen=True, slots=True)
class Workspace:
    """`published` says what the fields mean."""

    published: PublishedWorkspace
    created_at: datetime
    updated_by: str

    @property
    def id(self) -> UUID:
        return self.published.workspace_id

    @property
    def revision(self) -> int:
        return self.published.revision


class WorkspaceStore(Protocol):
    """A change and its outbox row are one transaction."""

    async def find(self, workspace_id: UUID) -> Workspace | None: ...

    async def add(self, workspace: Workspace) -> None:
        """Its first revision; nothing when somebody else was faster."""

    async def replace(self, workspace: Workspace) -> bool:
        """Save the revision after the stored one; False when that is not `revision - 1`."""
