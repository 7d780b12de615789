"""Who is calling, and what that caller may do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class Kind(StrEnum):
    """A person, a service of the workspace's own, or the flow engine."""

    USER = "user"
    SERVICE = "service"
    FLOW = "flow"


class Scope(StrEnum):
    """One thing that a caller may do. None contains another: a token has each one that it needs."""

    CONNECTORS_READ = "connectors:read"
    CONNECTORS_EDIT = "connectors:edit"
    CONNECTORS_EXECUTE = "connectors:execute"
    EXECUTIONS_READ = "executions:read"
    CREDENTIALS_ADMIN = "credentials:admin"
    CONTACTS_READ = "contacts:read"
    CONTACTS_EDIT = "contacts:edit"
    WORKSPACE_ADMIN = "workspace:admin"


FLOW_SCOPES: Final = frozenset(
    (Scope.CONNECTORS_READ, Scope.CONNECTORS_EXECUTE, Scope.CONTACTS_READ, Scope.CONTACTS_EDIT)
)
"""The most that a flow may have, whatever its token says: a flow runs connectors, and changes none."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller, as its verified token says. `user_id` is the token's subject, of whichever kind.

    `key_id`: of the API key that it came with, whose `user_id` is `api-key/<key_id>`; `requests_per_minute`: what is
    settled for that key alone.
    """

    workspace_id: UUID
    user_id: str
    kind: Kind = Kind.USER
    scopes: frozenset[Scope] = frozenset()
    key_id: UUID | None = None
    requests_per_minute: int | None = None

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes and (self.kind is not Kind.FLOW or scope in FLOW_SCOPES)

    @property
    def allowed(self) -> frozenset[Scope]:
        """All that it may do."""
        return frozenset(filter(self.may, self.scopes))
