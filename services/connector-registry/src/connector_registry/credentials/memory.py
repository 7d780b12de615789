"""A twin of the Postgres store of shared credentials for tests: the same behaviour, in a dictionary."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from connector_registry.credentials import audit
from connector_registry.credentials.port import (
    Credential,
    CredentialUsed,
    CredentialUser,
    Published,
    RevisionChanged,
    Token,
    TokenState,
)
from connector_registry.credentials.staleness import gone, said_of
from connector_registry.outbox.memory import InMemoryOutgoing
from connectors_shared.contract.facts import credential_key
from connectors_shared.http.audit.entry import Entry
from connectors_shared.http.cursor import Cursor


class InMemoryCredentialStore:
    """`credentials` is shared with the store of the connectors, `users_of` asks that one who uses a credential."""

    def __init__(
        self,
        credentials: dict[UUID, Credential],
        outgoing: InMemoryOutgoing,
        users_of: Callable[[UUID], list[CredentialUser]],
        published: Published = Credential.published,
    ) -> None:
        self.credentials = credentials
        self.published = published
        self._outgoing = outgoing
        self._users_of = users_of

    async def add(self, credential: Credential) -> None:
        self.save(expecting(credential))
        self._outgoing.trail.record(audit.created(credential))

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

    async def count_users(self, workspace_id: UUID, credential_ids: Sequence[UUID]) -> dict[UUID, int]:
        return {each: len(self._users_of(each)) for each in credential_ids}

    async def replace(self, credential: Credential, stored: Credential) -> None:
        present = replace(credential, token=self._required(stored).token)
        self.save(present if present.asks_alike(stored) else expecting(present))
        if credential.revision != stored.revision:
            self._outgoing.trail.record(audit.changed(stored, credential))

    async def remove(self, stored: Credential, at: datetime, by: str) -> None:
        stored = self._required(stored)
        if self._users_of(stored.id):
            raise CredentialUsed
        del self.credentials[stored.id]
        self._outgoing.announce_deletion(credential_key(stored.id), stored.deletion(at))
        self._outgoing.trail.record(audit.deleted(stored))
        self._outgoing.notices.say_now(gone(stored))

    def record(self, entry: Entry) -> None:
        """What was done with one of them."""
        self._outgoing.trail.record(entry)

    async def is_published(self, workspace_id: UUID, credential_id: UUID) -> bool:
        return True

    def save(self, credential: Credential) -> None:
        """And tell of it."""
        said = said_of(credential)
        if said is not None:
            self._outgoing.notices.say_now(said)
        self._outgoing.announce(credential_key(credential.id), self.published(credential).to_json())
        self.credentials[credential.id] = credential

    def _required(self, stored: Credential) -> Credential:
        found = self.credentials.get(stored.id)
        if found is None or found.revision != stored.revision:
            raise RevisionChanged
        return found


def expecting(credential: Credential) -> Credential:
    """With what the registry keeps of its token, which is due."""
    if not credential.is_issued:
        return credential
    now = datetime.now(UTC)
    if credential.token is None:
        due_at = None if credential.is_connected_by_people else now
        return replace(credential, token=Token(TokenState.PENDING, due_at=due_at))
    return replace(credential, token=replace(credential.token, due_at=now, failures=0, withdrawn=False))
