"""What a grant is, what its rules need from the world, and how they refuse."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from connectors_shared.contract.facts import Deletion, FactKey, Kind
from connectors_shared.contract.grant import PublishedGrant
from connectors_shared.definition.addresses import is_internal
from connectors_shared.http.problems import ProblemError


class GrantMissing(ProblemError):  # noqa: N818
    """The workspace has no such grant."""

    status = 404
    kind = "not-found"
    title = "No such grant"
    detail = "There is no grant with this id in your workspace."


class InternalHostRefused(ProblemError):  # noqa: N818
    """The operator lets no workspace reach into this network."""

    status = 403
    kind = "internal-host-refused"
    title = "Internal hosts cannot be granted here"
    detail = (
        "Connectors of this installation call public hosts only. Give the host a public address, or ask whoever"
        " operates the installation to let workspaces reach internal hosts."
    )


class GrantExists(ProblemError):  # noqa: N818
    """The same is granted already."""

    status = 409
    kind = "grant-exists"
    title = "It is granted already"
    detail = "Delete the grant that is there first if you want to give another reason."


class TooManyGrants(ProblemError):  # noqa: N818
    """Precise exceptions are few."""

    status = 409
    kind = "too-many-grants"
    title = "The workspace has too many grants"
    detail = "Delete those that nobody needs any more."


@dataclass(frozen=True, slots=True)
class Grant:
    """`host` in its one spelling; `connector_id` None: for every connector of the workspace."""

    id: UUID
    workspace_id: UUID
    connector_id: UUID | None
    host: str
    port: int
    reason: str
    created_by: str
    created_at: datetime

    @property
    def is_internal(self) -> bool:
        """Is it seen from the host that it is no public one?"""
        return is_internal(self.host)

    @property
    def key(self) -> FactKey:
        return FactKey(Kind.GRANT, self.id, self.workspace_id)

    def published(self) -> PublishedGrant:
        """A grant never changes: it has one revision, and then its deletion's."""
        return PublishedGrant(
            workspace_id=self.workspace_id,
            revision=1,
            changed_at=self.created_at,
            grant_id=self.id,
            connector_id=self.connector_id,
            host=self.host,
            port=self.port,
        )

    def deletion(self, at: datetime) -> Deletion:
        return Deletion(workspace_id=self.workspace_id, revision=2, changed_at=at)


class GrantStore(Protocol):
    """A change and its outbox row are one transaction."""

    async def add(self, grant: Grant, most: int) -> None:
        """Raises GrantExists, or TooManyGrants when there are `most` already."""

    async def find(self, workspace_id: UUID, grant_id: UUID) -> Grant | None: ...

    async def all(self, workspace_id: UUID) -> list[Grant]:
        """Newest first."""

    async def remove(self, grant: Grant, deletion: Deletion, deleted_by: str) -> bool:
        """False when somebody else was faster."""
