"""Changes of health are told beside everything else, whatever Kafka does meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import pytest
from aiokafka.errors import KafkaConnectionError

from connector_executor.admission.port import HealthChange
from connector_executor.outbound import announcements
from connector_executor.outbound.announcements import Announcements
from connectors_shared.contract.health import ConnectorHealth
from connectors_shared.runtime.clock import SystemClock
from tests.unit.executor.test_health import BROKEN, SECOND, Bench, an_execution


class Topic:
    """Takes nothing until it is `open`; fails with `faults` first."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.faults: list[Exception] = []
        self.asked = 0
        self.told: list[ConnectorHealth] = []
        self.came = asyncio.Condition()

    async def send_and_wait(self, _topic: str, *, value: bytes, key: bytes) -> None:
        self.asked += 1
        await self.open.wait()
        if self.faults:
            raise self.faults.pop(0)
        async with self.came:
            self.told.append(ConnectorHealth.model_validate_json(value))
            self.came.notify_all()

    async def until_told(self, count: int) -> list[tuple[int, bool]]:
        async with asyncio.timeout(10), self.came:
            await self.came.wait_for(lambda: len(self.told) >= count)
        return [(message.connector_id.int, message.healthy) for message in self.told]


def a_change(number: int, *, healthy: bool = False) -> HealthChange:
    return HealthChange(str(UUID(int=1)), str(UUID(int=number)), healthy, 60.0)


@asynccontextmanager
async def announcing(topic: Topic) -> AsyncIterator[Announcements]:
    told = Announcements(cast("Any", topic), "health", SystemClock())
    running = asyncio.create_task(told.run())
    yield told
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_while_kafka_is_away_failures_still_reach_the_store() -> None:
    bench, topic = Bench(), Topic()
    async with announcing(topic) as told:
        bench.reporter._announce = told.tell
        bench.note(BROKEN)
        await bench.reporter.report()
        bench.now_us += 11 * SECOND
        async with asyncio.timeout(10):
            bench.note(BROKEN)
            await bench.reporter.report()
            while topic.asked == 0:
                await asyncio.sleep(0)
            bench.note(BROKEN, 2)
            assert await bench.breaker() == "open"
        topic.open.set()
        assert await topic.until_told(1) == [(an_execution().connector_id.int, False)]


async def test_the_last_state_of_each_connector_is_told_when_kafka_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0)
    topic = Topic()
    topic.faults = [KafkaConnectionError(), KafkaConnectionError()]
    async with announcing(topic) as told:
        told.tell(a_change(1))
        while topic.asked == 0:
            await asyncio.sleep(0)
        for change in (a_change(2), a_change(1, healthy=True), a_change(2, healthy=True), a_change(3)):
            told.tell(change)
        topic.open.set()
        assert sorted(await topic.until_told(3)) == [(1, True), (2, True), (3, False)]


async def test_so_many_wait_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "MOST_UNTOLD", 2)
    topic = Topic()
    async with announcing(topic) as told:
        for number in (1, 2, 3):
            told.tell(a_change(number))
        topic.open.set()
        assert await topic.until_told(2) == [(2, False), (3, False)]
