"""Whoever renews tokens, as the executor sees them."""

from typing import Protocol
from uuid import UUID

from connectors_shared.contract.refresh import RefreshReport


class TokenRegistryError(Exception):
    """It does not answer, or not to this executor."""


class TokenRegistry(Protocol):
    """The registry."""

    async def refresh(self, workspace_id: UUID, credential_id: UUID, revision: int) -> RefreshReport:
        """The access token of this revision was refused. Raises TokenRegistryError."""
