"""What is recorded of examples."""

from uuid import UUID

from connector_registry.examples.port import Example
from connectors_shared.http.audit.entry import Action, Entry, Thing


def kept(example: Example) -> Entry:
    return _entry(Action.CREATED, example.workspace_id, example.connector_id, example.id, example.name)


def removed(workspace_id: UUID, connector_id: UUID, example_id: UUID, name: str) -> Entry:
    return _entry(Action.DELETED, workspace_id, connector_id, example_id, name)


def _entry(action: Action, workspace_id: UUID, connector_id: UUID, example_id: UUID, name: str) -> Entry:
    details = {"connector_id": str(connector_id)}
    return Entry(workspace_id, action, Thing.EXAMPLE, example_id, name, details=details)
