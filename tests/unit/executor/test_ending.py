"""What ends without being called: it is asked for first, and each of the answers is believed."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from connector_executor.admission.port import Ask, BudgetSpec, Claimed, Completion, Ended, Queueing, Verdict
from connectors_shared.contract.failure import DeadReason, FailureType
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.admission_suite import ready
from tests.unit.executor.parking_scene import LEASE_SECONDS, START, Scene

WAYS = ["cancelled", "expired", "deadline"]
TYPES = {
    "cancelled": FailureType.CANCELLED,
    "expired": FailureType.BACKLOG_FULL,
    "deadline": FailureType.DEADLINE_EXCEEDED,
}


@pytest.fixture
async def scene() -> Scene:
    scene = await Scene().begin()
    scene.publish(method="POST")
    return scene


async def a_parked(scene: Scene, way: str) -> UUID:
    fields = {"deadline": START + timedelta(seconds=1_010)} if way == "deadline" else {}
    [execution_id] = await scene.park(expires_in_seconds=600.0 if way == "cancelled" else 10.0, **fields)
    return execution_id


async def come_to_an_end(scene: Scene, way: str, seconds: float = LEASE_SECONDS + 1) -> None:
    """After the lease of whoever had it."""
    scene.outlast(seconds)
    if way == "cancelled":
        assert await scene.store.cancel(WORKSPACE, CONNECTOR, None) == 1
    await scene.end()


@pytest.mark.parametrize("way", WAYS)
async def test_what_never_ran_ends_as_it_should(scene: Scene, way: str) -> None:
    execution_id = await a_parked(scene, way)
    await come_to_an_end(scene, way)
    assert scene.outcomes.types(execution_id) == [TYPES[way]]
    assert await scene.parked() == 0


@pytest.mark.parametrize("way", WAYS)
async def test_what_was_answered_before_its_executor_died_keeps_its_answer(scene: Scene, way: str) -> None:
    execution_id = await a_parked(scene, way)
    execution = await scene.run_elsewhere(execution_id)
    await scene.elsewhere.complete([Completion(execution.ask(), b"answered")])
    await come_to_an_end(scene, way)
    assert scene.outcomes.types(execution_id) == ["republished answered"]
    assert await scene.parked() == 0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_call_that_was_under_way_is_unknown_where_it_may_have_done_something(
    scene: Scene, way: str, method: str
) -> None:
    scene.publish(method=method, version=2)
    execution_id = await a_parked(scene, way)
    await scene.run_elsewhere(execution_id, method=method)
    scene.outlast(10)
    await come_to_an_end(scene, way)
    assert scene.outcomes.types(execution_id) == [FailureType.OUTCOME_UNKNOWN if method == "POST" else TYPES[way]]


@pytest.mark.parametrize("way", WAYS)
async def test_a_call_that_is_under_way_elsewhere_is_waited_for(scene: Scene, way: str) -> None:
    execution_id = await a_parked(scene, way)
    execution = await scene.run_elsewhere(execution_id)
    scene.outlast(20)
    await scene.elsewhere.renew([Claimed(execution.ask())])
    await come_to_an_end(scene, way, LEASE_SECONDS - 19)
    assert scene.outcomes.types(execution_id) == []
    scene.outlast(5)
    await scene.elsewhere.complete([Completion(execution.ask(), b"late")])
    await scene.end()
    assert scene.outcomes.types(execution_id) == [], "it is not looked at all the time"
    scene.outlast(LEASE_SECONDS)
    await scene.end()
    assert scene.outcomes.types(execution_id) == ["republished late"]


async def test_what_is_settled_is_only_removed(scene: Scene) -> None:
    execution_id = await a_parked(scene, "expired")
    await scene.admission.settle([Ended(str(WORKSPACE), str(execution_id))])
    await come_to_an_end(scene, "expired")
    assert scene.outcomes.types(execution_id) == ["dropped"]
    assert await scene.parked() == 0


async def test_what_is_under_way_here_comes_to_its_own_end(scene: Scene) -> None:
    execution_id = await a_parked(scene, "expired")
    [execution] = await scene.drain()
    scene.outlast(LEASE_SECONDS + 1)
    await scene.end()
    assert scene.outcomes.types(execution_id) == []
    execution.origin.finished(b"result")
    await scene.leased.write()
    assert await scene.parked() == 0


async def test_what_may_have_run_before_the_store_forgot_is_unknown_and_stays_in_doubt(scene: Scene) -> None:
    execution_id = await a_parked(scene, "expired")
    await scene.run_elsewhere(execution_id)
    scene.claims.forget_everything()
    scene.outlast(LEASE_SECONDS + 1)
    with pytest.raises(ConnectionError):
        await scene.ending._pass()
    await scene.leased.write()
    await scene.admission.join()
    await ready(scene.admission)
    await scene.end()
    assert scene.outcomes.types(execution_id) == [FailureType.OUTCOME_UNKNOWN]


async def test_by_policy_what_waited_too_long_is_dead_lettered_and_a_replay_runs(scene: Scene) -> None:
    scene.publish(method="POST", version=2, parking={"whenFull": "dead-letter"})
    execution_id = await a_parked(scene, "expired")
    await come_to_an_end(scene, "expired")
    [(source, reason, _)] = scene.letters.written
    assert (source.key, source.headers, reason) == (b"key", (("h", b"1"),), DeadReason.BACKLOG_FULL)
    assert scene.outcomes.of == {}
    assert await scene.parked() == 0
    assert await replayed(scene, execution_id) is Verdict.GO


async def test_what_is_dead_lettered_is_asked_for_first_too(scene: Scene) -> None:
    scene.publish(method="POST", version=2, parking={"whenFull": "dead-letter"})
    execution_id = await a_parked(scene, "expired")
    await scene.run_elsewhere(execution_id)
    scene.outlast(10)
    await come_to_an_end(scene, "expired")
    assert scene.letters.written == []
    assert scene.outcomes.types(execution_id) == [FailureType.OUTCOME_UNKNOWN]


async def test_a_row_is_ours_until_its_letter_is_safe(scene: Scene) -> None:
    scene.publish(method="POST", version=2, parking={"whenFull": "dead-letter"})
    await a_parked(scene, "expired")
    scene.letters.open.clear()
    scene.outlast(11)
    await scene.ending._pass()
    scene.outlast(20)
    await scene.leased.renew()
    scene.outlast(20)
    await scene.ending._pass()
    assert (scene.letters.written, await scene.parked()) == ([], 1)
    scene.letters.open.set()
    await scene.end()
    assert (len(scene.letters.written), await scene.parked()) == (1, 0)


async def replayed(scene: Scene, execution_id: UUID) -> Verdict:
    """What the replay of its letter is told, on another replica."""
    ask = Ask(str(WORKSPACE), str(execution_id), BudgetSpec("c:1"), queueing=Queueing.PARKS)
    (answer,) = await scene.elsewhere.admit([ask])
    return answer.verdict


async def orphans_end(scene: Scene) -> None:
    """The drainer finds that nobody knows the connector; the ending makes sure, and ends them."""
    assert await scene.drain() == []
    await scene.end()
    await scene.end()


async def test_executions_of_a_deleted_connector_are_drained_into_results_that_say_so(scene: Scene) -> None:
    await scene.park(3)
    scene.delete()
    drained = await scene.drain()
    assert [execution.plan.fault.type for execution in drained if execution.plan.fault] == [
        FailureType.CONNECTOR_DELETED
    ] * 3


async def test_executions_of_a_connector_that_nobody_knows_any_more_end_in_results_that_say_so(scene: Scene) -> None:
    ids = await scene.park(3)
    scene.purge()
    await orphans_end(scene)
    assert [scene.outcomes.types(execution_id) for execution_id in ids] == [[FailureType.UNKNOWN_CONNECTOR]] * 3
    assert scene.letters.written == []
    assert await scene.parked() == 0


@pytest.mark.parametrize("gone", [Scene.delete, Scene.purge])
async def test_what_was_cancelled_before_its_connector_was_deleted_is_cancelled(
    scene: Scene, gone: Callable[[Scene], None]
) -> None:
    [execution_id] = await scene.park()
    gone(scene)
    await come_to_an_end(scene, "cancelled")
    assert scene.outcomes.types(execution_id) == [FailureType.CANCELLED]


async def test_an_execution_that_ran_before_its_connector_was_deleted_keeps_its_outcome(scene: Scene) -> None:
    [answered] = await scene.park()
    execution = await scene.run_elsewhere(answered)
    await scene.elsewhere.complete([Completion(execution.ask(), b"answered")])
    scene.outlast(LEASE_SECONDS + 1)
    scene.purge()
    await orphans_end(scene)
    assert scene.letters.written == []
    assert scene.outcomes.types(answered) == ["republished answered"]


async def test_a_connector_that_was_only_late_is_drained(scene: Scene) -> None:
    await scene.park()
    scene.purge()
    assert await scene.drain() == []
    scene.publish(method="POST")
    await scene.end()
    assert len(await scene.drain()) == 1
    assert scene.letters.written == []


async def test_a_definition_that_cannot_be_used_is_no_reason_to_say_that_it_was_deleted(scene: Scene) -> None:
    await scene.park()
    scene.publish(method="POST", version=2, url="https://api.test/{{input.}}")
    [execution] = await scene.drain()
    assert execution.plan.fault is not None
    assert execution.plan.fault.type is FailureType.INVALID_REQUEST
    assert scene.letters.written == []


@pytest.mark.parametrize("damage", [{"message": b"{}"}, {"message": b"\xff"}, {"envelope": b"\xc1"}, {"envelope": b""}])
@pytest.mark.parametrize("ended", [True, False])
async def test_a_damaged_row_is_set_aside_with_what_is_there_and_the_rest_goes_on(
    scene: Scene, damage: dict[str, bytes], ended: bool
) -> None:
    expires = 10.0 if ended else 1000.0
    [damaged] = await scene.park(expires_in_seconds=expires, **damage)
    [whole] = await scene.park(expires_in_seconds=expires)
    scene.outlast(11)
    await scene.end()
    submitted = await scene.drain()
    await scene.letters.settled()
    await scene.leased.write()
    [(source, reason, _)] = scene.letters.written
    assert reason is DeadReason.INVALID_MESSAGE
    assert source.value == damage.get("message", source.value) != b""
    assert scene.outcomes.types(damaged) == []
    if ended:
        assert scene.outcomes.types(whole) == [FailureType.BACKLOG_FULL]
    else:
        assert [execution.id for execution in submitted] == [str(whole)]
    assert await scene.parked() == (0 if ended else 1)


async def test_while_too_much_waits_for_kafka_nothing_is_taken_out_of_the_backlog(scene: Scene) -> None:
    await scene.park(3)
    await a_parked(scene, "expired")
    scene.outlast(11)
    scene.outbox.add(1_000_000)
    await scene.end()
    assert await scene.drain() == []
    assert (scene.outcomes.of, await scene.parked()) == ({}, 4)
    scene.outbox.remove(600_000)
    await scene.end()
    assert (len(scene.outcomes.of), len(await scene.drain())) == (1, 3)


async def test_letters_that_kafka_does_not_take_count_until_it_does(scene: Scene) -> None:
    scene.publish(method="POST", version=2, parking={"whenFull": "dead-letter"})
    scene.letters.open.clear()
    await scene.park(300, expires_in_seconds=10.0, message=b"x" * 5_000)
    scene.outlast(11)
    for _ in range(3):
        await scene.ending._pass()
        await asyncio.sleep(0)
    assert scene.outbox.full
    assert len(scene.leased._held) == 256, "another batch would have been taken"
    scene.letters.open.set()
    await scene.end()
    await scene.end()
    assert (len(scene.letters.written), scene.outbox.held_bytes, await scene.parked()) == (300, 0, 0)


async def test_rows_whose_part_of_the_store_is_away_are_put_off_in_one_go(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be very many of them, and those of other parts come behind."""
    await scene.park(50, expires_in_seconds=10.0)
    scene.outlast(11)
    renew, put_off = scene.store.renew, list[int]()

    async def renew_counted(owner: str, keys: Sequence[tuple[UUID, UUID]], lease_seconds: float) -> None:
        put_off.append(len(keys))
        await renew(owner, keys, lease_seconds)

    monkeypatch.setattr(scene.store, "renew", renew_counted)
    scene.line.away = {WORKSPACE}
    await scene.end()
    assert put_off == [50]
    await scene.end()
    assert put_off == [50]
    scene.line.away = set()
    scene.outlast(6)
    await scene.end()
    assert await scene.parked() == 0
