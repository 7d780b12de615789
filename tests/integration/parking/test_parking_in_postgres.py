"""Parking in a real Postgres keeps the contract of every parking."""

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from connector_executor.parking import postgres as module
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


async def test_a_clock_that_cannot_be_followed_in_time_is_not_followed_again_and_again(
    deployment: PostgresDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_slow(connection: Any, **_asked: Any) -> None:
        await connection.execute("SET statement_timeout = 20")
        await connection.execute("SELECT pg_sleep(60)")

    await deployment.pool.execute("UPDATE census SET counted_at = now() + interval '2 hours'")
    store = deployment.replica()
    monkeypatch.setattr(module.queries, "follow_clock", too_slow)
    assert await store.follow_clock() == 0
    assert await deployment.pool.fetchval("SELECT counted_at <= now() FROM census")
