"""What is recorded of changes of connectors."""

from typing import Any, Final

from connector_registry.connectors.connector import Connector
from connector_registry.credentials.port import told_of, told_secrets
from connectors_shared.http.audit.differences import differences
from connectors_shared.http.audit.entry import Action, Entry, Thing

AUTH: Final = "/config/auth"


def created(connector: Connector) -> Entry:
    return _entry(Action.CREATED, connector)


def changed(was: Connector, now: Connector) -> Entry:
    """A change that switches it on or off and does nothing else is called so."""
    changes = differences(was.written(), now.written())
    changes += differences(_auth(was), _auth(now), AUTH) + told_secrets(AUTH, was.own, now.own)
    if [change["pointer"] for change in changes] == ["/enabled"]:
        return _entry(Action.ENABLED if now.head.enabled else Action.DISABLED, now)
    return _entry(Action.CHANGED if changes else Action.REPUBLISHED, now, changes)


def deleted(connector: Connector) -> Entry:
    return _entry(Action.DELETED, connector)


def restored(connector: Connector) -> Entry:
    return _entry(Action.RESTORED, connector)


def _entry(action: Action, connector: Connector, changes: list[dict[str, Any]] | None = None) -> Entry:
    return Entry(
        connector.workspace_id,
        action,
        Thing.CONNECTOR,
        connector.id,
        connector.head.name,
        changes=changes or (),
        details={"revision": connector.revision, "version": connector.version},
    )


def _auth(connector: Connector) -> dict[str, Any]:
    """As a person writes it, but for secrets."""
    shared = connector.shared
    return {"type": shared.type, "credentialId": str(shared.id)} if shared else told_of(connector.own)
