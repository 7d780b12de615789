"""The in-memory twin keeps the contract of every admission."""

import pytest

from connector_executor.admission.memory import InMemoryAdmission, Store
from tests.unit.executor.admission_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.executor.admission_suite import HORIZON_SECONDS, LEASE_SECONDS, SECOND


class InMemoryDeployment:
    """Time moves only when a test says so."""

    def __init__(self) -> None:
        self.now_us = 1_700_000_000 * SECOND
        self.store = Store(lambda: self.now_us)

    def replica(self, owner: str) -> InMemoryAdmission:
        return InMemoryAdmission(self.store, owner, round(HORIZON_SECONDS * SECOND), round(LEASE_SECONDS * SECOND))

    async def outlast(self, seconds: float) -> None:
        self.now_us += round(seconds * SECOND)


@pytest.fixture
def deployment() -> InMemoryDeployment:
    return InMemoryDeployment()
