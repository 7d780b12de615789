"""The in-memory twin keeps the contract of every parking."""

from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings

from connector_executor.parking.memory import InMemoryParking, Store
from tests.unit.executor.parking_ended_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.executor.parking_machine import Answer, ParkingMachine
from tests.unit.executor.parking_suite import *  # noqa: F403
from tests.unit.executor.parking_trouble_suite import *  # noqa: F403


class InMemoryDeployment:
    """Time moves only when a test says so."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.store = Store(lambda: self.time)

    def replica(self) -> InMemoryParking:
        return InMemoryParking(self.store)

    async def outlast(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    async def now(self) -> datetime:
        return self.time


@pytest.fixture
def deployment() -> InMemoryDeployment:
    return InMemoryDeployment()


class InMemoryMachine(ParkingMachine):
    def begin(self) -> InMemoryDeployment:
        return InMemoryDeployment()

    def run_to_end(self, call: Coroutine[Any, Any, Answer]) -> Answer:
        """The twin never waits for anything."""
        try:
            call.send(None)
        except StopIteration as ended:
            answer: Answer = ended.value
            return answer
        raise AssertionError("the twin waited")


TestInMemoryMachine = InMemoryMachine.TestCase
TestInMemoryMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
