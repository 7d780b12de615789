"""A twin of the Postgres store for tests: the same behaviour, in a dictionary."""

from dataclasses import asdict, replace
from typing import Final
from uuid import UUID

from connector_registry.connectors import audit
from connector_registry.connectors.connector import Connector, ConnectorSummary, ListFilter
from connector_registry.connectors.port import VersionChanged
from connector_registry.credentials.port import Credential
from connector_registry.noticing.notice import NoticeKind, Wanted
from connector_registry.outbox.memory import InMemoryOutgoing
from connector_registry.outbox.sizes import require_fits
from connectors_shared.contract.facts import Kind, connector_key, credential_key, version_key

SERIOUS: Final[list[str]] = [NoticeKind.CREDENTIAL_STALE, NoticeKind.CONNECTOR_FAILING, NoticeKind.BACKLOG_NEARLY_FULL]


class InMemoryConnectorStore:
    """`outgoing` has what was announced, `credentials` those that connectors share."""

    def __init__(self, outgoing: InMemoryOutgoing | None = None) -> None:
        self.outgoing = outgoing or InMemoryOutgoing()
        self.connectors: dict[UUID, Connector] = {}
        self.credentials: dict[UUID, Credential] = {}
        self.versions: dict[tuple[UUID, int], Connector] = {}
        self.outgoing.purges[Kind.CONNECTOR] = self._purge

    async def add(self, connector: Connector, message: bytes) -> None:
        self._save(None, connector, message)
        self.outgoing.trail.record(audit.created(connector))

    async def shared(self, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        found = self.credentials.get(credential_id)
        return found if found and found.workspace_id == workspace_id else None

    async def find(self, workspace_id: UUID, connector_id: UUID) -> Connector | None:
        return self._found(workspace_id, connector_id, deleted=False)

    async def find_deleted(self, workspace_id: UUID, connector_id: UUID) -> Connector | None:
        return self._found(workspace_id, connector_id, deleted=True)

    async def page(self, workspace_id: UUID, wanted: ListFilter) -> list[ConnectorSummary]:
        own = [await self._line(one) for one in self.connectors.values() if one.workspace_id == workspace_id]
        newest_first = sorted(own, key=lambda one: (one.created_at, one.id), reverse=True)
        return [one for one in newest_first if _wanted(one, wanted)][: wanted.limit]

    async def _line(self, connector: Connector) -> ConnectorSummary:
        found = await self.outgoing.notices.page(connector.workspace_id, Wanted(is_open=True), None, 1_000)
        shared = connector.shared.id if connector.shared else None
        own = [one for one in found if connector.id == one.connector_id or (shared and one.credential_id == shared)]
        kinds = [one.kind for one in own if one.kind in SERIOUS]
        return replace(_summary(connector), notice=min(kinds, key=SERIOUS.index) if kinds else None)

    async def replace(self, was: Connector, now: Connector, message: bytes) -> None:
        self._require(now, deleted=False)
        if now.version != was.version:
            self._supersede(was, now)
        self._save(was.own, now, message)
        self.outgoing.trail.record(audit.changed(was, now))

    async def remove(self, now: Connector) -> None:
        self._require(now, deleted=False)
        self.connectors[now.id] = now
        self.outgoing.announce_deletion(connector_key(now.id), now.deletion())
        if now.own is not None:
            self.outgoing.announce_deletion(credential_key(now.own.id), now.own.withdrawal())
        self.outgoing.notices.close_all_of(now.workspace_id, now.id)
        self.outgoing.trail.record(audit.deleted(now))

    async def restore(self, now: Connector, message: bytes) -> None:
        self._require(now, deleted=True)
        self.outgoing.forget_deletion(connector_key(now.id))
        if now.own is not None:
            self.outgoing.forget_deletion(credential_key(now.own.id))
        self._save(None, now, message)
        self.outgoing.trail.record(audit.restored(now))

    async def is_published(self, connector: Connector) -> bool:
        return True

    def _found(self, workspace_id: UUID, connector_id: UUID, deleted: bool) -> Connector | None:
        found = self.connectors.get(connector_id)
        if found is None or found.workspace_id != workspace_id or (found.deleted_at is not None) is not deleted:
            return None
        return replace(found, shared=self.credentials[found.shared.id] if found.shared else None)

    def _save(self, was: Credential | None, now: Connector, message: bytes) -> None:
        require_fits(connector_key(now.id), message)
        if now.own is not None and now.own != was:
            self.outgoing.announce(credential_key(now.own.id), now.own.published().to_json())
        if was is not None and now.own is None:
            self.outgoing.announce_deletion(credential_key(was.id), was.deletion(now.updated_at))
        self.connectors[now.id] = now
        self.versions.setdefault((now.id, now.version), now)
        self.outgoing.announce(connector_key(now.id), message)

    def _purge(self, _workspace_id: UUID, connector_id: UUID) -> None:
        purged = self.connectors.pop(connector_id)
        for number in self._former(connector_id, purged.version):
            self.outgoing.announce(version_key(connector_id, number), None)
        self.versions = {key: old for key, old in self.versions.items() if key[0] != connector_id}

    def _supersede(self, was: Connector, now: Connector) -> None:
        self.outgoing.announce(version_key(was.id, was.version), was.superseded_by(now).to_json())
        for number in self._former(now.id, now.version):
            if number < now.oldest_version:
                del self.versions[now.id, number]
                self.outgoing.announce(version_key(now.id, number), None)

    def _former(self, connector_id: UUID, published: int) -> list[int]:
        return sorted(number for found, number in self.versions if found == connector_id and number != published)

    def _require(self, now: Connector, deleted: bool) -> None:
        stored = self._found(now.workspace_id, now.id, deleted)
        if stored is None or stored.revision != now.revision - 1:
            raise VersionChanged


def _summary(connector: Connector) -> ConnectorSummary:
    return ConnectorSummary(
        **asdict(connector.head),
        id=connector.id,
        usage_count=connector.usage_count,
        last_used_at=connector.last_used_at,
        created_at=connector.created_at,
        deleted_at=connector.deleted_at,
        deleted_by=connector.deleted_by,
    )


def _wanted(one: ConnectorSummary, wanted: ListFilter) -> bool:
    return (
        (wanted.after is None or wanted.after.is_before(one.created_at, one.id))
        and (one.deleted_at is not None) is wanted.deleted
        and (wanted.category is None or one.category == wanted.category)
        and (wanted.enabled is None or one.enabled == wanted.enabled)
        and (not wanted.text or wanted.text.lower() in f"{one.name}\n{one.description or ''}".lower())
    )
