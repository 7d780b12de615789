"""The in-memory twin keeps the contract of every admission."""

import pytest

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from tests.unit.executor.admission_claims_suite import *  # noqa: F403
from tests.unit.executor.admission_ending_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.executor.admission_lifting_suite import *  # noqa: F403
from tests.unit.executor.admission_limits_suite import *  # noqa: F403
from tests.unit.executor.admission_parking_suite import *  # noqa: F403
from tests.unit.executor.admission_pauses_suite import *  # noqa: F403
from tests.unit.executor.admission_recovery_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.executor.admission_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.executor.admission_suite import (
    BREAKERS,
    DRAIN_HORIZON_SECONDS,
    HORIZON_SECONDS,
    LEASE_SECONDS,
    READS_WAIT_SECONDS,
    SECOND,
    SETTLING_SECONDS,
    ready,
)
from tests.unit.executor.admission_upstream_suite import *  # noqa: F403


class InMemoryDeployment:
    """Time moves only when a test says so."""

    def __init__(self) -> None:
        self.now_us = 1_700_000_000 * SECOND
        self.store = Store(lambda: self.now_us)

    async def replica(self, owner: str) -> InMemoryAdmission:
        admission = InMemoryAdmission(
            self.store,
            owner,
            round(HORIZON_SECONDS * SECOND),
            round(LEASE_SECONDS * SECOND),
            drain_horizon_us=round(DRAIN_HORIZON_SECONDS * SECOND),
            settling_us=round(SETTLING_SECONDS * SECOND),
            reads_wait_us=round(READS_WAIT_SECONDS * SECOND),
            breakers=BREAKERS,
        )
        await admission.join()
        await ready(admission)
        return admission

    async def forget_everything(self) -> None:
        self.store.forget_everything()

    async def move_to_another_server(self) -> None:
        self.store.move()

    async def rename_server(self) -> None:
        self.store.rename()

    async def outlast(self, seconds: float) -> None:
        self.now_us += round(seconds * SECOND)


@pytest.fixture
def deployment() -> InMemoryDeployment:
    return InMemoryDeployment()
