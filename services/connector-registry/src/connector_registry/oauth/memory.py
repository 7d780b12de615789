"""A twin of the tokens in Postgres for tests: the same behaviour, over shared credentials in a dictionary."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from connector_registry.credentials.port import Credential, Token
from connector_registry.oauth import audit
from connector_registry.oauth.port import Due, Renewable, TokenChanged
from connector_registry.oauth.signing_in import SignIn
from connectors_shared.http.audit.entry import Entry


class Shelf(Protocol):
    """Shared credentials in memory."""

    credentials: dict[UUID, Credential]

    def save(self, credential: Credential) -> None:
        """And tell of it."""

    def record(self, entry: Entry) -> None:
        """What was done with one of them."""


class InMemoryTokenStore:
    """A change is there when the credential is let go, and not when something is raised before that."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._locks: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def due(self, before: datetime, limit: int) -> list[Due]:
        found = [
            (token.due_at, Due(one.workspace_id, one.id))
            for one in self._shelf.credentials.values()
            if (token := one.token) is not None and token.due_at is not None and token.due_at <= before
        ]
        turns: Counter[UUID] = Counter()
        taken: list[tuple[int, datetime, Due]] = []
        for due_at, due in sorted(found, key=lambda pair: pair[0]):
            turns[due.workspace_id] += 1
            taken.append((turns[due.workspace_id], due_at, due))
        return [due for *_, due in sorted(taken, key=lambda one: one[:2])[:limit]]

    async def postpone(self, due: Due, now: datetime, until: datetime) -> None:
        found = self._shelf.credentials.get(due.credential_id)
        if found and found.token and found.token.due_at and found.token.due_at <= now:
            self._shelf.credentials[found.id] = replace(found, token=replace(found.token, due_at=until))

    async def oldest_seconds(self) -> float:
        now = datetime.now(UTC)
        tokens = [one.token for one in self._shelf.credentials.values()]
        return max((max(0.0, (now - t.due_at).total_seconds()) for t in tokens if t and t.due_at), default=0.0)

    @asynccontextmanager
    async def renewable(
        self, workspace_id: UUID, credential_id: UUID, *, wait: bool
    ) -> AsyncIterator[Renewable | None]:
        lock = self._locks[credential_id]
        if lock.locked() and not wait:
            yield None
            return
        async with lock:
            found = self._shelf.credentials.get(credential_id)
            if found is None or found.workspace_id != workspace_id:
                yield None
                return
            renewable = InMemoryRenewable(self._shelf, found)
            yield renewable
            for change in renewable.changes:
                change()


class InMemoryRenewable:
    """What is saved is done in the end, all of it."""

    def __init__(self, shelf: Shelf, credential: Credential) -> None:
        self.credential = credential
        self.changes: list[Callable[[], None]] = []
        self._shelf = shelf

    async def keep(self, token: Token, connected_by: str | None = None) -> None:
        now = self._present()
        assert now.token is not None
        told = replace(now, token=replace(token, generation=now.token.generation + 1))
        self.changes.append(lambda: self._shelf.save(told))
        entry = audit.kept(now, now.token, token, connected_by)
        if entry is not None:
            self.changes.append(lambda: self._shelf.record(entry))

    async def note(self, token: Token) -> None:
        noted = replace(self._present(), token=token)
        self.changes.append(lambda: self._shelf.credentials.__setitem__(noted.id, noted))

    def _present(self) -> Credential:
        now = self._shelf.credentials.get(self.credential.id)
        known = self.credential.token
        if now is None or now.token is None or known is None or now.token.generation != known.generation:
            raise TokenChanged
        return now


class InMemorySignInStore:
    """A twin of those who are at a provider."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.sign_ins: dict[bytes, SignIn] = {}

    async def credential(self, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        found = self._shelf.credentials.get(credential_id)
        return found if found and found.workspace_id == workspace_id else None

    async def add(self, sign_in: SignIn) -> None:
        who = (sign_in.credential_id, sign_in.asked_by)
        self.sign_ins = {key: one for key, one in self.sign_ins.items() if (one.credential_id, one.asked_by) != who}
        self.sign_ins[sign_in.state_hash] = sign_in

    async def sweep(self, now: datetime) -> None:
        self.sign_ins = {key: one for key, one in self.sign_ins.items() if one.expires_at > now}

    async def take(self, state_hash: bytes, now: datetime) -> SignIn | None:
        found = self.sign_ins.pop(state_hash, None)
        return found if found and found.expires_at > now else None
