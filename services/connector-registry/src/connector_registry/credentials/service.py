"""Create, change and delete shared credentials: the one place that knows the order of the steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

from connector_registry.credentials.book import CredentialBook, Filled
from connector_registry.credentials.draft import CredentialChange, auth_problems, origins_of, read_change, read_draft
from connector_registry.credentials.port import (
    Credential,
    CredentialInUse,
    CredentialMissing,
    CredentialStore,
    CredentialUsed,
    CredentialUser,
    RevisionChanged,
    StaleCredential,
)
from connector_registry.outbox.port import Announcements
from connectors_shared.contract.credential import CredentialStatus
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.reading import AuthDraft
from connectors_shared.definition.urls import url_origins
from connectors_shared.http.cursor import Cursor
from connectors_shared.http.idempotency import no_promise
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import FieldProblem, InvalidRequestError
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.secrets import UnsealError

MOST_NAMED: Final = 20
"""Connectors in a problem; all of them are a list of their own."""
USERS_AT_ONCE: Final = 200
UNOPENABLE: Final = "the stored secret cannot be opened; enter it again"


@dataclass(frozen=True, slots=True)
class Kept:
    """A credential as it is stored. `published` False: its message follows once Kafka takes it."""

    credential: Credential
    published: bool


class Vault:
    """The shared credentials of all workspaces, each caller seeing their own."""

    def __init__(
        self,
        store: CredentialStore,
        book: CredentialBook,
        announcements: Announcements,
        clock: Clock,
    ) -> None:
        self._store = store
        self._book = book
        self._announcements = announcements
        self._clock = clock

    async def create(self, who: Principal, raw: object, promise: Callable[[Kept], None] = no_promise) -> Kept:
        """`promise` is told what will be there, before it is. Raises InvalidRequestError."""
        reading, now = read_draft(raw), self._clock.now()
        draft = reading.draft
        problems = auth_problems(draft.auth)
        credential = Credential(
            id=uuid4(),
            workspace_id=who.workspace_id,
            connector_id=None,
            name=draft.name,
            type=draft.auth.kind.type,
            public=draft.auth.public,
            sealed={},
            last_four={},
            allowed_origins=origins_of(draft.allowed_origins, problems),
            status=CredentialStatus.OK,
            revision=1,
            created_at=now,
            created_by=who.user_id,
            updated_at=now,
            updated_by=who.user_id,
            entered_at=now,
        )
        filled = self._filled(credential, draft.auth, None)
        _refuse(reading.with_more(problems, filled.problems))
        credential = replace(credential, sealed=filled.sealed, last_four=filled.last_four)
        promise(Kept(credential, published=False))
        await self._store.add(credential)
        return Kept(credential, await self._announcements.published())

    async def find(self, who: Principal, credential_id: UUID) -> Kept:
        """Raises CredentialMissing."""
        credential = await self._stored(who, credential_id)
        return Kept(credential, await self._store.is_published(who.workspace_id, credential_id))

    async def page(self, who: Principal, limit: int, after: Cursor | None) -> list[Credential]:
        return await self._store.page(who.workspace_id, limit, after)

    async def users_of_each(self, who: Principal, credentials: Sequence[Credential]) -> dict[UUID, int]:
        """How many connectors each authorizes, deleted ones that can be restored among them."""
        return await self._store.count_users(who.workspace_id, [one.id for one in credentials])

    async def users(
        self, who: Principal, credential_id: UUID, limit: int, after: Cursor | None
    ) -> list[CredentialUser]:
        """Raises CredentialMissing."""
        await self._stored(who, credential_id)
        return await self._store.users(who.workspace_id, credential_id, limit, after)

    async def change(self, who: Principal, credential_id: UUID, raw: object, expected: frozenset[int] | None) -> Kept:
        """`expected` None: any revision. Raises InvalidRequestError, CredentialMissing or StaleCredential."""
        stored = await self._expected(who, credential_id, expected)
        draft = read_change(raw)
        changed = await self._changed(who, draft, stored)
        try:
            await self._store.replace(changed, stored)
        except RevisionChanged:
            raise StaleCredential((await self._stored(who, credential_id)).revision) from None
        return Kept(changed, await self._announcements.published())

    async def delete(self, who: Principal, credential_id: UUID, expected: frozenset[int] | None) -> bool:
        """Whether the deletion is published. Raises CredentialMissing, StaleCredential or CredentialInUse."""
        stored = await self._expected(who, credential_id, expected)
        try:
            await self._store.remove(stored, self._clock.now(), who.user_id)
        except RevisionChanged:
            raise StaleCredential((await self._stored(who, credential_id)).revision) from None
        except CredentialUsed:
            raise await self._in_use(stored) from None
        return await self._announcements.published()

    async def _changed(self, who: Principal, draft: CredentialChange, stored: Credential) -> Credential:
        """The next revision, or the stored one when nothing is new."""
        problems = list[FieldProblem]()
        auth = draft.auth or AuthDraft(KINDS[stored.type], stored.public)
        origins = stored.allowed_origins
        if draft.allowed_origins is not None:
            origins = origins_of(draft.allowed_origins, problems)
        problems += auth_problems(auth) + await self._wrong_kind(auth, stored)
        target = replace(stored, name=draft.name or stored.name, public=auth.public, allowed_origins=origins)
        filled = self._filled(target, auth, stored)
        entered_anew = bool(filled.sealed) and not filled.kept
        added = [origin for origin in origins if origin not in stored.allowed_origins]
        if added and not entered_anew and not may_widen(who):
            problems.append(FieldProblem(pointer="/allowed_origins", detail=_widening(added)))
        problems += await self._left_behind(origins, stored)
        _refuse(problems, filled.problems)
        sealed = filled.sealed | self._sealed_again(stored, origins, filled)
        status = draft.status or (stored.status if len(filled.kept) == len(filled.sealed) else CredentialStatus.OK)
        target = replace(target, sealed=sealed, last_four=filled.last_four, status=status)
        if target.says_the_same(stored):
            return stored
        changed = _next(target, who, self._clock)
        return changed if len(filled.kept) == len(filled.sealed) else replace(changed, entered_at=changed.updated_at)

    def _filled(self, credential: Credential, auth: AuthDraft, before: Credential | None) -> Filled:
        names = auth.kind.needed(auth.public)
        return self._book.filled(credential, names, auth.secrets, before, {name: f"/auth/{name}" for name in names})

    def _sealed_again(self, stored: Credential, origins: list[str], filled: Filled) -> dict[str, str]:
        """What stays although the origins change."""
        if not filled.kept or sorted(origins) == sorted(stored.allowed_origins):
            return {}
        try:
            again = self._book.bound_to(stored, origins)
        except UnsealError:
            raise InvalidRequestError([FieldProblem(pointer="/auth", detail=UNOPENABLE)]) from None
        return {name: again[name] for name in filled.kept}

    async def _wrong_kind(self, auth: AuthDraft, stored: Credential) -> list[FieldProblem]:
        """Connectors were judged by the header that it sets."""
        if auth.kind.type != stored.type:
            detail = f"is {stored.type} and stays so; create another credential for another kind"
            return [FieldProblem(pointer="/auth/type", detail=detail)]
        if auth.problems or auth.kind.header(auth.public) == auth.kind.header(stored.public):
            return []
        if not await self._store.users(stored.workspace_id, stored.id, 1):
            return []
        detail = "another header cannot be set while connectors use it, since they may set that themselves"
        return [FieldProblem(pointer="/auth", detail=detail)]

    async def _left_behind(self, origins: list[str], stored: Credential) -> list[FieldProblem]:
        """Connectors that lead where it may not go any more: their calls would fail."""
        removed = set(stored.allowed_origins).difference(origins)
        after, found = None, list[CredentialUser]()
        while removed and len(found) <= MOST_NAMED:
            users = await self._store.users(stored.workspace_id, stored.id, USERS_AT_ONCE, after)
            found += [one for one in users if not removed.isdisjoint(url_origins(one.url, one.allowed_hosts))]
            if len(users) < USERS_AT_ONCE:
                break
            after = Cursor(users[-1].created_at, users[-1].id)
        if not found:
            return []
        detail = (
            f"leaves out where these connectors lead; change them first, or give them another credential: {_all(found)}"
        )
        return [FieldProblem(pointer="/allowed_origins", detail=detail)]

    async def _stored(self, who: Principal, credential_id: UUID) -> Credential:
        found = await self._store.find(who.workspace_id, credential_id)
        if found is None:
            raise CredentialMissing
        return found

    async def _expected(self, who: Principal, credential_id: UUID, expected: frozenset[int] | None) -> Credential:
        stored = await self._stored(who, credential_id)
        if expected is not None and stored.revision not in expected:
            raise StaleCredential(stored.revision)
        return stored

    async def _in_use(self, stored: Credential) -> CredentialInUse:
        users = await self._store.users(stored.workspace_id, stored.id, MOST_NAMED + 1)
        return CredentialInUse(f"Give these connectors another credential first: {_all(users)}.")


def _all(users: list[CredentialUser]) -> str:
    more = ", and others" if len(users) > MOST_NAMED else ""
    return ", ".join(_named(one) for one in users[:MOST_NAMED]) + more


def _named(user: CredentialUser) -> str:
    return f"{user.name} ({user.id}{', deleted, and can be restored' if user.deleted else ''})"


def may_widen(who: Principal) -> bool:
    """Who may let a stored secret go to further origins without entering it again."""
    return who.may(Scope.CREDENTIALS_ADMIN)


def _widening(added: list[str]) -> str:
    return (
        f"adds {', '.join(added)}, where the stored secret may not go: enter the secret again as well, or ask somebody"
        f" with the scope {Scope.CREDENTIALS_ADMIN}"
    )


def _next(credential: Credential, who: Principal, clock: Clock) -> Credential:
    return credential.changed(who.user_id, clock.now())


def _refuse(*problems: list[FieldProblem]) -> None:
    found = [problem for some in problems for problem in some]
    if found:
        raise InvalidRequestError(found)
