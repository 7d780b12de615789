"""Credentials in memory, a refresher over them, and a clock that stands still until it is told otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from connector_registry.credentials.book import CredentialBook
from connector_registry.credentials.memory import InMemoryCredentialStore
from connector_registry.credentials.port import Credential, Token, TokenState
from connector_registry.metrics import Metrics
from connector_registry.oauth.memory import InMemoryTokenStore
from connector_registry.oauth.port import Provider
from connector_registry.oauth.refresher import Refresher
from connector_registry.outbox.memory import InMemoryOutgoing
from connectors_shared.contract.credential import CredentialStatus, PublishedCredential
from connectors_shared.definition.auth.reading import read_auth
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.secrets import Keyring, place_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
KEYS = "k1:" + "QUFB" * 10 + "QUE="
ORIGIN = "https://api.example.com"
CLIENT: dict[str, str] = {
    "type": "oauth2",
    "token_url": "https://login.example.com/token",
    "client_id": "client-1",
    "client_secret": "secret-of-the-client",
}
BY_PEOPLE = CLIENT | {"grant_type": "authorization_code", "authorize_url": "https://login.example.com/authorize"}


class StillClock(SystemClock):
    """Moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Told:
    """Everything that is announced is published at once."""

    async def published(self) -> bool:
        return True


def a_credential(book: CredentialBook, auth: dict[str, str], at: datetime = NOW, **what: Any) -> Credential:
    """As if it had been sent at that time, and saved nowhere yet; `what`: in place of what is usual here."""
    draft = read_auth(auth)
    assert not draft.problems
    usual: dict[str, Any] = {"workspace_id": WORKSPACE, "connector_id": None, "name": "a client"}
    bare = Credential(
        **usual | what,
        id=uuid4(),
        type=draft.kind.type,
        public=draft.public,
        sealed={},
        last_four={},
        allowed_origins=[ORIGIN],
        status=CredentialStatus.OK,
        revision=1,
        created_at=at,
        created_by="me",
        updated_at=at,
        updated_by="me",
    )
    filled = book.filled(bare, draft.kind.needed(draft.public), draft.secrets, None, {})
    return replace(bare, sealed=filled.sealed, last_four=filled.last_four)


class Scene:
    """`refresher()` makes another process over the same rows."""

    def __init__(self, provider: Provider) -> None:
        self.clock = StillClock()
        self.keyring = Keyring.parse(KEYS)
        self.book = CredentialBook(self.keyring)
        self.outgoing = InMemoryOutgoing()
        self.shelf = InMemoryCredentialStore({}, self.outgoing, lambda _id: [], self.book.published)
        self.tokens = InMemoryTokenStore(self.shelf)
        self.metrics = Metrics()
        self.provider = provider

    def refresher(self) -> Refresher:
        return Refresher(self.tokens, self.provider, self.book, Told(), self.clock, self.metrics, lambda: 0.5)

    def put(self, auth: dict[str, str], **what: Any) -> Credential:
        """Saved as if it had been sent, with a token that is due."""
        credential = a_credential(self.book, auth, **{"token": Token(TokenState.PENDING, due_at=NOW), **what})
        self.shelf.save(credential)
        return credential

    def connected(self, refresh_token: str) -> Credential:
        """Somebody has signed in: there is a grant, and an access token that is due."""
        credential = self.put(BY_PEOPLE)
        token = Token(
            TokenState.OK,
            made_for=credential.client,
            access_token=self.book.seal_token(credential, "access_token", "access-0"),
            refresh_token=self.book.seal_token(credential, "refresh_token", refresh_token),
            obtained_at=NOW - timedelta(hours=1),
            expires_at=NOW + timedelta(minutes=5),
            due_at=NOW,
        )
        credential = replace(credential, token=token)
        self.shelf.save(credential)
        return credential

    def present(self, credential: Credential) -> Credential:
        return self.shelf.credentials[credential.id]

    def refresh_token(self, credential: Credential) -> str | None:
        token = self.present(credential).token
        assert token is not None
        if token.refresh_token is None:
            return None
        return self.book.open_token(credential, "refresh_token", token.refresh_token)

    def facts(self) -> list[PublishedCredential]:
        return [PublishedCredential.model_validate_json(value or b"") for _, value in self.outgoing.messages]

    def access_token(self, fact: PublishedCredential) -> str | None:
        """As an executor opens it."""
        sealed = fact.sealed.get("access_token")
        return None if sealed is None else self.keyring.open(sealed, place_of(fact, "access_token"))
