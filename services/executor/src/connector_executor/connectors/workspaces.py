"""What the registry has published of workspaces, as far as requests may say it."""

from uuid import UUID

import msgspec


class WorkspaceFacts(msgspec.Struct, frozen=True, gc=False):
    """Empty and None where nobody has settled it."""

    name: str = ""
    phone_region: str | None = None


NOTHING_SETTLED = WorkspaceFacts()


class Workspaces:
    """A workspace of which nothing was published has nothing settled."""

    def __init__(self) -> None:
        self._known: dict[UUID, WorkspaceFacts] = {}

    def of(self, workspace_id: UUID) -> WorkspaceFacts:
        return self._known.get(workspace_id, NOTHING_SETTLED)

    def become(self, workspace_id: UUID, facts: WorkspaceFacts) -> None:
        if facts == NOTHING_SETTLED:
            self._known.pop(workspace_id, None)
        else:
            self._known[workspace_id] = facts
