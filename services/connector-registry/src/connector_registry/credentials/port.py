"""What the rules of credentials need from the world, and what another feature may ask of credentials."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, Protocol
from uuid import UUID

from connectors_shared.contract.credential import CredentialStatus, PublishedCredential
from connectors_shared.contract.facts import Deletion
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.auth.oauth2 import AUTHORIZATION_CODE
from connectors_shared.definition.auth.reading import AuthDraft
from connectors_shared.definition.problems import escaped
from connectors_shared.http.audit.differences import Change, secret_change
from connectors_shared.http.conditions import RevisionChangedError
from connectors_shared.http.cursor import Cursor
from connectors_shared.http.problems import FieldProblem, ProblemError
from connectors_shared.runtime.secrets import key_id_of

HOW: Final = frozenset({"client_authentication", "key_id", "algorithm", "assertion_audience"})
"""Public fields that say how a client proves itself, and not which it is."""
Published = Callable[["Credential"], PublishedCredential]
"""What the executors get of it, with its token."""
SAID = ("name", "type", "public", "sealed", "last_four", "allowed_origins", "status")


class TokenState(StrEnum):
    """How it is with what the registry has obtained. `pending`: nothing yet, and nothing is wrong; `failing`: the
    provider did not answer as it should, which is tried again; `stale`: a person has to do something."""

    PENDING = "pending"
    OK = "ok"
    FAILING = "failing"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Token:
    """What the registry has obtained for a credential, sealed for itself alone.

    `generation` counts its changes. `made_for`: the client and the origins that it was obtained for, see
    `Credential.client`. `due_at`: when it is to be renewed, None for never. `unanswered_at`: since when an answer of
    the provider is missing that may have had a new refresh token. `withdrawn`: its connector is deleted.
    """

    state: TokenState
    generation: int = 0
    made_for: str | None = None
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    why: str | None = None
    obtained_at: datetime | None = None
    expires_at: datetime | None = None
    due_at: datetime | None = None
    failures: int = 0
    unanswered_at: datetime | None = None
    connected_by: str | None = None
    withdrawn: bool = False

    @property
    def key_ids(self) -> list[str]:
        """The keys that it is sealed under."""
        return sorted({key_id_of(text) for text in (self.access_token, self.refresh_token) if text is not None})


NOT_CONNECTED: Final = "Nobody has connected it yet."
CHANGED: Final = "It was changed since it was connected."


@dataclass(frozen=True, slots=True)
class Credential:
    """One revision of it: `sealed` maps field to sealed text, `public` has the fields that are no secret.

    `connector_id`: the connector whose own it is, which goes with that; None when several may use it. `last_four`:
    what is shown of each secret, so that nothing is opened to show it. `token`: what the registry has obtained for it;
    None as long as it was of no kind for which it obtains anything. `entered_at`: when a secret of a shared one was
    last entered. `sealings`: how often it was sealed anew under another key.
    """

    id: UUID
    workspace_id: UUID
    connector_id: UUID | None
    name: str
    type: str
    public: dict[str, str]
    sealed: dict[str, str] = field(repr=False)
    last_four: dict[str, str] = field(repr=False)
    allowed_origins: list[str]
    status: CredentialStatus
    revision: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    token: Token | None = field(default=None, compare=False)
    entered_at: datetime | None = field(default=None, compare=False)
    sealings: int = field(default=0, compare=False)

    @property
    def is_issued(self) -> bool:
        """Does the registry obtain what authorizes the calls?"""
        return self.type in KINDS and bool(KINDS[self.type].issued)

    @property
    def is_connected_by_people(self) -> bool:
        return self.is_issued and self.public.get("grant_type") == AUTHORIZATION_CODE

    @property
    def client(self) -> str:
        """Who asks for tokens, and where they may be sent: a token for another client, or other origins, is not its."""
        said = {name: text for name, text in self.public.items() if name not in HOW}
        return sha256(json.dumps([said, sorted(self.allowed_origins)], sort_keys=True).encode()).hexdigest()

    def fits(self, token: Token) -> bool:
        return token.made_for == self.client

    @property
    def fact_revision(self) -> int:
        """Of what the executors get: it grows with every change of it and of its token, and when it is sealed anew."""
        return self.revision + self.sealings + (self.token.generation if self.token else 0)

    @property
    def present_status(self) -> CredentialStatus:
        """Stale also when the provider, or nobody yet, has granted anything."""
        if not self.is_issued or self.status is CredentialStatus.STALE:
            return self.status
        return CredentialStatus.OK if self.stale_because is None else CredentialStatus.STALE

    @property
    def told_token(self) -> Token | None:
        """Its token as people are told of it: also when there is none yet, or a person has to do something; None where
        the registry obtains none.
        """
        if not self.is_issued:
            return None
        token, because = self.token or Token(TokenState.PENDING), self.stale_because
        return token if because is None else replace(token, state=TokenState.STALE, why=because)

    @property
    def stale_because(self) -> str | None:
        """What a person has to know to get it going again, as far as its token is concerned."""
        token = self.token
        if self.is_connected_by_people and (token is None or token.made_for is None):
            return NOT_CONNECTED
        if token is not None and self.is_connected_by_people and not self.fits(token):
            return CHANGED
        return token.why if token is not None and token.state is TokenState.STALE else None

    @property
    def key_ids(self) -> dict[str, str]:
        """The key that each field is sealed under."""
        return {name: key_id_of(sealed) for name, sealed in self.sealed.items()}

    def published(self) -> PublishedCredential:
        """What the executors get: secrets as sealed text, but for what never leaves the registry, and for its token."""
        unpublished = KINDS[self.type].unpublished if self.type in KINDS else ()
        return PublishedCredential(
            credential_id=self.id,
            workspace_id=self.workspace_id,
            revision=self.fact_revision,
            changed_at=self.updated_at,
            name=self.name,
            type=self.type,
            public=self.public,
            sealed={name: text for name, text in self.sealed.items() if name not in unpublished},
            allowed_origins=self.allowed_origins,
            status=self.present_status,
        )

    def withdrawal(self) -> Deletion:
        """What the executors get while the connector whose own it is, is deleted: this revision of it."""
        return Deletion(workspace_id=self.workspace_id, revision=self.fact_revision, changed_at=self.updated_at)

    def deletion(self, at: datetime) -> Deletion:
        """What the executors get when it is gone."""
        return Deletion(workspace_id=self.workspace_id, revision=self.fact_revision + 1, changed_at=at)

    def changed(self, by: str, at: datetime, **fields: object) -> "Credential":
        """Its next revision."""
        return replace(self, revision=self.revision + 1, updated_by=by, updated_at=at, **fields)  # type: ignore[arg-type]

    def asks_alike(self, other: "Credential") -> bool:
        """Does the registry ask for its token with the same words?"""
        return (self.client, self.public, self.sealed) == (other.client, other.public, other.sealed)

    def says_the_same(self, other: "Credential") -> bool:
        """Apart from when, and by whom."""
        return all(getattr(self, name) == getattr(other, name) for name in SAID)


def told_of(credential: Credential | None) -> dict[str, Any]:
    """Its authentication without its secrets, for a record of what was changed."""
    return {"type": credential.type} | credential.public if credential else {"type": NONE.type}


def told_secrets(place: str, was: Credential | None, now: Credential | None) -> list[Change]:
    """Which secrets are others, by name alone. One that was only sealed anew, for other origins, is the same."""
    before, after = (one.sealed if one else {} for one in (was, now))
    found = list[Change]()
    for name in dict.fromkeys([*before, *after]):
        if name not in after or name not in before:
            found.append(secret_change(f"{place}/{escaped(name)}", "added" if name in after else "removed"))
        elif was and now and before[name] != after[name] and not _only_sealed_anew(name, was, now):
            found.append(secret_change(f"{place}/{escaped(name)}", "changed"))
    return found


def _only_sealed_anew(name: str, was: Credential, now: Credential) -> bool:
    """As far as can be seen without opening it."""
    return was.allowed_origins != now.allowed_origins and was.last_four.get(name) == now.last_four.get(name)


class UnusableSecrets(ValueError):  # noqa: N818
    """A secret is missing, a mask was sent in its place, or it may not go there. `problems` says which.

    `credential` is what it would be without them, for whoever judges the rest.
    """

    def __init__(self, problems: list[FieldProblem], credential: Credential) -> None:
        super().__init__("a secret is missing")
        self.problems = problems
        self.credential = credential


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a connector needs of its own credential, as a person sends it.

    `auth` None: as it is stored. `fields` are the secret headers and parameters that the definition has
    (`definition.secret_values`), `given` the texts that were sent for some of them, masks included, and `places` where
    in the request these stand. `origins` are those that its URL may lead to, none when that cannot be read.
    """

    workspace_id: UUID
    connector_id: UUID
    name: str
    auth: AuthDraft | None
    fields: Sequence[str]
    given: Mapping[str, str] = field(repr=False)
    places: Mapping[str, str]
    origins: Sequence[str]
    at: datetime
    by: str


