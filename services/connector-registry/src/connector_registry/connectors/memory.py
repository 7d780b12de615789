"""A twin of the Postgres store for tests: the same behaviour, in a dictionary."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from connector_registry.connectors.connector import Connector, ConnectorSummary, ListFilter
from connector_registry.connectors.port import VersionChanged
from connector_registry.credentials.port import Credential
from connector_registry.outbox.memory import InMemoryOutgoing
from connectors_shared.contract.facts import Deletion, connector_key, credential_key
from connectors_shared.http.cursor import Cursor


class InMemoryConnectorStore:
    """`outgoing` has what was announced, `credentials` those that connectors share."""

    def __init__(self, outgoing: InMemoryOutgoing | None = None) -> None:
        self.outgoing = outgoing or InMemoryOutgoing()
        self.connectors: dict[UUID, Connector] = {}
        self.credentials: dict[UUID, Credential] = {}
        self.versions: dict[tuple[UUID, int], Connector] = {}

    async def add(self, connector: Connector, message: bytes) -> None:
        self._save(connector, None, message)

    async def shared(self, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        found = self.credentials.get(credential_id)
        return found if found and found.workspace_id == workspace_id else None

    async def using(self, workspace_id: UUID, credential_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        users = [one for one in self.connectors.values() if one.shared and one.shared.id == credential_id]
        own = [_summary(one) for one in users if one.workspace_id == workspace_id]
        newest_first = sorted(own, key=lambda one: (one.created_at, one.id), reverse=True)
        return [one for one in newest_first if _after(one, wanted.after)][: wanted.limit]

    async def find(self, workspace_id: UUID, connector_id: UUID) -> Connector | None:
        found = self.connectors.get(connector_id)
        if found is None or found.workspace_id != workspace_id:
            return None
        return replace(found, shared=self.credentials[found.shared.id] if found.shared else None)

    async def page(self, workspace_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        own = [_summary(one) for one in self.connectors.values() if one.workspace_id == workspace_id]
        newest_first = sorted(own, key=lambda one: (one.created_at, one.id), reverse=True)
        return [one for one in newest_first if _wanted(one, wanted)][: wanted.limit]

    async def replace(self, connector: Connector, stored: Connector, message: bytes, changed_by: str) -> None:
        self._require(connector.workspace_id, connector.id, connector.revision - 1)
        self._save(connector, stored.own, message)

    async def remove(self, connector: Connector, deletion: Deletion, deleted_by: str) -> None:
        self._require(connector.workspace_id, connector.id, deletion.revision - 1)
        del self.connectors[connector.id]
        self.versions = {key: old for key, old in self.versions.items() if key[0] != connector.id}
        self._forget(connector.own, deletion.changed_at)
        self.outgoing.announce_deletion(connector_key(connector.id), deletion)

    async def is_published(self, connector: Connector) -> bool:
        return True

    def _save(self, connector: Connector, stored: Credential | None, message: bytes) -> None:
        if connector.own is None:
            self._forget(stored, connector.updated_at)
        else:
            key = credential_key(connector.own.id)
            self.outgoing.announce(key, connector.own.published().to_json())
        self.connectors[connector.id] = connector
        self.versions[connector.id, connector.version] = connector
        self.outgoing.announce(connector_key(connector.id), message)

    def _forget(self, own: Credential | None, at: datetime) -> None:
        if own is not None:
            self.outgoing.announce_deletion(credential_key(own.id), own.deletion(at))

    def _require(self, workspace_id: UUID, connector_id: UUID, revision: int) -> None:
        stored = self.connectors.get(connector_id)
        if stored is None or stored.workspace_id != workspace_id or stored.revision != revision:
            raise VersionChanged


def _summary(connector: Connector) -> ConnectorSummary:
    shown = {name: connector.definition[name] for name in ("name", "description", "icon", "category", "enabled")}
    return ConnectorSummary(
        id=connector.id,
        usage_count=connector.usage_count,
        last_used_at=connector.last_used_at,
        created_at=connector.created_at,
        **shown,
    )


def _wanted(one: ConnectorSummary, wanted: ListFilter) -> bool:
    return (
        _after(one, wanted.after)
        and (wanted.category is None or one.category == wanted.category)
        and (wanted.enabled is None or one.enabled == wanted.enabled)
        and (not wanted.text or wanted.text.lower() in f"{one.name}\n{one.description or ''}".lower())
    )


def _after(one: ConnectorSummary, cursor: Cursor | None) -> bool:
    return cursor is None or (one.created_at, one.id) < (cursor.created_at, cursor.id)
