"""The twin tells what every source of the feed must."""

import pytest

from connector_registry.history.feed.memory import InMemoryFeed
from connector_registry.history.recording.memory import InMemoryHistory
from tests.unit.registry.history.feed_suite import *  # noqa: F403  # the shared tests, collected here


@pytest.fixture
def source(history: InMemoryHistory) -> InMemoryFeed:
    return InMemoryFeed(history)
