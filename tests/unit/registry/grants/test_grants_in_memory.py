"""The in-memory twin passes the suite of the stores of grants."""

import pytest

from connector_registry.grants.memory import InMemoryGrantStore
from tests.unit.registry.grants.stores_suite import *  # noqa: F403


@pytest.fixture
def store() -> InMemoryGrantStore:
    return InMemoryGrantStore()
