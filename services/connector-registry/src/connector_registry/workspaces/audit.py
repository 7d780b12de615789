"""What is recorded of what is settled for a workspace."""

from typing import Any

from connector_registry.workspaces.port import Workspace
from connectors_shared.http.audit.differences import differences
from connectors_shared.http.audit.entry import Action, Entry, Thing

NOT_SETTLED = {"workspace_id", "revision", "changed_at", "schema_version"}


def changed(was: Workspace, now: Workspace) -> Entry:
    changes = differences(_document(was), _document(now))
    return Entry(now.id, Action.CHANGED, Thing.WORKSPACE, now.id, now.published.name or None, changes=changes)


def _document(workspace: Workspace) -> dict[str, Any]:
    return workspace.published.model_dump(mode="json", by_alias=False, exclude=NOT_SETTLED)
