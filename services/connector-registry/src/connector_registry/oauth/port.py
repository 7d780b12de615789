"""What renewing a token needs from the world, and what may come of it."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from connector_registry.credentials.port import Credential, Token
from connectors_shared.contract.refresh import Refreshed


@dataclass(frozen=True, slots=True)
class Ask:
    """A token request: `parameters` say by what right, `secrets` have what proves the client, plain."""

    credential: Credential
    parameters: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Issued:
    """What the provider gave. `refresh_token` None: the one before stays. `lifetime_seconds` None: it does not say."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False, default=None)
    lifetime_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It will not give one for this right, however often it is asked; `why` is a sentence for the owner."""

    why: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No answer, or none that settles anything. `unanswered`: it may have been done, and its answer is lost."""

    why: str
    unanswered: bool = False
    asked_seconds: float | None = None


Answer = Issued | Refused | Unavailable


class Provider(Protocol):
    """The token endpoint of a credential."""

    async def ask(self, ask: Ask) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Due:
    """A credential whose token is to be renewed."""

    workspace_id: UUID
    credential_id: UUID


class Renewable(Protocol):
    """A credential and its token, which nobody else changes meanwhile."""

    credential: Credential

    async def keep(self, token: Token, connected_by: str | None = None) -> None:
        """Save it as the next generation, and tell the executors, both or neither. `connected_by`: who has granted it
        just now.

        It is done when the credential is let go. Raises TokenChanged when the lock has been lost.
        """

    async def note(self, token: Token) -> None:
        """Save it without telling anybody: nothing changes for the executors. Raises TokenChanged."""


class TokenChanged(Exception):  # noqa: N818
    """Somebody else has renewed it; this process had stood still for too long."""


class TokenStore(Protocol):
    """Tokens of all workspaces. One process at a time has a credential."""

    async def due(self, before: datetime, limit: int) -> list[Due]:
        """Those that are due by then: of each workspace the one that is due the longest, then the next of each."""

    async def postpone(self, due: Due, now: datetime, until: datetime) -> None:
        """It is due then, if it still is due now."""

    def renewable(
        self, workspace_id: UUID, credential_id: UUID, *, wait: bool
    ) -> AbstractAsyncContextManager[Renewable | None]:
        """None when there is no such credential, or, unless it is waited for, when somebody else has it."""

    async def oldest_seconds(self) -> float:
        """How long the most overdue token has been due; 0 when none is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`revision`: of what the executors have been told, or are about to be."""

    refreshed: Refreshed
    revision: int
