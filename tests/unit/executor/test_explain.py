"""Why a connector does not run: from the table, the budget, the breaker and the backlog."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from connector_executor.admission.port import Tally
from connector_executor.explain import Explainer
from connector_executor.parking.port import ParkReason
from connector_executor.policies.quota import Advice
from connectors_shared.contract.status import ConnectorStatus, State
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_plan
from tests.unit.executor.executions import an_execution
from tests.unit.executor.parking_scene import Scene

LIMITED = {"rateLimit": {"windows": [{"limit": 2, "seconds": 1}]}}


@pytest.fixture
async def scene() -> Scene:
    return await Scene().begin()


async def explained(scene: Scene) -> ConnectorStatus:
    line: Any = scene.line
    explainer = Explainer(
        scene.table, scene.admission, scene.store, line, line, scene.places, scene.clock, horizon_seconds=2.0
    )
    return await explainer.explain(CONNECTOR)


def codes(status: ConnectorStatus) -> list[str]:
    return [reason.code for reason in status.reasons]


async def test_a_connector_that_nothing_holds_back(scene: Scene) -> None:
    scene.publish()
    status = await explained(scene)
    assert (status.state, status.reasons, status.parked.count) == (State.IDLE, [], 0)
    assert status.summary == "Users is not held back: nothing waits for it."
    scene.line.busy[CONNECTOR] = 3
    status = await explained(scene)
    assert (status.state, status.in_flight) == (State.RUNNING, 3)
    assert status.summary == "Users is not held back: 3 calls are in flight here."
    scene.line.busy[CONNECTOR] = 1
    assert (await explained(scene)).summary == "Users is not held back: 1 call is in flight here."


async def test_a_single_one_is_said_as_such(scene: Scene) -> None:
    scene.publish(**LIMITED)
    await scene.park(1)
    assert " 1 execution is parked" in (await explained(scene)).summary
    await scene.park(1)
    assert " 2 executions are parked" in (await explained(scene)).summary


async def test_one_that_nobody_has_published_still_has_a_backlog(scene: Scene) -> None:
    await scene.park(2)
    status = await explained(scene)
    assert (status.state, codes(status), status.parked.count) == (State.UNKNOWN, ["unknown_connector"], 2)


async def test_a_definition_that_cannot_be_used(scene: Scene) -> None:
    scene.publish(url="https://api.test/{{input.}}")
    await scene.park(2)
    status = await explained(scene)
    assert (status.state, codes(status), status.parked.count) == (State.UNKNOWN, ["unusable_connector"], 2)
    assert status.summary.startswith("The connector's definition cannot be used: ")


async def test_a_definition_of_a_newer_registry_says_that_it_is_one(scene: Scene) -> None:
    scene.publish()
    scene.publish_newer()
    await scene.park(2)
    status = await explained(scene)
    assert (status.state, codes(status), status.parked.count) == (
        State.DEFINITION_UNREADABLE,
        ["definition_unreadable"],
        2,
    )
    assert status.summary.startswith(
        "This version of the executor cannot read the connector's definition: /config/bodyType "
    )


async def test_while_the_store_is_away_nothing_starts(scene: Scene) -> None:
    scene.publish()
    scene.line.available = False
    status = await explained(scene)
    assert (status.state, codes(status)) == (State.PAUSED, ["store_unavailable"])


async def test_while_the_part_of_the_store_is_away_that_has_its_workspace_it_says_so(scene: Scene) -> None:
    scene.publish()
    scene.line.away = {WORKSPACE}
    status = await explained(scene)
    assert (status.state, codes(status)) == (State.PAUSED, ["store_unavailable"])
    assert status.summary.startswith("the primary of Redis that has its workspace does not answer")


async def test_its_owner_and_its_credential_come_first(scene: Scene) -> None:
    scene.publish(enabled=False)
    assert (await explained(scene)).state == State.DISABLED
    scene.publish(version=2, credential_stale=True)
    status = await explained(scene)
    assert (status.state, status.credential_stale) == (State.CREDENTIAL_STALE, True)


async def test_a_breaker_says_until_when(scene: Scene) -> None:
    scene.publish()
    await scene.admission.report([(a_plan().subject, Tally(failing=20, failed=20))])
    status = await explained(scene)
    assert (status.state, codes(status), status.breaker.state) == (State.BREAKER_OPEN, ["breaker_open"], "open")
    assert status.reasons[0].until is not None
    assert (status.reasons[0].until - scene.clock.now()).total_seconds() == pytest.approx(5.0)
    scene.outlast(6)
    assert (await explained(scene)).breaker.state == "half_open"


async def test_an_upstream_that_asked_for_quiet_is_named(scene: Scene) -> None:
    scene.publish(**LIMITED)
    plan = a_plan(**LIMITED)
    await scene.admission.observe(str(plan.published.workspace_id), plan.budget, Advice("Retry-After: 60", 60.0))
    status = await explained(scene)
    assert (status.state, codes(status)) == (State.LIMITED, ["rate_limited"])
    assert status.reasons[0].detail == "its API asked to be left alone"
    assert status.limit.source == "Retry-After: 60"


async def test_an_end_that_is_not_today_is_told_with_its_day(scene: Scene) -> None:
    scene.publish(**LIMITED)
    plan, week = a_plan(**LIMITED), 7 * 86_400.0
    await scene.admission.observe(str(plan.published.workspace_id), plan.budget, Advice("Retry-After: x", week))
    ends = scene.clock.now() + timedelta(seconds=week)
    assert f"until {ends:%Y-%m-%d} at {ends:%H:%M:%S} UTC." in (await explained(scene)).summary


async def test_a_backlog_behind_its_own_limit_says_how_long_it_lasts(scene: Scene) -> None:
    scene.publish(**LIMITED)
    await scene.park(100)
    status = await explained(scene)
    assert (status.state, codes(status)) == (State.LIMITED, ["rate_limited"])
    assert "its own rate limit" in status.summary
    assert status.parked.drain_seconds == pytest.approx(51, abs=3)


async def test_calls_that_do_not_end_and_retries_are_reasons_too(scene: Scene) -> None:
    scene.publish()
    await scene.park(2, ready_in_seconds=60.0, reason=ParkReason.RETRY)
    await scene.park(1, reason=ParkReason.QUEUE_FULL)
    assert codes(await explained(scene)) == ["queue_full", "retry"]


async def test_a_connector_that_only_fails_is_unhealthy(scene: Scene) -> None:
    scene.publish()
    subject, tally = a_plan().subject, Tally(alive=30, failed=30)
    await scene.admission.report([(subject, tally)])
    scene.outlast(6 * 86_400)
    await scene.admission.report([(subject, tally)])
    status = await explained(scene)
    assert (status.state, codes(status)) == (State.UNHEALTHY, ["unhealthy"])
    assert "6.0 days" in status.reasons[0].detail


def call(scene: Scene, connector_id: UUID, workspace_id: UUID = WORKSPACE) -> None:
    """As many as its share allows."""
    plan = a_plan(connector_id=connector_id, workspace_id=workspace_id)
    while not scene.places.refusal(execution := an_execution(plan=plan)):
        scene.places.take(execution)


@pytest.mark.parametrize(
    ("callers", "detail"),
    [
        ([(CONNECTOR, WORKSPACE)], "its share of the calls of this process is used up: 45 of 64 are its own"),
        (
            [(UUID(int=number), WORKSPACE) for number in range(20, 24)],
            "the share of its workspace of the calls of this process is used up: 53 of 64 are of this workspace",
        ),
        (
            [(UUID(int=number), UUID(int=number)) for number in range(20, 40)],
            "60 of the 64 calls of this process are under way, the rest is for interactive executions",
        ),
    ],
)
async def test_a_share_that_is_used_up_is_named(scene: Scene, callers: list[tuple[UUID, UUID]], detail: str) -> None:
    scene.publish()
    for connector_id, workspace_id in callers:
        call(scene, connector_id, workspace_id)
    assert codes(await explained(scene)) == [], "nothing waits"
    scene.line.waits[CONNECTOR] = 3
    status = await explained(scene)
    assert (codes(status), status.reasons[0].detail) == (["share_used_up"], detail)
    assert detail in status.summary
