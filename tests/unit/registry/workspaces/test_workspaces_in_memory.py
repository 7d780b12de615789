"""The in-memory twin passes the suite of the stores of workspaces."""

import pytest

from connector_registry.workspaces.memory import InMemoryWorkspaceStore
from tests.unit.registry.workspaces.stores_suite import *  # noqa: F403


@pytest.fixture
def store() -> InMemoryWorkspaceStore:
    return InMemoryWorkspaceStore()
