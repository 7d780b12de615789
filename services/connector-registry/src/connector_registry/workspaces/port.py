"""What a workspace is, what its rules need from the world, and how they refuse."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from connectors_shared.contract.workspace import PublishedWorkspace
from connectors_shared.http.conditions import etag
from connectors_shared.http.problems import ProblemError


class WorkspaceChanged(ProblemError):  # noqa: N818
    """The caller knows another revision than the stored one."""

    status = 412
    kind = "workspace-changed"
    title = "Somebody changed the workspace in between"
    sends: ClassVar[dict[str, str]] = {"ETag": "Of the revision that is there now."}

    def __init__(self, current: int) -> None:
        detail = f"It is at revision {current} now. Read it again, then send your change with its ETag."
        super().__init__(detail, headers={"ETag": etag(current)})


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
