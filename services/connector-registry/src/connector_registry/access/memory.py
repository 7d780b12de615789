"""A twin of the Postgres store for tests."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from connector_registry.access import audit
from connector_registry.access.port import ApiKey, ApiKeyExists, TooManyApiKeys
from connectors_shared.http.audit.memory import InMemoryTrail
from connectors_shared.http.cursor import Cursor


class InMemoryApiKeyStore:
    """`trail`: where what was done with keys is recorded."""

    def __init__(self, trail: InMemoryTrail | None = None) -> None:
        self._trail = trail or InMemoryTrail()
        self.keys: dict[bytes, ApiKey] = {}

    async def presented(self, key_hash: bytes, at: datetime) -> ApiKey | None:
        key = self.keys.get(key_hash)
        if key is not None and key.is_to_be_noted(at):
            key = self.keys[key_hash] = replace(key, last_used_at=at)
        return key

    async def add(self, key: ApiKey, key_hash: bytes, most: int) -> None:
        names = [each.name for each in self._of(key.workspace_id) if each.revoked_at is None]
        if key.name in names:
            raise ApiKeyExists
        if len(names) >= most:
            raise TooManyApiKeys
        self.keys[key_hash] = key
        self._trail.record(audit.created(key))

    async def page(self, workspace_id: UUID, limit: int, after: Cursor | None) -> list[ApiKey]:
        newest = sorted(self._of(workspace_id), key=lambda key: (key.created_at, key.id), reverse=True)
        return [key for key in newest if after is None or after.is_before(key.created_at, key.id)][:limit]

    async def revoke(self, workspace_id: UUID, key_id: UUID, at: datetime, by: str) -> bool:
        for key_hash, key in self.keys.items():
            if (key.workspace_id, key.id) == (workspace_id, key_id):
                if key.revoked_at is None:
                    self.keys[key_hash] = replace(key, revoked_at=at, revoked_by=by)
                    self._trail.record(audit.revoked(workspace_id, key_id, key.name))
                return True
        return False

    def _of(self, workspace_id: UUID) -> list[ApiKey]:
        return [key for key in self.keys.values() if key.workspace_id == workspace_id]
