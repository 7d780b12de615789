"""Replicas that park, drain, cancel and look at the same time: nothing is counted wrongly, nothing is taken twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from connector_executor.parking.port import Key, Parcel
from connector_executor.parking.postgres import PostgresParking, callers_pool, parking_pool
from tests.unit.executor.parking_builders import WORKSPACE, a_parcel

from .conftest import PostgresDeployment

CONNECTORS = [UUID(int=100 + number) for number in range(5)]
EXECUTIONS = 1500
LEASE_SECONDS = 3600.0
BATCH = 40
PARKERS = 4

COUNTS = """
SELECT
    (SELECT jsonb_object_agg(connector_id, parked) FROM backlogs WHERE parked > 0) AS counted,
    (
        SELECT jsonb_object_agg(connector_id, parked)
        FROM (SELECT connector_id, count(*) AS parked FROM parked_executions GROUP BY connector_id) AS r
    ) AS there
"""


@pytest.fixture
async def store(deployment: PostgresDeployment, database: str) -> AsyncIterator[PostgresParking]:
    async with parking_pool(database, max_size=12) as pool, callers_pool(database) as callers:
        yield PostgresParking(pool, callers)


def parcel_of(number: int) -> Parcel:
    return a_parcel(number, connector_id=CONNECTORS[number % len(CONNECTORS)], lane=number % 3)


class Rush:
    """Who holds which rows, as the owners know it."""

    def __init__(self, store: PostgresParking) -> None:
        self.store = store
        self.random = random.Random(20260101)
        self.held: dict[Key, str] = {}
        self.parking = PARKERS

    async def park(self) -> None:
        """All executions, in an order of its own, in batches that overlap with those of others."""
        numbers = self.random.sample(range(EXECUTIONS), EXECUTIONS)
        for start in range(0, EXECUTIONS, BATCH):
            batch = [parcel_of(number) for number in numbers[start : start + BATCH]]
            assert await self.store.park(batch) == [True] * len(batch)
        self.parking -= 1

    async def drain(self, owner: str) -> None:
        idle = 0
        while self.parking or idle < 3:
            backlogs = await self.store.due(owner, 3, LEASE_SECONDS)
            idle = 0 if backlogs else idle + 1
            for backlog in backlogs:
                await self.turn(owner, backlog.connector_id)
                await self.store.put_off(owner, backlog.connector_id, 0.0)

    async def turn(self, owner: str, connector_id: UUID) -> None:
        taken: list[Key] = []
        for connector in (connector_id, self.random.choice(CONNECTORS)):
            rows = await self.store.take(owner, connector, BATCH, LEASE_SECONDS, owner)
            rows += await self.store.take_ended(owner, 5, LEASE_SECONDS, owner)
            for row in rows:
                key = (row.workspace_id, row.execution_id)
                assert key not in self.held, "given to two owners"
                assert row.generation is None
                self.held[key] = owner
                taken.append(key)
        self.random.shuffle(taken)
        await self.store.renew(owner, list(reversed(taken)), LEASE_SECONDS)
        done, back, again = (self.let_go(taken[start::3]) for start in range(3))
        await asyncio.gather(
            self.store.remove(done),
            self.store.give_back(owner, dict.fromkeys(back)),
            self.store.repark(owner, [parcel_of(key[1].int) for key in again]),
        )

    def let_go(self, keys: list[Key]) -> list[Key]:
        for key in keys:
            del self.held[key]
        return keys

    async def disturb(self) -> None:
        while self.parking:
            numbers = self.random.sample(range(EXECUTIONS), 30)
            await self.store.cancel(WORKSPACE, self.random.choice(CONNECTORS), [UUID(int=n) for n in numbers])
            await self.store.wake(self.random.sample(CONNECTORS, 3))
            await self.store.backlogs(None, None, 10)
            for connector_id in CONNECTORS:
                await self.store.parked(connector_id, UUID(int=numbers[0]), 20)


async def test_nothing_is_lost_or_taken_twice(store: PostgresParking, deployment: PostgresDeployment) -> None:
    rush, pool = Rush(store), deployment.pool
    async with asyncio.timeout(90), asyncio.TaskGroup() as tasks:
        for _ in range(PARKERS):
            tasks.create_task(rush.park())
        for owner in "abcd":
            tasks.create_task(rush.drain(owner))
        tasks.create_task(rush.disturb())
    counts = await pool.fetchrow(COUNTS)
    assert counts is not None
    assert counts["counted"] == counts["there"]
    await empty(rush)
    assert await pool.fetchval("SELECT count(*) FROM parked_executions") == 0
    assert await pool.fetchval("SELECT count(*) FROM backlogs") == 0


async def empty(rush: Rush) -> None:
    await rush.store.wake(CONNECTORS)
    while backlogs := await rush.store.due("last", 10, LEASE_SECONDS):
        for backlog in backlogs:
            rows = await rush.store.take("last", backlog.connector_id, 500, LEASE_SECONDS, "last")
            rows += await rush.store.take_ended("last", 500, LEASE_SECONDS, "last")
            await rush.store.remove([(row.workspace_id, row.execution_id) for row in rows])
            await rush.store.put_off("last", backlog.connector_id, 0.0)
