"""The in-memory twin passes the suite of notices."""

import pytest

from connector_registry.noticing.memory import InMemoryNotices
from tests.unit.registry.notices.notices_suite import *  # noqa: F403
from tests.unit.registry.notices.notices_suite import Told


@pytest.fixture
def told() -> Told:
    notices = InMemoryNotices()
    return Told(notices, notices)
