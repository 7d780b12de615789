"""The in-memory twin passes the suite of the stores of examples."""

from uuid import uuid4

import pytest

from connector_registry.examples.memory import InMemoryExampleStore
from tests.unit.registry.examples.stores_suite import *  # noqa: F403
from tests.unit.registry.examples.stores_suite import Whose


@pytest.fixture
def store() -> InMemoryExampleStore:
    return InMemoryExampleStore()


@pytest.fixture
def connector() -> Whose:
    return uuid4(), uuid4()
