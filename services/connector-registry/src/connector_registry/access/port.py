"""What an API key is, what its rules need from the world, and how they refuse."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Protocol
from uuid import UUID

from connectors_shared.http.cursor import Cursor
from connectors_shared.http.principal import Kind, Principal, Scope
from connectors_shared.http.problems import ProblemError

NOTED_EVERY: Final = timedelta(minutes=1)
"""How often it is written down, at most, that a key is in use."""


class ApiKeyMissing(ProblemError):  # noqa: N818
    """The workspace has no such key."""

    status = 404
    kind = "not-found"
    title = "No such API key"
    detail = "There is no API key with this id in your workspace."


class ApiKeyExists(ProblemError):  # noqa: N818
    """A key that is not revoked has the name."""

    status = 409
    kind = "api-key-exists"
    title = "There is an API key of this name"
    detail = (
        "Choose another name. If you made it just now and its text got lost on the way, revoke it and make another:"
        " nobody can read it any more."
    )


class TooManyApiKeys(ProblemError):  # noqa: N818
    """The workspace has as many as it may."""

    status = 409
    kind = "too-many-api-keys"
    title = "The workspace has enough API keys"
    detail = "Revoke those that nobody uses any more; last_used_at tells which."


class MadeWithApiKey(ProblemError):  # noqa: N818
    """A key that leaked would outlive its own revocation by those that it had made."""

    status = 403
    kind = "made-with-api-key"
    title = "An API key makes no other"
    detail = "Make it as a person or a service that signs in with a token."
    sends: ClassVar[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """All that is known of a key. Its text is known to whoever made it; here is only a hash, with its row.

    `prefix`: how its text begins, enough to tell it from others. `last_used_at`: within `NOTED_EVERY`.
    """

    id: UUID
    workspace_id: UUID
    name: str
    prefix: str
    kind: Kind
    scopes: frozenset[Scope]
    requests_per_minute: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None

    def is_alive(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def is_to_be_noted(self, at: datetime) -> bool:
        return self.is_alive(at) and (self.last_used_at is None or self.last_used_at <= at - NOTED_EVERY)

    @property
    def principal(self) -> Principal:
        """Who asks with it."""
        return Principal(
            self.workspace_id,
            f"api-key/{self.id}",
            self.kind,
            self.scopes,
            key_id=self.id,
            requests_per_minute=self.requests_per_minute,
        )


class PresentedKeys(Protocol):
    """Asked by every request that comes with a key, so one question is all that it may cost."""

    async def presented(self, key_hash: bytes, at: datetime) -> ApiKey | None:
        """Whatever became of it. That one which is alive is used now is noted, unless it was `NOTED_EVERY` ago."""


class ApiKeyStore(PresentedKeys, Protocol):
    """Every other call sees one workspace only."""

    async def add(self, key: ApiKey, key_hash: bytes, most: int) -> None:
        """Raises ApiKeyExists, or TooManyApiKeys when there are `most` already that are not revoked."""

    async def page(self, workspace_id: UUID, limit: int, after: Cursor | None) -> list[ApiKey]:
        """At most `limit`, newest first, with those that are revoked."""

    async def revoke(self, workspace_id: UUID, key_id: UUID, at: datetime, by: str) -> bool:
        """Whether there is such a key. One that is revoked already stays as it is."""
