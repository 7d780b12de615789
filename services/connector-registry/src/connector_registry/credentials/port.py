"""A credential at rest, and what another feature may ask of credentials."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from connectors_shared.definition.auth.reading import AuthDraft
from connectors_shared.http.problems import FieldProblem


class UnusableSecrets(ValueError):  # noqa: N818
    """A secret is missing, or a mask was sent in its place. `problems` says which."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("a secret is missing")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Credential:
    """Authentication at rest: `sealed` maps field → sealed text, `public` the fields that are no secret."""

    id: UUID
    workspace_id: UUID
    connector_id: UUID
    type: str
    public: dict[str, str]
    sealed: dict[str, str]
    created_at: datetime
    updated_at: datetime

    @property
    def key_id(self) -> str:
        """The key that wraps it, as the sealed text itself names it."""
        return next(iter(self.sealed.values())).split(".")[1]


class Credentials(Protocol):
    """Seals and masks. Nobody else sees a plain secret."""

    def write(
        self,
        draft: AuthDraft | None,
        *,
        workspace_id: UUID,
        connector_id: UUID,
        stored: Credential | None,
        at: datetime,
    ) -> Credential | None:
        """The credential to store; None for no authentication. Raises UnusableSecrets.

        No draft at all keeps what is stored, and so does a secret that is left out or equals its mask.
        """

    def masked(self, credential: Credential | None) -> dict[str, Any]:
        """Flat authentication with every secret masked; one that cannot be opened shows no character."""


class CredentialRows(Protocol):
    """The credential of a connector, read and written in the transaction of the connector's change."""

    async def find(self, connection: Any, workspace_id: UUID, connector_id: UUID) -> Credential | None: ...

    async def save(self, connection: Any, credential: Credential) -> None: ...

    async def delete(self, connection: Any, workspace_id: UUID, connector_id: UUID) -> None: ...
