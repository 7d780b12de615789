"""The in-memory twin passes the suite of the stores of API keys."""

import pytest

from connector_registry.access.memory import InMemoryApiKeyStore
from tests.unit.registry.access.stores_suite import *  # noqa: F403


@pytest.fixture
def store() -> InMemoryApiKeyStore:
    return InMemoryApiKeyStore()
