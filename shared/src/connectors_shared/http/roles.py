"""Roles: sets of scopes with a name that people know."""

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Final

from connectors_shared.http.principal import Scope


class WorkspaceRole(StrEnum):
    """From least to most: each may do what the one before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


_VIEWER: Final = frozenset((Scope.CONNECTORS_READ, Scope.EXECUTIONS_READ, Scope.CONTACTS_READ))
_EDITOR: Final = _VIEWER | {Scope.CONNECTORS_EDIT, Scope.CONNECTORS_EXECUTE, Scope.CONTACTS_EDIT}
SCOPES_OF: Final[Mapping[WorkspaceRole, frozenset[Scope]]] = {
    WorkspaceRole.VIEWER: _VIEWER,
    WorkspaceRole.EDITOR: _EDITOR,
    WorkspaceRole.ADMIN: frozenset(Scope),
}
KNOWN_ROLES: Final = {role.value: role for role in WorkspaceRole}


def role_of(scopes: Set[Scope]) -> WorkspaceRole | None:
    """The highest role all of whose scopes are among these; None when there is none."""
    held = [role for role, needed in SCOPES_OF.items() if needed <= scopes]
    return held[-1] if held else None
