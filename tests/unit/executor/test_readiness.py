"""What the executor says of itself where a part of the store is away, or is being refilled."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.parts import Parts
from connector_executor.admission.port import Claimed, Memory
from connector_executor.inbound.readiness import checks, impairments
from connector_executor.metrics import ExecutorMetrics
from connector_executor.scheduling.claims import SILENT_SECONDS, Claims
from connector_executor.scheduling.line import Line
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor.admission_suite import ready


class Part(InMemoryAdmission):
    """Answers nothing while it is `away`, and late when it `hangs`."""

    away = False
    hangs: asyncio.Event | None = None

    async def look(self) -> Memory:
        await self._answer()
        return await super().look()

    async def renew(self, claimed: Sequence[Claimed]) -> list[Claimed]:
        await self._answer()
        return await super().renew(claimed)

    async def _answer(self) -> None:
        if self.away:
            raise ConnectionError("away")
        if self.hangs is not None:
            await self.hangs.wait()


class Parker:
    available = True


class Kafka:
    def problem(self) -> str | None:
        return None


class Scene:
    """Three parts, looked at when a test says so."""

    def __init__(self) -> None:
        self.parts = [Part(Store(lambda: 10**12), "me", 2_000_000, 30_000_000) for _ in range(3)]
        self.admission = Parts(self.parts)
        metrics = ExecutorMetrics()
        self.claims = Claims(self.admission, Line(metrics), Supervisor(lambda: None), metrics)
        parker: Any = Parker()
        kafka: Any = Kafka()
        self._redis = checks(self.claims, kafka, kafka)["redis"]
        self._impaired = impairments(parker, self.claims)["store"]

    async def look(self) -> None:
        for part in self.claims.parts:
            await self.claims.look(part)

    async def problem(self, later_seconds: float = 0.0) -> str | None:
        """What it says of Redis when so much more time has passed."""
        for part in self.claims.parts:
            if part.silent_since is not None:
                part.silent_since -= later_seconds
        return await self._redis()

    async def impairment(self) -> str | None:
        return await self._impaired()


@pytest.fixture
async def scene() -> Scene:
    scene = Scene()
    for part in scene.parts:
        await part.join()
        await ready(part)
    await scene.look()
    return scene


async def test_all_parts_that_answer_and_know_what_has_ended_are_no_impairment(scene: Scene) -> None:
    assert await scene.impairment() is None


async def test_a_part_that_is_away_is_named(scene: Scene) -> None:
    scene.parts[1].away = True
    await scene.look()
    assert await scene.impairment() == "workspaces in part 1 of Redis wait until their primary answers again"
    assert scene.claims.available
    scene.parts[1].away = False
    await scene.look()
    assert await scene.impairment() is None


async def test_parts_that_are_refilled_are_named(scene: Scene) -> None:
    for part in scene.parts[1:]:
        part._store.forget_everything()
    await scene.look()
    assert await scene.impairment() == "writes of workspaces in parts 1, 2 of Redis wait until it is refilled"
    for part in scene.parts:
        await ready(part)
    await scene.look()
    assert await scene.impairment() is None


async def test_without_any_part_it_is_not_ready_at_all(scene: Scene) -> None:
    for part in scene.parts:
        part.away = True
    await scene.look()
    assert not scene.claims.available
    assert await scene.impairment() is None
    expected = "Redis has not answered for 0 s, and nothing is admitted until it does: away"
    assert await scene.problem() == expected
    for part in scene.parts:
        part.away = False
    await scene.look()
    assert await scene.problem() is None


async def test_redis_that_hangs_is_named_before_it_is_given_up_and_for_how_long(scene: Scene) -> None:
    hangs = asyncio.Event()
    for part in scene.parts:
        part.hangs = hangs
    looks = [asyncio.create_task(scene.claims.look(part)) for part in scene.claims.parts]
    while any(part.silent_since is None for part in scene.claims.parts):
        await asyncio.sleep(0)
    assert await scene.problem() is None
    assert scene.claims.available
    told = "Redis has not answered for {} s, and nothing is admitted until it does"
    assert await scene.problem(later_seconds=SILENT_SECONDS) == told.format(1)
    assert await scene.problem(later_seconds=40) == told.format(41)
    hangs.set()
    await asyncio.gather(*looks)
    assert await scene.problem() is None


async def test_one_part_that_answers_is_enough(scene: Scene) -> None:
    hangs = asyncio.Event()
    for part in scene.parts[1:]:
        part.hangs = hangs
    looks = [asyncio.create_task(scene.claims.look(part)) for part in scene.claims.parts[1:]]
    while any(part.silent_since is None for part in scene.claims.parts[1:]):
        await asyncio.sleep(0)
    assert await scene.problem(later_seconds=40) is None
    hangs.set()
    await asyncio.gather(*looks)
