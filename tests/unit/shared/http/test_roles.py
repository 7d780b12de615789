"""Roles are sets of scopes, each of which holds the one before it, and the documents say the same."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from connectors_shared.http.principal import FLOW_SCOPES, Kind, Principal, Scope
from connectors_shared.http.roles import SCOPES_OF, WorkspaceRole, role_of

ACCESS = Path(__file__).parents[4] / "docs" / "access.md"


def test_each_role_may_what_the_one_before_it_may_and_the_last_everything() -> None:
    viewer, editor, admin = (SCOPES_OF[role] for role in WorkspaceRole)
    assert viewer < editor < admin == frozenset(Scope)


@pytest.mark.parametrize("role", list(WorkspaceRole))
def test_who_has_its_scopes_has_the_role(role: WorkspaceRole) -> None:
    assert role_of(SCOPES_OF[role]) is role
    assert role_of(SCOPES_OF[role] - {Scope.CONTACTS_READ}) is None


def test_a_flow_has_no_role_beyond_what_it_may() -> None:
    flow = Principal(UUID(int=1), "x", Kind.FLOW, frozenset(Scope))
    assert flow.allowed == FLOW_SCOPES
    assert role_of(flow.allowed) is None


def test_the_table_of_the_documents_is_the_one_of_the_code() -> None:
    rows = re.findall(r"^\| `([a-z:]+)` \|[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|", ACCESS.read_text(), re.MULTILINE)
    told = {
        name: {role for role, cell in zip(WorkspaceRole, cells, strict=True) if cell.strip()} for name, *cells in rows
    }
    assert told == {scope.value: {role for role in WorkspaceRole if scope in SCOPES_OF[role]} for scope in Scope}
