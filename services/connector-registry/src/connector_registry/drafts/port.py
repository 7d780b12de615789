"""What a draft is, what its rules need from the world, and how they refuse."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from connectors_shared.http.conditions import RevisionChangedError
from connectors_shared.http.problems import ProblemError

MOST_SHOWN: Final = 200
"""Characters of a name in a list."""
KEPT: Final = timedelta(days=30)
"""After its last change."""


class DraftMissing(ProblemError):  # noqa: N818
    """The caller has no such draft."""

    status = 404
    kind = "not-found"
    title = "No such draft"
    detail = "You have no draft with this id. Drafts are gone when they are saved, discarded, or 30 days old."


class DraftExists(ProblemError):  # noqa: N818
    """The caller has a draft of that connector."""

    status = 409
    kind = "draft-exists"
    title = "There is a draft of this connector"
    detail = "You have begun to change it elsewhere. Go on with that draft, or discard it."


class TooManyDrafts(ProblemError):  # noqa: N818
    """The caller, or the workspace, has as many as there may be."""

    status = 409
    kind = "too-many-drafts"
    title = "There are enough drafts"
    detail = "Save or discard one first."


class StaleDraft(RevisionChangedError):  # noqa: N818
    kind = "revision-changed"


class DraftChanged(Exception):  # noqa: N818
    """It was changed in between, or is gone."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`document`: a connector as it would be sent, judged by nobody, without what is secret. `examples`: tests that
    become its examples when it is saved, likewise. `last_test`: the one that was made last, likewise. `base_revision`:
    of the connector that it is a change of. `step`: where its owner was."""

    id: UUID
    workspace_id: UUID
    owner: str
    connector_id: UUID | None
    base_revision: int | None
    step: str
    document: dict[str, Any] = field(repr=False)
    revision: int
    created_at: datetime
    updated_at: datetime
    examples: list[dict[str, Any]] = field(default_factory=list, repr=False)
    last_test: dict[str, Any] | None = field(default=None, repr=False)

    def head(self) -> "DraftHead":
        return DraftHead(
            id=self.id,
            connector_id=self.connector_id,
            base_revision=self.base_revision,
            step=self.step,
            revision=self.revision,
            created_at=self.created_at,
            updated_at=self.updated_at,
            name=_shown(self.document.get("name")),
            icon=_shown(self.document.get("icon")),
            category=_shown(self.document.get("category")),
        )


@dataclass(frozen=True, slots=True)
class DraftHead:
    """A draft in a list. `name`, `icon` and `category`: as far as they were given."""

    id: UUID
    connector_id: UUID | None
    base_revision: int | None
    step: str
    revision: int
    created_at: datetime
    updated_at: datetime
    name: str
    icon: str
    category: str

    @property
    def expires_at(self) -> datetime:
        return self.updated_at + KEPT


def _shown(value: object) -> str:
    return value[:MOST_SHOWN] if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """How many drafts there may be: of one person, and of the workspace."""

    own: int
    all: int


class DraftStore(Protocol):
    """Every call sees the drafts of one person in one workspace only. Those of a connector go when that is purged."""

    async def add(self, draft: Draft, most: Ceilings) -> None:
        """Raises DraftExists, TooManyDrafts, or ConnectorMissing when the connector is not there."""

    async def find(self, workspace_id: UUID, owner: str, draft_id: UUID) -> Draft | None: ...

    async def all(self, workspace_id: UUID, owner: str, connector_id: UUID | None) -> list[DraftHead]:
        """The last changed first; of one connector, where one is named."""

    async def replace(self, draft: Draft) -> None:
        """Over the revision before it. Raises DraftChanged."""

    async def remove(self, workspace_id: UUID, owner: str, draft_id: UUID) -> bool:
        """Whether there was one."""
