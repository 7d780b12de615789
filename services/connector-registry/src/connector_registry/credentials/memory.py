"""A twin of the Postgres store of shared credentials for tests: the same behaviour, in a dictionary."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from connector_registry.credentials.port import Credential, CredentialUsed, CredentialUser, RevisionChanged
from connector_registry.outbox.memory import InMemoryOutgoing
from connectors_shared.contract.facts import credential_key
from connectors_shared.http.cursor import Cursor


class InMemoryCredentialStore:
    """`credentials` is shared with the store of the connectors, `users_of` asks that one who uses a credential."""

    def __init__(
        self,
        credentials: dict[UUID, Credential],
        outgoing: InMemoryOutgoing,
        users_of: Callable[[UUID], list[CredentialUser]],
    ) -> None:
        self.credentials = credentials
        self._outgoing = outgoing
        self._users_of = users_of

    async def add(self, credential: Credential) -> None:
        self._save(credential)

    async def find(self, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        found = self.credentials.get(credential_id)
        return found if found and found.workspace_id == workspace_id else None

    async def page(self, workspace_id: UUID, limit: int, after: Cursor | None) -> list[Credential]:
        own = [one for one in self.credentials.values() if one.workspace_id == workspace_id]
        newest_first = sorted(own, key=lambda one: (one.created_at, one.id), reverse=True)
        return [one for one in newest_first if after is None or after.is_before(one.created_at, one.id)][:limit]

    async def users(
        self, workspace_id: UUID, credential_id: UUID, limit: int, after: Cursor | None = None
    ) -> list[CredentialUser]:
        newest_first = sorted(self._users_of(credential_id), key=lambda one: (one.created_at, one.id), reverse=True)
        return [one for one in newest_first if after is None or after.is_before(one.created_at, one.id)][:limit]

    async def replace(self, credential: Credential, stored: Credential) -> None:
        self._require(stored)
        self._save(credential)

    async def remove(self, stored: Credential, at: datetime, by: str) -> None:
        self._require(stored)
        if self._users_of(stored.id):
            raise CredentialUsed
        del self.credentials[stored.id]
        self._outgoing.announce_deletion(credential_key(stored.id), stored.deletion(at))

    async def is_published(self, workspace_id: UUID, credential_id: UUID) -> bool:
        return True

    def _save(self, credential: Credential) -> None:
        self._outgoing.announce(credential_key(credential.id), credential.published().to_json())
        self.credentials[credential.id] = credential

    def _require(self, stored: Credential) -> None:
        found = self.credentials.get(stored.id)
        if found is None or found.revision != stored.revision:
            raise RevisionChanged
