"""Parking in a real Postgres keeps the contract of every parking."""

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.unit.executor.parking_ended_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.executor.parking_machine import Answer, ParkingMachine
from tests.unit.executor.parking_suite import *  # noqa: F403
from tests.unit.executor.parking_trouble_suite import *  # noqa: F403

from .conftest import PostgresDeployment


class PostgresMachine(ParkingMachine):
    """In a thread of its own, because hypothesis calls without a loop."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    shared: ClassVar[PostgresDeployment]

    def begin(self) -> PostgresDeployment:
        self.run_to_end(self.shared.pool.execute("TRUNCATE parked_executions, backlogs"))
        return self.shared

    def run_to_end(self, call: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(call, self.loop).result()


async def test_any_order_of_calls_agrees_with_the_model(deployment: PostgresDeployment) -> None:
    PostgresMachine.loop, PostgresMachine.shared = asyncio.get_running_loop(), deployment
    few = settings(max_examples=15, stateful_step_count=30, deadline=None)
    await asyncio.to_thread(run_state_machine_as_test, PostgresMachine, settings=few)
