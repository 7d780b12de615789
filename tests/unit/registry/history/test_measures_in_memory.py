"""The twin measures what every store must."""

import pytest

from connector_registry.history.measure_memory import InMemoryMeasures
from connector_registry.history.recording.memory import InMemoryHistory
from tests.unit.registry.history.builders import CONNECTOR
from tests.unit.registry.history.measures_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.registry.history.measures_suite import NAMES, OTHER


@pytest.fixture
def measures(history: InMemoryHistory) -> InMemoryMeasures:
    return InMemoryMeasures(history, {CONNECTOR: ("enrichment", True), OTHER: ("crm", False)}, NAMES)
