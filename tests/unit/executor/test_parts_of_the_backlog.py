"""Parking over a store of claims that has several parts: one that is away holds up what is claimed there, no more."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.parts import Parts
from connector_executor.admission.port import Admitted, Ask, Subject
from connector_executor.connectors.plan import compile_plan
from connector_executor.execution import Execution, Source
from connector_executor.parking import parker as parker_module
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.execution import ConnectorExecute
from tests.unit.executor.a_connector import a_connector
from tests.unit.executor.admission_suite import ready
from tests.unit.executor.parking_scene import LEASE_SECONDS, Came, Scene


class AwayPart(InMemoryAdmission):
    """Until it is back."""

    away = False

    async def park(self, asks: Sequence[Ask]) -> None:
        self._answer()
        await super().park(asks)

    async def mark_backlog(self, subjects: Sequence[Subject], exists: bool) -> None:
        self._answer()
        await super().mark_backlog(subjects, exists)

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        self._answer()
        return await super().admit(asks)

    def _answer(self) -> None:
        if self.away:
            raise ConnectionError("away")


@pytest.fixture
async def parts() -> Parts:
    stores = [Store(lambda: 10**12) for _ in range(2)]
    parts = [AwayPart(store, "me", 2_000_000, round(LEASE_SECONDS * 1e6)) for store in stores]
    for part in parts:
        await part.join()
        await ready(part)
    return Parts(parts)


@pytest.fixture
async def scene(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(parker_module, "AGAIN_SECONDS", 0.005)
    scene = Scene()
    scene.admission = parts  # type: ignore[assignment]
    scene.build()
    return scene


@asynccontextmanager
async def parking(scene: Scene) -> AsyncIterator[None]:
    running = asyncio.create_task(scene.parker.run())
    yield
    await scene.parker.flush(5)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def an_execution(parts: Parts, part: int) -> Execution:
    workspace_id: UUID = next(one for one in iter(uuid4, None) if parts.part_of(str(one)) == part)
    plan = compile_plan(a_connector(connector_id=uuid4(), workspace_id=workspace_id))
    event = ConnectorExecute(execution_id=uuid4(), workspace_id=workspace_id, connector_id=plan.connector_id)
    return Execution(event, plan, Came(), 0.0, Source(event.to_json(), b"key", (), "t", 1, 2))


def told(execution: Execution) -> list[str]:
    assert isinstance(execution.origin, Came)
    return execution.origin.told


def at(parts: Parts, number: int) -> AwayPart:
    part = parts.parts[number]
    assert isinstance(part, AwayPart)
    return part


async def until_told(*executions: Execution) -> None:
    async with asyncio.timeout(5):
        while not all(map(told, executions)):
            await asyncio.sleep(0)


async def test_what_holds_no_claim_is_parked_while_its_part_is_away(scene: Scene, parts: Parts) -> None:
    at(parts, 1).away = True
    queued, other = an_execution(parts, 1), an_execution(parts, 0)
    async with parking(scene):
        scene.parker.relieve([queued])
        scene.parker.park(other, ParkReason.RATE_LIMITED, due_seconds=5.0)
        await until_told(queued, other)
        assert [told(queued), told(other)] == [["parked"], ["parked"]]
        assert not at(parts, 1)._store.budgets, "it could not be told that there is a backlog"
        at(parts, 1).away = False
        later = an_execution(parts, 1)
        scene.parker.relieve([later])
        await until_told(later)
    backlogs = [found for budget in at(parts, 1)._store.budgets.values() for found in budget.backlogs]
    assert set(backlogs) == {str(queued.connector_id), str(later.connector_id)}, "it is told with the next ones"


async def test_what_is_claimed_waits_for_its_part_and_holds_no_other_up(scene: Scene, parts: Parts) -> None:
    claimed, other = an_execution(parts, 1), an_execution(parts, 0)
    await parts.admit([claimed.ask(), other.ask()])
    at(parts, 1).away = True
    async with parking(scene):
        scene.parker.park(claimed, ParkReason.RETRY, claimed=True)
        scene.parker.park(other, ParkReason.RETRY, claimed=True)
        queued = an_execution(parts, 1)
        scene.parker.relieve([queued])
        await until_told(other, queued)
        assert told(claimed) == []
        at(parts, 1).away = False
        await until_told(claimed)
    assert told(claimed) == ["parked"]
    assert all(claim.parked for claim in at(parts, 1)._store.claims.values())


async def test_a_row_keeps_the_generation_that_its_own_part_has_lost(scene: Scene, parts: Parts) -> None:
    lost = parts.generation
    at(parts, 1)._store.forget_everything()
    await at(parts, 1).join()
    await ready(at(parts, 1))
    doubted, known = an_execution(parts, 1), an_execution(parts, 0)
    doubted.handed_under = known.handed_under = (parts.generation, lost)
    async with parking(scene):
        for execution in (doubted, known):
            scene.parker.park(execution, ParkReason.RATE_LIMITED)
        await until_told(doubted, known)
    (row,) = await scene.store.take("other", doubted.connector_id, 9, 30.0, "g")
    assert row.generation == lost
    (row,) = await scene.store.take("other", known.connector_id, 9, 30.0, "g")
    assert parts.remembers(known.workspace_id, [row.generation or ""])
