"""What is recorded of API keys."""

from uuid import UUID

from connector_registry.access.port import ApiKey
from connectors_shared.http.audit.entry import Action, Entry, Thing


def created(key: ApiKey) -> Entry:
    details = {"kind": key.kind.value, "scopes": sorted(scope.value for scope in key.scopes)}
    return Entry(key.workspace_id, Action.CREATED, Thing.API_KEY, key.id, key.name, details=details)


def revoked(workspace_id: UUID, key_id: UUID, name: str) -> Entry:
    return Entry(workspace_id, Action.REVOKED, Thing.API_KEY, key_id, name)