class RevisionChanged(Exception):  # noqa: N818
    """Somebody else changed or deleted the credential in between; read it again."""


class CredentialUsed(Exception):  # noqa: N818
    """There are connectors that it authorizes."""


class CredentialMissing(ProblemError):  # noqa: N818
    """The workspace has no such credential."""

    status = 404
    kind = "not-found"
    title = "No such credential"
    detail = "There is no credential with this id in your workspace. That of a single connector is changed with it."


class StaleCredential(RevisionChangedError):  # noqa: N818
    kind = "revision-changed"


class CredentialInUse(ProblemError):  # noqa: N818
    """It cannot be deleted; the detail names the connectors that use it."""

    status = 409
    kind = "credential-in-use"
    title = "Connectors use the credential"


@dataclass(frozen=True, slots=True)
class CredentialUser:
    """A connector that a shared credential authorizes. One that is deleted may be restored, and would need it.

    `url`: where its published definition leads, to one of the `allowed_hosts` where its host depends on values.
    """

    id: UUID
    name: str
    url: str
    allowed_hosts: Sequence[str]
    enabled: bool
    deleted: bool
    created_at: datetime


class CredentialStore(Protocol):
    """Shared credentials. Every call sees one workspace only; a change and its message are one transaction."""

    async def add(self, credential: Credential) -> None: ...

    async def find(self, workspace_id: UUID, credential_id: UUID) -> Credential | None: ...

    async def page(self, workspace_id: UUID, limit: int, after: Cursor | None) -> list[Credential]:
        """Newest first."""

    async def users(
        self, workspace_id: UUID, credential_id: UUID, limit: int, after: Cursor | None = None
    ) -> list[CredentialUser]:
        """Whose calls it authorizes, newest first."""

    async def count_users(self, workspace_id: UUID, credential_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many each authorizes; those that authorize none may be left out."""

    async def replace(self, credential: Credential, stored: Credential) -> None:
        """Save it over `stored`, the same revision or the next; raises RevisionChanged when that is not there."""

    async def remove(self, stored: Credential, at: datetime, by: str) -> None:
        """Raises RevisionChanged or CredentialUsed."""

    async def is_published(self, workspace_id: UUID, credential_id: UUID) -> bool:
        """Whether no message about it waits in the outbox."""


class Credentials(Protocol):
    """Seals and masks. Nobody else sees a plain secret."""

    def own(self, wanted: Wanted, stored: Credential | None) -> Credential | None:
        """The connector's own credential as it is to be stored; the stored one itself when nothing changes, None when
        it needs none. Raises UnusableSecrets.

        A secret that is left out or equals its mask stays, but not when the URL leads to another origin.
        """

    def published(self, credential: Credential) -> PublishedCredential:
        """What the executors get of it, with its token."""

    def masked(self, credential: Credential | None) -> dict[str, Any]:
        """Flat authentication with every secret masked."""

    def mask(self, credential: Credential | None, field: str) -> str:
        """What stands for one secret."""


class TokenSeals(Protocol):
    """Opens what it takes to obtain a token, and seals what comes of it. What is sealed opens for no executor."""

    def opened(self, credential: Credential, name: str) -> str:
        """A secret that was entered. Raises UnsealError."""

    def seal_token(self, credential: Credential, name: str, plain: str) -> str: ...

    def open_token(self, credential: Credential, name: str, sealed: str) -> str:
        """Raises UnsealError."""


class CredentialRows(Protocol):
    """The own credential of a connector, read, written and announced in the transaction of the connector's change."""

    async def find(self, connection: Any, workspace_id: UUID, connector_id: UUID) -> Credential | None: ...

    async def find_shared(self, connection: Any, workspace_id: UUID, credential_id: UUID) -> Credential | None: ...

    async def find_any(self, connection: Any, workspace_id: UUID, credential_id: UUID) -> Credential | None:
        """Shared or not."""

    async def announce(self, connection: Any, credential: Credential) -> None:
        """Tell the executors of it as it is, with its token."""

    async def save(self, connection: Any, credential: Credential) -> None: ...

    async def delete(self, connection: Any, credential: Credential, at: datetime, by: str) -> None: ...

    async def withdraw(self, connection: Any, credential: Credential) -> None:
        """Save it and announce it as deleted, with the connector whose own it is; it may be restored."""

    async def restore(self, connection: Any, credential: Credential) -> None:
        """Save and announce one that was withdrawn. Waits for whoever purges it."""

    async def is_published(self, connection: Any, credential_id: UUID) -> bool:
        """Whether no message about it waits."""
