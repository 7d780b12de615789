"""The in-memory twin passes the suite of trails."""

import pytest

from connectors_shared.http.audit.memory import InMemoryTrail
from tests.unit.shared.http.audit.trail_suite import *  # noqa: F403


@pytest.fixture
def trail() -> InMemoryTrail:
    return InMemoryTrail()
