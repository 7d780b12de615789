"""What is put into the backlog, what becomes of what does not fit, and of what cannot be written."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from connector_executor.admission.memory import Claim
from connector_executor.admission.port import Verdict
from connector_executor.execution import Execution
from connector_executor.parking.parker import STALE_DUE_SECONDS
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.failure import DeadReason, FailureType
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_plan
from tests.unit.executor.parking_scene import START, Came, Scene, an_execution


@pytest.fixture
async def scene() -> Scene:
    return await Scene().begin()


@asynccontextmanager
async def parking(scene: Scene) -> AsyncIterator[None]:
    """While the parker runs; at the end everything is on its way no longer."""
    running = asyncio.create_task(scene.parker.run())
    yield
    await scene.parker.flush(5)
    await scene.letters.settled()
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def told(execution: Execution) -> list[str]:
    assert isinstance(execution.origin, Came)
    return execution.origin.told


async def test_what_is_parked_is_safe_before_its_origin_is_told(scene: Scene) -> None:
    execution = an_execution()
    async with parking(scene):
        scene.parker.park(execution, ParkReason.RATE_LIMITED, due_seconds=5.0)
        assert told(execution) == []
    assert told(execution) == ["parked"]
    assert scene.line.done == [execution]
    [row] = await scene.store.take("other", CONNECTOR, 9, 30.0, "g")
    assert (row.execution_id, row.message, row.attempt) == (execution.event.execution_id, execution.source.value, 1)


async def test_what_waits_for_a_credential_is_looked_at_from_time_to_time(scene: Scene) -> None:
    async with parking(scene):
        scene.parker.park(an_execution(), ParkReason.CREDENTIAL_STALE)
    view = await scene.store.backlog(CONNECTOR)
    assert view is not None
    assert view.due_at == scene.clock.now() + timedelta(seconds=STALE_DUE_SECONDS)


async def test_what_ran_here_says_parked_from_then_on(scene: Scene) -> None:
    execution = an_execution()
    await scene.admission.admit([execution.ask()])
    async with parking(scene):
        scene.parker.park(execution, ParkReason.RETRY, ready_seconds=60.0, claimed=True)
    (answer,) = await scene.elsewhere.admit([execution.ask()])
    assert answer.verdict is Verdict.PARKED


async def test_what_waited_here_for_another_attempt_leaves_no_claim_behind(scene: Scene) -> None:
    execution = an_execution(method="POST")
    await scene.admission.admit([execution.ask()])
    scene.line.claimed[execution.id] = execution
    execution.attempt = 2
    async with parking(scene):
        scene.parker.relieve([execution])
    assert scene.line.claimed == {}
    scene.outlast(60)
    (answer,) = await scene.elsewhere.admit([execution.ask()])
    assert answer.verdict is Verdict.PARKED, "not unknown: its last call is known to have failed"


async def test_a_queue_that_is_relieved_makes_others_queue_behind(scene: Scene) -> None:
    async with parking(scene):
        scene.parker.relieve([an_execution(), an_execution()])
    (answer,) = await scene.admission.admit([an_execution().ask()])
    assert answer.verdict is Verdict.BEHIND
    assert await scene.parked() == 2


async def test_while_the_store_is_away_everything_waits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.001)
    scene.store.fault = ConnectionError("away")
    execution = an_execution()
    async with parking(scene):
        scene.parker.park(execution, ParkReason.RATE_LIMITED)
        while scene.parker.available:
            await asyncio.sleep(0)
        assert told(execution) == []
        scene.store.fault = None
    assert scene.parker.available
    assert told(execution) == ["parked"]


@pytest.mark.parametrize("policy", ["reject", "dead-letter"])
async def test_what_finds_the_backlog_full_ends_by_policy(scene: Scene, policy: str) -> None:
    full = {"parking": {"maxParked": 1, "whenFull": policy}}
    executions = [an_execution(**full) for _ in range(3)]
    async with parking(scene):
        for execution in executions:
            scene.parker.park(execution, ParkReason.RATE_LIMITED)
    assert await scene.parked() == 1
    refused = executions[1:]
    types = [scene.outcomes.types(execution.event.execution_id) for execution in refused]
    if policy == "reject":
        assert types == [[FailureType.BACKLOG_FULL]] * 2
        assert [told(execution) for execution in refused] == [["finished"]] * 2
    else:
        assert types == [[], []]
        assert [reason for _, reason, _ in scene.letters.written] == [DeadReason.BACKLOG_FULL] * 2
        assert [told(execution) for execution in refused] == [["dead_lettered"]] * 2
        assert scene.line.done == executions


async def test_a_replay_of_what_found_the_backlog_full_runs(scene: Scene) -> None:
    full = {"parking": {"maxParked": 1, "whenFull": "dead-letter"}, "rateLimit": {"maxRequestsPerMinute": 1}}
    first, second, third = (an_execution(**full) for _ in range(3))
    await scene.admission.admit([first.ask()])
    assert [a.verdict for a in await scene.admission.admit([second.ask(), third.ask()])] == [
        Verdict.LATER,
        Verdict.BEHIND,
    ]
    async with parking(scene):
        scene.parker.park(second, ParkReason.RATE_LIMITED)
        scene.parker.park(third, ParkReason.BEHIND_OTHERS)
    assert told(third) == ["dead_lettered"]
    scene.outlast(61)
    await scene.admission.mark_backlog([], True)
    (replay,) = await scene.elsewhere.admit([an_execution(third.event.execution_id).ask()])
    assert replay.verdict is Verdict.BEHIND, "as new: not settled, and not parked already"


async def test_a_letter_that_is_not_safe_yet_holds_the_claim_and_the_offset(scene: Scene) -> None:
    full = {"parking": {"maxParked": 1, "whenFull": "dead-letter"}}
    first, second = an_execution(**full), an_execution(**full)
    scene.claims.claims[str(WORKSPACE), second.id] = Claim("", 0, attempt=1, parked=True)
    scene.letters.open.clear()
    async with parking(scene):
        scene.parker.park(first, ParkReason.RATE_LIMITED)
        scene.parker.park(second, ParkReason.RATE_LIMITED)
        await scene.parker.flush(5)
        assert told(second) == []
        assert (str(WORKSPACE), second.id) in scene.claims.claims
        scene.letters.open.set()
    assert told(second) == ["dead_lettered"]
    assert (str(WORKSPACE), second.id) not in scene.claims.claims


async def test_one_that_cannot_be_written_is_set_aside_and_the_others_are_parked(scene: Scene) -> None:
    executions = [an_execution() for _ in range(5)]
    executions[2].attempts = [object()]  # type: ignore[list-item]
    async with parking(scene):
        for execution in executions:
            scene.parker.park(execution, ParkReason.RATE_LIMITED)
    assert await scene.parked() == 4
    [(source, reason, _)] = scene.letters.written
    assert (source, reason) == (executions[2].source, DeadReason.REPEATED_FAULT)
    assert [told(execution) for execution in executions] == [["parked"]] * 2 + [["dead_lettered"]] + [["parked"]] * 2


@pytest.mark.parametrize("seconds", [math.inf, math.nan, -1.0, 1e300])
async def test_no_wait_is_too_hostile(scene: Scene, seconds: float) -> None:
    async with parking(scene):
        scene.parker.park(an_execution(), ParkReason.RATE_LIMITED, due_seconds=seconds)
        scene.parker.park(an_execution(), ParkReason.RETRY, ready_seconds=seconds)
    assert await scene.parked() == 2


async def test_a_deadline_ends_what_is_parked_before_its_connector_would(scene: Scene) -> None:
    early = an_execution(deadline=START + timedelta(seconds=1_060))
    past = an_execution(deadline=START)
    async with parking(scene):
        for execution in (early, past, an_execution()):
            scene.parker.park(execution, ParkReason.RATE_LIMITED)
    [ended] = await scene.store.take_ended("other", 9, 30.0, "g")
    assert ended.execution_id == past.event.execution_id
    scene.outlast(61)
    found = {row.execution_id for row in await scene.store.take_ended("other", 9, 30.0, "g")}
    assert found == {early.event.execution_id, past.event.execution_id}


async def test_how_long_it_waits_for_a_broken_api_is_the_connector_s_choice(scene: Scene) -> None:
    plan = a_plan(parking={"maxWaitSeconds": 60})
    execution = an_execution()
    execution.plan = plan
    async with parking(scene):
        scene.parker.park(execution, ParkReason.BREAKER_OPEN, due_seconds=3600.0)
    scene.outlast(59)
    assert await scene.store.take_past_limit("other", CONNECTOR, 9, 30.0, "g") == []
    scene.outlast(2)
    assert len(await scene.store.take_past_limit("other", CONNECTOR, 9, 30.0, "g")) == 1


@pytest.mark.parametrize("policy", ["reject", "dead-letter"])
async def test_what_was_called_elsewhere_is_not_said_to_have_found_no_room(
    scene: Scene, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector_executor.parking.parker.AGAIN_SECONDS", 0.001)
    full = {"parking": {"maxParked": 1, "whenFull": policy}, "method": "POST"}
    ended, running, lost = (an_execution(**full) for _ in range(3))
    await scene.elsewhere.admit([execution.ask() for execution in (ended, running, lost)])
    scene.claims.claims[ended.workspace_id, ended.id].result = b"it succeeded"
    scene.claims.claims[lost.workspace_id, lost.id].lease_until_us = 0
    async with parking(scene):
        scene.parker.relieve([an_execution(**full)])
        scene.parker.relieve([ended, running, lost])
        await scene.parker.flush(5)
        await asyncio.sleep(0.02)
        assert told(running) == [], "it is waited for"
        scene.claims.claims[running.workspace_id, running.id].result = b"so did this"
        while not told(running):
            await asyncio.sleep(0.001)
    assert [scene.outcomes.types(execution.event.execution_id) for execution in (ended, running, lost)] == [
        ["republished it succeeded"],
        ["republished so did this"],
        [FailureType.OUTCOME_UNKNOWN],
    ]
    assert scene.letters.written == []


async def test_a_doubt_goes_into_the_backlog_with_it(scene: Scene) -> None:
    doubted, known, asked, fresh = executions = [an_execution(method="POST") for _ in range(4)]
    doubted.handed_under = (scene.admission.generation, "lost")
    known.handed_under = (scene.admission.generation,)
    asked.handed_under = ("lost",)
    scene.line.claimed[asked.id] = asked
    async with parking(scene):
        scene.parker.relieve(executions)
    rows = await scene.store.take("other", CONNECTOR, 9, 30.0, scene.admission.generation)
    assert {str(row.execution_id): row.generation for row in rows} == {
        doubted.id: "lost",
        known.id: scene.admission.generation,
        asked.id: None,
        fresh.id: None,
    }


async def test_a_write_in_doubt_is_not_called_out_of_the_backlog(scene: Scene) -> None:
    scene.publish(method="POST")
    execution = an_execution(method="POST")
    execution.handed_under = ("lost",)
    async with parking(scene):
        scene.parker.relieve([execution])
    scene.outlast(5)
    [again] = await scene.drain()
    (answer,) = await scene.admission.admit([again.ask()])
    assert answer.verdict is Verdict.UNKNOWN
