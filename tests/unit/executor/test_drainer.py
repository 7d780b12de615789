"""Which backlogs are drained, how much of them, and what none of them can do to the others."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_executor.admission.port import BudgetSpec, Verdict
from connector_executor.execution import Execution
from connector_executor.inbound.backlog.drainer import slots_within
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.a_credential import OAUTH2
from tests.unit.executor.parking_scene import LEASE_SECONDS, Scene

LIMITED = {"windows": [{"limit": 4, "seconds": 1}]}


@pytest.fixture
async def scene() -> Scene:
    scene = await Scene().begin()
    scene.publish(method="POST")
    return scene


def start(executions: list[Execution], wait_seconds: float = 0.0) -> None:
    for execution in executions:
        execution.origin.started(wait_seconds)


def refuse(executions: list[Execution], verdict: Verdict, wait_seconds: float) -> None:
    for execution in executions:
        execution.origin.refused(execution, verdict, wait_seconds)


async def test_as_many_are_tried_as_there_are_slots_within_the_horizon(scene: Scene) -> None:
    scene.publish(version=2, rateLimit=LIMITED)
    ids = await scene.park(10)
    taken = await scene.drain()
    assert [execution.id for execution in taken] == [str(id_) for id_ in ids[: len(taken)]]
    assert len(taken) in (4, 5)
    assert await scene.drain() == [], "their answers are awaited"
    start(taken, 1.0)
    await scene.drain()
    scene.outlast(1)
    assert len(await scene.drain()) in (4, 5)


async def test_what_got_no_slot_goes_back_and_is_looked_at_when_there_is_one(scene: Scene) -> None:
    scene.publish(version=2, rateLimit=LIMITED)
    await scene.park(4)
    taken = await scene.drain()
    start(taken[:1])
    refuse(taken[1:], Verdict.LATER, 5.0)
    await scene.drain()
    scene.outlast(3.9)
    assert await scene.drain() == []
    scene.outlast(0.2)
    assert len(await scene.drain()) == 3


async def test_a_backlog_behind_an_open_breaker_is_tried_by_single_calls(scene: Scene) -> None:
    await scene.park(10)
    refuse(await scene.drain(), Verdict.OPEN, 5.0)
    await scene.drain()
    scene.outlast(5.1)
    [probe] = await scene.drain()
    start([probe])
    await scene.drain()
    scene.outlast(0.1)
    assert len(await scene.drain()) == 9


async def test_a_finished_one_is_removed_and_a_parked_one_let_go(scene: Scene) -> None:
    await scene.park(3)
    first, second, third = await scene.drain()
    start([first, second, third])
    first.origin.finished(b"result")
    second.origin.parked()
    third.origin.returned()
    await scene.drain()
    assert await scene.parked() == 2
    scene.outlast(LEASE_SECONDS + 1)
    assert {execution.id for execution in await scene.drain()} == {second.id, third.id}


async def test_rows_that_are_here_are_renewed(scene: Scene) -> None:
    await scene.park()
    start(await scene.drain())
    for _ in range(3):
        scene.outlast(LEASE_SECONDS - 1)
        await scene.leased.renew()
        assert await scene.drain() == []


async def test_an_empty_backlog_costs_nothing_any_more(scene: Scene) -> None:
    await scene.park()
    [execution] = await scene.drain()
    start([execution])
    execution.origin.finished(b"result")
    for _ in range(3):
        await scene.drain()
        scene.outlast(5)
    assert await scene.store.backlogs(None, None, 9) == []


async def test_a_connector_without_room_waits_longer_each_time(scene: Scene) -> None:
    await scene.park()
    scene.line.busy[CONNECTOR] = 64
    looks = 0
    for _ in range(100):
        before = scene.rows.queues[CONNECTOR].due_at
        await scene.drain()
        looks += scene.rows.queues[CONNECTOR].due_at != before
        scene.outlast(0.1)
    assert looks < 15
    scene.line.busy.clear()
    scene.outlast(2)
    assert len(await scene.drain()) == 1


async def test_nothing_is_taken_while_the_store_of_budgets_is_away(scene: Scene) -> None:
    await scene.park()
    scene.line.available = False
    assert await scene.drain() == []
    scene.line.available = True
    assert len(await scene.drain()) == 1


async def test_a_backlog_whose_part_of_the_store_is_away_is_looked_at_later(scene: Scene) -> None:
    await scene.park()
    scene.line.away = {WORKSPACE}
    assert await scene.drain() == []
    scene.outlast(6)
    assert await scene.drain() == []
    scene.line.away = set()
    scene.outlast(6)
    assert len(await scene.drain()) == 1


async def test_a_backlog_that_is_found_dry_while_its_part_is_away_holds_no_other_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.park()
    (execution,) = await scene.drain()
    execution.origin.started(0.0)
    execution.origin.finished(b"")

    async def away(*_subjects: object) -> None:
        scene.line.away = {WORKSPACE}
        raise ConnectionError("away")

    with monkeypatch.context() as patched:
        patched.setattr(scene.admission, "mark_backlog", away)
        await scene.drain()
    scene.line.away = set()
    await scene.park()
    scene.outlast(2)
    assert len(await scene.drain()) == 1


async def test_a_woken_backlog_is_looked_at(scene: Scene) -> None:
    await scene.drain()
    await scene.park(due_in_seconds=3600)
    assert await scene.drain() == []
    scene.drainer.wake(CONNECTOR)
    assert len(await scene.drain()) == 1


async def test_orphans_starve_nobody(scene: Scene) -> None:
    for number in range(200):
        await scene.park(connector_id=UUID(int=10_000 + number))
    scene.outlast(10)
    await scene.park()
    submitted: list[Execution] = []
    for _ in range(4):
        submitted += await scene.drain()
    assert [execution.connector_id for execution in submitted] == [CONNECTOR]
    assert scene.lookups == 0, "whoever makes sure that they are gone holds nobody up"


async def test_a_fault_with_one_backlog_does_not_stop_the_others(scene: Scene) -> None:
    other = uuid4()
    await scene.park(connector_id=other)
    await scene.park()
    scene.publish(connector_id=other)
    scene.store.fault, scene.store.faulty_connector = RuntimeError("a damaged index"), other
    assert [execution.connector_id for execution in await scene.drain()] == [CONNECTOR]
    scene.store.fault = None
    scene.outlast(LEASE_SECONDS + 1)
    assert other in [execution.connector_id for execution in await scene.drain()]


async def test_a_fault_with_the_answers_of_one_round_does_not_stop_the_others(scene: Scene) -> None:
    other = uuid4()
    scene.publish(connector_id=other)
    await scene.park(connector_id=other)
    taken = await scene.drain()
    scene.store.fault, scene.store.faulty_connector = RuntimeError("a damaged row"), other
    start(taken)
    await scene.park()
    assert [execution.connector_id for execution in await scene.drain()] == [CONNECTOR]


async def test_a_fault_while_submitting_leaves_the_rows_to_whoever_comes_after(scene: Scene) -> None:
    await scene.park(2)
    scene.line.broken = True
    assert await scene.drain() == []
    scene.line.broken = False
    scene.outlast(LEASE_SECONDS - 1)
    await scene.leased.renew()
    scene.outlast(2)
    assert len(await scene.drain()) == 2


async def test_what_is_parked_of_a_connector_that_is_switched_off_is_skipped(scene: Scene) -> None:
    ids = await scene.park(2)
    scene.publish(version=2, enabled=False)
    await scene.drain()
    assert [scene.outcomes.types(id_) for id_ in ids] == [[FailureType.CONNECTOR_DISABLED]] * 2


async def test_what_ran_before_its_connector_was_switched_off_is_not_skipped(scene: Scene) -> None:
    [execution_id] = await scene.park()
    await scene.run_elsewhere(execution_id)
    scene.publish(version=2, method="POST", enabled=False)
    scene.outlast(LEASE_SECONDS + 10)
    await scene.drain()
    assert scene.outcomes.types(execution_id) == [FailureType.OUTCOME_UNKNOWN]


# APIs that are unavailable.

BRIEF = {"maxWaitSeconds": 20}


async def broken_rounds(scene: Scene, verdict: Verdict, seconds: int, wait_seconds: float = 5.0) -> None:
    """So long, whatever is tried is refused."""
    for _ in range(seconds):
        refuse(await scene.drain(), verdict, wait_seconds)
        await scene.drain()
        scene.outlast(1)


@pytest.mark.parametrize(
    ("verdict", "wait_seconds"), [(Verdict.OPEN, 5.0), (Verdict.UNHEALTHY, 3600.0), (Verdict.HELD, 3600.0)]
)
async def test_nobody_waits_longer_for_a_broken_api_than_its_connector_says(
    scene: Scene, verdict: Verdict, wait_seconds: float
) -> None:
    scene.publish(version=2, method="POST", parking=BRIEF)
    ids = await scene.park(5, trouble_limit_seconds=20.0)
    await broken_rounds(scene, verdict, 19, wait_seconds)
    assert scene.outcomes.of == {}
    await broken_rounds(scene, verdict, 8, wait_seconds)
    assert [scene.outcomes.types(id_) for id_ in ids] == [[FailureType.UPSTREAM_UNAVAILABLE]] * 5


async def test_a_stale_credential_is_waited_for_only_so_long(scene: Scene) -> None:
    scene.publish(version=2, parking=BRIEF, credential_stale=True)
    [execution_id] = await scene.park(trouble_limit_seconds=20.0, reason=ParkReason.CREDENTIAL_STALE)
    await broken_rounds(scene, Verdict.OPEN, 19)
    assert scene.outcomes.of == {}
    await broken_rounds(scene, Verdict.OPEN, 3)
    assert scene.outcomes.types(execution_id) == [FailureType.UPSTREAM_UNAVAILABLE]


async def test_a_token_that_does_not_come_is_waited_for_only_so_long(scene: Scene) -> None:
    scene.publish_credential(type="oauth2", secrets={}, public=OAUTH2)
    scene.publish(version=2, parking=BRIEF, credential=True)
    [execution_id] = await scene.park(trouble_limit_seconds=20.0, reason=ParkReason.TOKEN_MISSING)
    await broken_rounds(scene, Verdict.OPEN, 19)
    assert scene.outcomes.of == {}
    await broken_rounds(scene, Verdict.OPEN, 3)
    assert scene.outcomes.types(execution_id) == [FailureType.UPSTREAM_UNAVAILABLE]


async def test_a_token_that_is_being_renewed_is_waited_for_only_so_long(scene: Scene) -> None:
    scene.publish_credential(type="oauth2", secrets={"access_token": "t"}, public=OAUTH2)
    scene.publish(version=2, parking=BRIEF, credential=True)
    plan = scene.table.plan(CONNECTOR)
    assert plan is not None
    assert plan.auth is not None
    plan.auth.wait_for_renewal()
    [execution_id] = await scene.park(trouble_limit_seconds=20.0, reason=ParkReason.RATE_LIMITED)
    await broken_rounds(scene, Verdict.OPEN, 19)
    assert scene.outcomes.of == {}
    await broken_rounds(scene, Verdict.OPEN, 8)
    assert scene.outcomes.types(execution_id) == [FailureType.UPSTREAM_UNAVAILABLE]


async def test_one_that_is_switched_off_skips_its_backlog_although_its_credential_is_stale(
    scene: Scene,
) -> None:
    scene.publish(version=2, credential_stale=True)
    [execution_id] = await scene.park(reason=ParkReason.CREDENTIAL_STALE)
    scene.publish(version=3, enabled=False, credential_stale=True)
    scene.drainer.wake(CONNECTOR)
    await scene.drain()
    assert scene.outcomes.types(execution_id) == [FailureType.CONNECTOR_DISABLED]


async def test_the_backlog_of_a_definition_that_cannot_be_read_waits_as_long_as_it_takes(scene: Scene) -> None:
    scene.publish(version=2, method="POST", parking=BRIEF)
    ids = await scene.park(3, trouble_limit_seconds=20.0)
    scene.publish_newer()
    await broken_rounds(scene, Verdict.OPEN, 100)
    assert (await scene.parked(), scene.outcomes.of) == (3, {})
    scene.publish(version=4, method="POST", parking=BRIEF)
    scene.drainer.wake(CONNECTOR)
    taken = await scene.drain()
    assert [(execution.id, execution.plan.version) for execution in taken] == [(str(id_), 4) for id_ in ids]


@pytest.mark.parametrize(("verdict", "wait_seconds"), [(Verdict.LATER, 600.0), (Verdict.HELD, 5.0)])
async def test_waiting_for_a_limit_is_not_waiting_for_a_broken_api(
    scene: Scene, verdict: Verdict, wait_seconds: float
) -> None:
    scene.publish(version=2, method="POST", parking=BRIEF)
    await scene.park(5, trouble_limit_seconds=20.0)
    await broken_rounds(scene, verdict, 100, wait_seconds)
    assert scene.outcomes.of == {}


async def test_an_api_that_comes_back_in_time_is_called(scene: Scene) -> None:
    scene.publish(version=2, method="POST", parking=BRIEF)
    await scene.park(5, trouble_limit_seconds=20.0)
    await broken_rounds(scene, Verdict.OPEN, 15)
    calls = 0
    for _ in range(100):
        taken = await scene.drain()
        start(taken)
        for execution in taken:
            calls += 1
            execution.origin.finished(b"result")
        scene.outlast(1)
    assert calls == 5
    assert scene.outcomes.of == {}
    [execution_id] = await scene.park(trouble_limit_seconds=20.0)
    await broken_rounds(scene, Verdict.OPEN, 15)
    assert scene.outcomes.types(execution_id) == [], "it did not live through the first spell"


async def test_many_past_their_limit_end_in_few_rounds(scene: Scene) -> None:
    scene.publish(version=2, method="POST", parking=BRIEF)
    await scene.park(600, trouble_limit_seconds=20.0, reason=ParkReason.BREAKER_OPEN)
    scene.outlast(21)
    for _ in range(3):
        await scene.drain()
    assert len(scene.outcomes.of) == 600


@pytest.mark.parametrize(
    ("budget", "slots"),
    [
        (BudgetSpec("b"), 256),
        (BudgetSpec("b", ((250_000, 0),)), 5),
        (BudgetSpec("b", ((250_000, 500_000),)), 7),
        (BudgetSpec("b", ((250_000, 0), (2_000_000, 0))), 1),
        (BudgetSpec("b", ((250_000, 0),), max_concurrent=2), 2),
        (BudgetSpec("b", ((250_000, 0),), weight=2), 3),
    ],
)
def test_slots_within_a_horizon(budget: Any, slots: int) -> None:
    assert slots_within(budget, 1.0) == slots
