"""A connector changes while an execution is on its way into the backlog: the next look follows the change."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from connector_executor.connectors.standin import DELETED, unknown_plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Execution, Source
from connector_executor.parking.port import Parcel, ParkReason
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.parking_scene import Came, Faulty, Scene, an_event

HOUR = 3600.0
HOURLY = {"windows": [{"limit": 1, "seconds": 3600}]}


class Slow(Faulty):
    """Parks when it is told to; says when it is asked to."""

    def __init__(self, rows: Any) -> None:
        super().__init__(rows)
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def park(self, parcels: Sequence[Parcel]) -> list[bool | None]:
        self.asked.set()
        await self.go_on.wait()
        return await super().park(parcels)


@pytest.fixture
async def scene() -> Scene:
    """With a connector that may call once an hour, and all backlogs looked at once."""
    scene = await Scene().begin()
    scene.store, scene.table = Slow(scene.rows), ConnectorTable(cache_entries=1)
    scene.build()
    scene.publish(rateLimit=HOURLY)
    await scene.drain()
    return scene


def arrived(scene: Scene, number: int = 1) -> Execution:
    """Under the connector as it is now."""
    plan = scene.table.plan(CONNECTOR)
    assert plan is not None
    event = an_event(UUID(int=number))
    return Execution(event, plan, Came(), 0.0, Source(event.to_json()))


async def parked(scene: Scene, execution: Execution, *, meanwhile: Any = lambda: None) -> None:
    store = scene.store
    assert isinstance(store, Slow)
    running = asyncio.create_task(scene.parker.run())
    scene.parker.park(execution, ParkReason.RATE_LIMITED, due_seconds=HOUR)
    await asyncio.wait_for(store.asked.wait(), 5)
    meanwhile()
    await scene.drain()
    store.go_on.set()
    await scene.parker.flush(5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def change(scene: Scene, **config: Any) -> None:
    """As the reader of definitions does it."""
    scene.publish(version=2, **config)
    scene.drainer.wake(CONNECTOR)


async def test_a_limit_that_was_raised_before_the_execution_was_parked_is_followed(scene: Scene) -> None:
    execution = arrived(scene)
    change(scene)
    await scene.drain()
    await parked(scene, execution)
    assert [each.id for each in await scene.drain()] == [execution.id]


async def test_a_limit_that_is_raised_while_the_row_is_written_is_followed(scene: Scene) -> None:
    execution = arrived(scene)
    await parked(scene, execution, meanwhile=lambda: change(scene))
    assert [each.id for each in await scene.drain()] == [execution.id]


async def test_a_connector_that_is_deleted_while_the_row_is_written_is_looked_at(scene: Scene) -> None:
    execution = arrived(scene)

    def delete() -> None:
        scene.delete()
        scene.drainer.wake(CONNECTOR)

    await parked(scene, execution, meanwhile=delete)
    [taken] = await scene.drain()
    assert (taken.id, taken.plan.fault) == (execution.id, DELETED)


async def test_a_connector_that_has_not_changed_is_looked_at_when_its_limit_says_so(scene: Scene) -> None:
    execution = arrived(scene)
    scene.publish(connector_id=UUID(int=9))
    scene.table.plan(UUID(int=9))
    assert scene.table.plan(CONNECTOR) is execution.plan, "it has left the cache, and somebody has it"
    await parked(scene, execution)
    assert await scene.drain() == []
    scene.outlast(HOUR)
    assert len(await scene.drain()) == 1


async def test_one_of_a_connector_that_is_not_known_waits_as_long_as_it_was_told_to(scene: Scene) -> None:
    event = an_event(UUID(int=1), UUID(int=404))
    execution = Execution(event, unknown_plan(UUID(int=404), WORKSPACE), Came(), 0.0, Source(event.to_json()))
    await parked(scene, execution)
    assert execution.connector_id not in scene.drainer._woken


async def test_a_change_is_not_forgotten_while_the_parking_store_is_away(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await parked(scene, arrived(scene))

    async def away(_connector_ids: Sequence[UUID]) -> None:
        raise ConnectionError("postgres is away")

    change(scene)
    with monkeypatch.context() as broken:
        broken.setattr(scene.store, "wake", away)
        with pytest.raises(ConnectionError):
            await scene.drain()
    assert len(await scene.drain()) == 1
