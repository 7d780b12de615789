"""An API that has asked for a year of quiet, and what the owner of its connector does about it."""

from typing import Any

import pytest

from connector_executor.lifting import Resumed
from connector_executor.parking.port import ParkReason
from connector_executor.policies.quota import Advice
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.a_credential import CREDENTIAL
from tests.unit.executor.parking_scene import Scene

A_YEAR = Advice("Retry-After: 31536000", 365 * 86_400.0)
HELD = {"reason": ParkReason.ASKED_TO_WAIT, "ready_in_seconds": 86_400.0}


@pytest.fixture
async def scene() -> Scene:
    return await Scene().begin()


async def held(scene: Scene, count: int, **config: Any) -> None:
    """Published, told to be quiet for a year, and so many wait for their next attempt."""
    scene.publish(**config)
    plan = scene.table.plan(CONNECTOR)
    assert plan is not None
    await scene.admission.observe(str(WORKSPACE), plan.budget, A_YEAR)
    await scene.park(count, towards=plan.towards, **HELD)
    assert await scene.drain() == []


async def hold_seconds(scene: Scene) -> float:
    plan = scene.table.plan(CONNECTOR)
    assert plan is not None
    return (await scene.admission.limits(plan.subject)).hold_seconds


async def test_what_waits_goes_when_its_owner_wants_it_tried_now(scene: Scene) -> None:
    await held(scene, 3)
    assert await scene.lifting.lift(CONNECTOR, WORKSPACE) == Resumed(["rate_limited"], 3)
    assert len(await scene.drain()) == 3
    assert await hold_seconds(scene) == 0


async def test_wanted_twice_it_is_tried_once(scene: Scene) -> None:
    await held(scene, 3)
    await scene.lifting.lift(CONNECTOR, WORKSPACE)
    assert await scene.lifting.lift(CONNECTOR, WORKSPACE) == Resumed([], 3)
    assert len(await scene.drain()) == 3
    assert await scene.drain() == []


async def test_nobody_lifts_what_is_another_workspaces(scene: Scene) -> None:
    await held(scene, 1)
    assert await scene.lifting.lift(CONNECTOR, CREDENTIAL) is None
    assert await scene.lifting.lift(CREDENTIAL, WORKSPACE) is None
    assert await hold_seconds(scene) > 0


@pytest.mark.parametrize("changes", [{"url": "https://other.test/users"}, {"credential": True}])
async def test_what_waits_for_the_former_api_goes_to_the_new_one(scene: Scene, changes: dict[str, Any]) -> None:
    await held(scene, 3)
    if changes.pop("credential", None):
        scene.publish_credential()
        published = scene.publish().model_copy(update={"credential_id": CREDENTIAL, "revision": 99, "version": 99})
        scene.table.apply(CONNECTOR, published.to_json())
    else:
        scene.publish(**changes)
    scene.drainer.wake(CONNECTOR)
    assert len(await scene.drain()) == 3
    assert await hold_seconds(scene) == 0


async def test_a_change_of_something_else_lifts_nothing(scene: Scene) -> None:
    await held(scene, 3)
    scene.publish(url="https://api.test/persons", timeout=5000)
    scene.drainer.wake(CONNECTOR)
    assert await scene.drain() == []
    assert await hold_seconds(scene) > 0


async def test_a_budget_that_is_shared_keeps_what_it_was_told(scene: Scene) -> None:
    limit = {"windows": [{"limit": 5, "seconds": 1}], "share": "credential"}
    await held(scene, 1, rateLimit=limit)
    scene.publish(url="https://other.test/users", rateLimit=limit)
    assert await hold_seconds(scene) > 0
    assert await scene.lifting.lift(CONNECTOR, WORKSPACE) == Resumed(["rate_limited"], 1)
    assert await hold_seconds(scene) == 0
