"""What is recorded of grants."""

from connector_registry.grants.port import Grant
from connectors_shared.http.audit.entry import Action, Entry, Thing


def told(action: Action, grant: Grant) -> Entry:
    details = {
        "host": grant.host,
        "port": grant.port,
        "connector_id": str(grant.connector_id) if grant.connector_id else None,
        "reason": grant.reason,
    }
    return Entry(grant.workspace_id, action, Thing.GRANT, grant.id, f"{grant.host}:{grant.port}", details=details)
