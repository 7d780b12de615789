"""The twin does as every store does."""

import pytest

from connectors_local.flows.store.memory import InMemoryFlows
from tests.unit.flows.store_suite import *  # noqa: F403  # the shared tests, collected here


@pytest.fixture
def flows() -> InMemoryFlows:
    return InMemoryFlows()


@pytest.fixture
def runs(flows: InMemoryFlows) -> InMemoryFlows:
    return flows
