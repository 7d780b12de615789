"""How often backlogs are looked at."""

import pytest

from connector_executor.inbound.backlog.looking import LIVELY_SECONDS, OFTEN_SECONDS, SELDOM_SECONDS
from tests.unit.executor.a_connector import CONNECTOR
from tests.unit.executor.parking_scene import Scene


@pytest.fixture
async def scene() -> Scene:
    scene = await Scene().begin()
    scene.publish(method="POST")
    return scene


async def test_where_nothing_was_found_lately_they_are_looked_at_once_a_second(scene: Scene) -> None:
    assert await scene.drainer._pass() == SELDOM_SECONDS
    assert await scene.ending._pass() == SELDOM_SECONDS


async def test_where_something_was_found_they_are_looked_at_often_for_a_while(scene: Scene) -> None:
    beside = scene.beside("another")
    await scene.park(1)
    assert await beside.drainer._pass() == OFTEN_SECONDS
    beside.line.take()
    assert await beside.ending._pass() == OFTEN_SECONDS
    beside.outlast(LIVELY_SECONDS)
    assert await beside.drainer._pass() == SELDOM_SECONDS


async def test_whoever_parks_looks_often_before_it_is_due(scene: Scene) -> None:
    plan = scene.table.plan(CONNECTOR)
    assert plan is not None
    scene.drainer.parked_under(plan)
    assert scene.drainer._loop._woken.is_set(), "out of a long pause"
    scene.drainer._loop._woken.clear()
    scene.drainer.parked_under(plan)
    assert not scene.drainer._loop._woken.is_set()
    assert await scene.drainer._pass() == OFTEN_SECONDS


async def test_what_is_called_off_is_looked_for_at_once(scene: Scene) -> None:
    scene.drainer.wake(CONNECTOR)
    assert scene.ending._loop._woken.is_set()
