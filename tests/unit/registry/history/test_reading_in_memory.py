"""The twin answers what every history must."""

import pytest

from connector_registry.history.memory import InMemoryReading
from connector_registry.history.recording.memory import InMemoryHistory
from tests.unit.registry.history.reading_suite import *  # noqa: F403  # the shared tests, collected here


@pytest.fixture
def reading(history: InMemoryHistory) -> InMemoryReading:
    return InMemoryReading(history)
