"""What every admission must do when the store's memory is lost, whole or in part; run like `admission_suite`."""

import pytest

from connector_executor.admission.port import (
    Admission,
    Ask,
    BudgetSpec,
    Claimed,
    Completion,
    Ended,
    Memory,
    Position,
    Queueing,
    StoreEmptiedError,
    Verdict,
)
from tests.unit.executor.admission_suite import (
    LEASE_SECONDS,
    MS,
    POSITION,
    READS_WAIT_SECONDS,
    SECOND,
    SETTLING_SECONDS,
    WORKSPACE,
    Deployment,
    a_parkable,
    a_window,
    assert_waits,
    one,
    ready,
    verdicts,
)

LATER = Position(0, 7)
LEASE_US = round(LEASE_SECONDS * SECOND)


def a_write(execution_id: str, *, handed_under: tuple[str, ...] = (), asked_at_ms: int = 0) -> Ask:
    return Ask(WORKSPACE, execution_id, BudgetSpec("c:1"), handed_under=handed_under, asked_at_ms=asked_at_ms)


def a_read(execution_id: str, *, handed_under: tuple[str, ...] = (), asked_at_ms: int = 0) -> Ask:
    budget = BudgetSpec("c:1")
    return Ask(WORKSPACE, execution_id, budget, repeatable=True, handed_under=handed_under, asked_at_ms=asked_at_ms)


def ended(*execution_ids: str) -> list[Ended]:
    return [Ended(WORKSPACE, execution_id, POSITION) for execution_id in execution_ids]


async def lost(deployment: Deployment, owner: str = "a") -> Admission:
    """A replica that has joined a store without its memory."""
    admission = await deployment.replica(owner)
    await deployment.forget_everything()
    await admission.join()
    return admission


async def test_a_store_without_its_memory_admits_nothing_until_it_is_joined_again(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    before = admission.generation
    await deployment.forget_everything()
    with pytest.raises(StoreEmptiedError):
        await admission.admit([a_write("1")])
    with pytest.raises(StoreEmptiedError):
        await admission.renew([])
    with pytest.raises(StoreEmptiedError):
        await admission.look()
    assert await admission.join() != before
    await ready(admission)
    assert (await one(admission, a_write("1"))).verdict is Verdict.GO


async def test_replicas_agree_on_the_new_generation(deployment: Deployment) -> None:
    first, second = await deployment.replica("a"), await deployment.replica("b")
    await deployment.forget_everything()
    assert await first.join() == await second.join()
    await second.renew([])


async def test_a_read_that_may_be_a_repeat_of_what_has_ended_waits_until_the_log_is_read(
    deployment: Deployment,
) -> None:
    admission = await lost(deployment)
    older, newer = a_read("1", asked_at_ms=1), a_read("2", asked_at_ms=10**14)
    await deployment.outlast(READS_WAIT_SECONDS)
    assert verdicts(await admission.admit([older, newer])) == [Verdict.RECOVERING, Verdict.GO]
    await admission.refill(ended("1"))
    await ready(admission)
    assert (await one(admission, older)).verdict is Verdict.SETTLED


async def test_a_read_asked_for_again_soon_after_a_loss_has_one_outcome(deployment: Deployment) -> None:
    admission = await lost(deployment)
    again = a_read("1", asked_at_ms=10**14)
    assert (await one(admission, again)).verdict is Verdict.RECOVERING
    await admission.refill(ended("1"))
    await ready(admission)
    assert (await one(admission, again)).verdict is Verdict.SETTLED


async def test_a_refill_that_takes_long_holds_up_writes_and_no_reads(deployment: Deployment) -> None:
    admission = await lost(deployment)
    await deployment.outlast(READS_WAIT_SECONDS)
    before = verdicts(await admission.admit([a_read("1"), a_write("2"), a_read("3", handed_under=("lost",))]))
    assert before == [Verdict.GO, Verdict.RECOVERING, Verdict.RECOVERING]
    await ready(admission)
    assert verdicts(await admission.admit([a_write("2"), a_read("3", handed_under=("lost",))])) == [Verdict.GO] * 2


async def test_one_replica_reads_the_log_and_another_takes_over_when_it_is_gone(deployment: Deployment) -> None:
    first, second = await deployment.replica("a"), await deployment.replica("b")
    await deployment.forget_everything()
    await first.join()
    await second.join()
    assert (await first.look()).refills
    assert not (await second.look()).refills
    assert (await first.look()).refills, "the task is kept by asking again"
    assert not await second.refilled(0, lost=True)
    assert await first.refilled(0, lost=True)
    assert (await second.look()).ready


async def test_what_has_ended_is_known_again(deployment: Deployment) -> None:
    admission = await lost(deployment)
    await admission.refill([Ended(WORKSPACE, "1", POSITION), Ended(WORKSPACE, "2", LATER)])
    await admission.refill([Ended(WORKSPACE, "2", POSITION)])
    first, second = await admission.admit([a_write("1"), a_read("2")])
    assert (first.verdict, first.position) == (Verdict.SETTLED, POSITION)
    assert (second.verdict, second.position) == (Verdict.SETTLED, LATER), "the newest was found first"
    assert await admission.complete([Completion(a_write("1"), b"another")]) == [None]


async def test_what_runs_here_is_claimed_again(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", max_concurrent=1)
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    running = Ask(WORKSPACE, "1", budget)
    await one(admission, running)
    await deployment.forget_everything()
    await admission.join([Claimed(running)])
    await other.join()
    await ready(other, lost=True)
    assert (await one(other, running)).verdict is Verdict.RUNNING
    assert (await one(other, Ask(WORKSPACE, "2", budget))).verdict is Verdict.RECOVERING
    await deployment.outlast(SETTLING_SECONDS)
    await admission.renew([Claimed(running)])
    assert (await one(other, Ask(WORKSPACE, "2", budget))).verdict is Verdict.BUSY
    await admission.complete([Completion(running, b"result")])
    assert (await one(other, Ask(WORKSPACE, "2", budget))).verdict is Verdict.GO


async def test_what_ended_here_is_told_before_taking_part(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await deployment.forget_everything()
    await admission.join([], ended("1"))
    assert (await one(admission, a_read("1"))).verdict is Verdict.SETTLED


async def test_who_only_waited_for_a_slot_left_nothing_in_doubt(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    await deployment.forget_everything()
    await admission.join([Claimed(a_write("1"), called=False), Claimed(a_write("2"), called=True)])
    await other.join()
    await ready(other)
    await deployment.outlast(LEASE_SECONDS)
    assert verdicts(await other.admit([a_write("1"), a_write("2")])) == [Verdict.GO, Verdict.UNKNOWN]


async def test_a_slot_reserved_before_the_loss_is_reserved_anew(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    asks = [Ask(WORKSPACE, id_, a_window(500 * MS)) for id_ in "123"]
    await admission.admit(asks[:2])
    await deployment.forget_everything()
    await admission.join([Claimed(asks[0]), Claimed(asks[1], called=False)])
    await ready(admission, lost=True)
    first, second = await admission.admit(asks[1:])
    assert (first.verdict, second.verdict) == (Verdict.GO, Verdict.GO)
    assert second.wait_us - first.wait_us == 500 * MS


async def test_claiming_again_takes_nothing_from_who_claimed_meanwhile(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    await deployment.forget_everything()
    await admission.join()
    await other.join()
    await deployment.outlast(READS_WAIT_SECONDS)
    await one(other, a_read("1"))
    await admission.reclaim([Claimed(a_read("1"))])
    assert (await one(admission, a_read("1"))).verdict is Verdict.RUNNING


async def test_claiming_again_takes_nothing_from_who_waits_for_its_slot(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    budget = a_window(LEASE_US)
    await other.admit([Ask(WORKSPACE, id_, budget) for id_ in "12"])
    await admission.reclaim([Claimed(Ask(WORKSPACE, "2", budget))])
    assert (await one(admission, Ask(WORKSPACE, "2", budget))).verdict is Verdict.RUNNING
    assert (await one(other, Ask(WORKSPACE, "2", budget))).verdict is Verdict.GO


async def test_what_has_ended_is_not_claimed_again(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.settle(ended("1"))
    await admission.reclaim([Claimed(a_write("1"))])
    assert (await one(admission, a_write("1"))).verdict is Verdict.SETTLED


async def test_renewing_tells_what_nobody_holds_any_more(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    await admission.admit([a_write("1"), a_write("2")])
    await other.admit([a_write("3")])
    await admission.release([a_write("2")])
    held = [Claimed(a_write(id_)) for id_ in "123"]
    assert await admission.renew(held) == held[1:2]
    await admission.reclaim(held[1:2])
    assert await admission.renew(held) == []
    assert (await one(other, a_write("2"))).verdict is Verdict.RUNNING


@pytest.mark.parametrize(("repeatable", "verdict"), [(True, Verdict.GO), (False, Verdict.UNKNOWN)])
async def test_what_may_have_run_under_a_lost_generation_is_doubted(
    deployment: Deployment, repeatable: bool, verdict: Verdict
) -> None:
    admission = await deployment.replica("a")
    before = admission.generation
    await deployment.forget_everything()
    await admission.join()
    await ready(admission)
    now = admission.generation
    doubted = Ask(WORKSPACE, "1", BudgetSpec("c:1"), repeatable=repeatable, handed_under=(before, now))
    known = Ask(WORKSPACE, "2", BudgetSpec("c:1"), repeatable=repeatable, handed_under=(now,))
    assert verdicts(await admission.admit([doubted, known])) == [verdict, Verdict.GO]


async def test_a_repeat_older_than_what_is_known_again_is_doubted(deployment: Deployment) -> None:
    admission = await lost(deployment)
    await ready(admission, since_ms=5000)
    older, newer, unsaid = a_write("1", asked_at_ms=4999), a_write("2", asked_at_ms=5000), a_write("3")
    assert verdicts(await admission.admit([older, newer, unsaid])) == [Verdict.UNKNOWN, Verdict.GO, Verdict.GO]
    repeatable = Ask(WORKSPACE, "4", BudgetSpec("c:1"), repeatable=True, asked_at_ms=4999)
    assert (await one(admission, repeatable)).verdict is Verdict.GO


async def test_budgets_begin_spent_after_a_loss(deployment: Deployment) -> None:
    admission = await lost(deployment)
    await ready(admission, lost=True)
    asks = [Ask(WORKSPACE, id_, a_window(500 * MS, 5 * SECOND), repeatable=True) for id_ in "123"]
    answers = await admission.admit(asks)
    assert verdicts(answers) == [Verdict.GO] * 3
    assert [answer.wait_us for answer in answers[1:]] > [answers[0].wait_us + 400 * MS] * 2


async def test_where_nothing_was_lost_a_burst_is_free(deployment: Deployment) -> None:
    admission = await lost(deployment)
    await ready(admission, lost=False)
    asks = [Ask(WORKSPACE, id_, a_window(500 * MS, 5 * SECOND), repeatable=True) for id_ in "123"]
    assert [answer.wait_us for answer in await admission.admit(asks)] == [0, 0, 0]


# A copy of the memory on another server: a part of it may be missing.


async def test_a_copy_on_another_server_is_another_generation_that_has_to_be_completed(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.look()
    await admission.settle(ended("1"))
    await deployment.move_to_another_server()
    with pytest.raises(StoreEmptiedError):
        await admission.admit([a_write("2")])
    with pytest.raises(StoreEmptiedError):
        await admission.look()
    before = admission.generation
    assert await admission.join() != before
    memory = await admission.look()
    assert not memory.ready
    assert memory.tail_ms > 0, "what is older than the copy is known"
    assert verdicts(await admission.admit([a_write("1"), a_write("2")])) == [Verdict.SETTLED, Verdict.RECOVERING]
    await ready(admission, since_ms=None, lost=True)
    assert (await one(admission, a_write("2"))).verdict is Verdict.GO


async def test_a_claim_in_the_copy_gives_way_to_the_result_in_the_log(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    parked = Ask(WORKSPACE, "2", BudgetSpec("c:1"), queueing=Queueing.DRAINED)
    await admission.admit([a_write("1"), a_write("2")])
    await admission.park([a_write("2")])
    await deployment.move_to_another_server()
    await other.join()
    await deployment.outlast(LEASE_SECONDS)
    assert verdicts(await other.admit([a_write("1"), parked])) == [Verdict.RECOVERING] * 2
    await other.refill(ended("1", "2"))
    await ready(other)
    assert verdicts(await other.admit([a_write("1"), parked])) == [Verdict.SETTLED] * 2


async def test_what_had_not_been_called_in_the_copy_may_have_been_since(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    before = other.generation
    asks = [Ask(WORKSPACE, id_, a_window(500 * MS)) for id_ in "12"]
    await admission.admit(asks)
    await deployment.move_to_another_server()
    await other.join()
    await ready(other, lost=True)
    await deployment.outlast(LEASE_SECONDS + 0.5)
    waited = Ask(WORKSPACE, "2", a_window(500 * MS), handed_under=(before,))
    assert (await one(other, waited)).verdict is Verdict.UNKNOWN


async def test_what_was_parked_in_the_copy_and_has_been_called_here_since_is_not_called_again(
    deployment: Deployment,
) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    drained = Ask(WORKSPACE, "1", BudgetSpec("c:1"), queueing=Queueing.DRAINED)
    await one(admission, a_write("1"))
    await admission.park([a_write("1")])
    await deployment.move_to_another_server()
    await admission.join([Claimed(drained)])
    await other.join()
    await ready(other, lost=True)
    assert (await one(other, drained)).verdict is Verdict.RUNNING
    await deployment.outlast(LEASE_SECONDS)
    assert (await one(other, drained)).verdict is Verdict.UNKNOWN


async def test_what_waited_in_the_copy_and_has_been_called_here_since_is_not_called_again(
    deployment: Deployment,
) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    asks = [Ask(WORKSPACE, id_, a_window(200 * MS)) for id_ in "12"]
    await admission.admit(asks)
    await deployment.move_to_another_server()
    await admission.join([Claimed(ask) for ask in asks])
    await other.join()
    await ready(other, lost=True)
    await deployment.outlast(LEASE_SECONDS + 0.2)
    assert (await one(other, asks[1])).verdict is Verdict.UNKNOWN


async def test_what_the_copy_knows_as_called_stays_called_and_its_lease_begins_anew(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    await one(admission, a_write("1"))
    await deployment.outlast(LEASE_SECONDS)
    await deployment.move_to_another_server()
    await admission.join([Claimed(a_write("1"), called=False)])
    await other.join()
    await ready(other, lost=True)
    assert (await one(other, a_write("1"))).verdict is Verdict.RUNNING
    await deployment.outlast(LEASE_SECONDS)
    assert (await one(other, a_write("1"))).verdict is Verdict.UNKNOWN


async def test_a_lease_that_has_ended_in_the_copy_gives_way_to_who_is_here(deployment: Deployment) -> None:
    gone, heir = await deployment.replica("a"), await deployment.replica("b")
    await one(gone, a_read("1"))
    await deployment.outlast(LEASE_SECONDS)
    await deployment.move_to_another_server()
    await heir.join([Claimed(a_read("1"))])
    await ready(heir, lost=True)
    assert (await one(await deployment.replica("c"), a_read("1"))).verdict is Verdict.RUNNING


async def test_a_second_loss_before_the_log_is_read_keeps_the_tail_of_the_first(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.look()
    await deployment.move_to_another_server()
    await admission.join()
    first = await admission.look()
    await deployment.move_to_another_server()
    await admission.join()
    second = await admission.look()
    assert (second.ready, second.tail_ms) == (False, first.tail_ms)


async def test_a_memory_that_is_complete_says_so(deployment: Deployment) -> None:
    assert await (await deployment.replica("a")).look() == Memory(ready=True)


async def test_a_server_that_takes_another_name_has_lost_nothing(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    before = admission.generation
    asks = [Ask(WORKSPACE, id_, a_window(500 * MS)) for id_ in "12"]
    await admission.admit(asks)
    await deployment.rename_server()
    with pytest.raises(StoreEmptiedError):
        await admission.admit([a_write("3")])
    assert await admission.join([Claimed(asks[0]), Claimed(asks[1], called=False)]) == before
    assert await other.join() == before
    assert (await admission.look()).ready
    assert (await one(other, a_write("3"))).verdict is Verdict.GO
    assert_waits([await one(admission, asks[1])], [500 * MS])


async def test_one_that_is_parked_while_claims_are_told_again_stays_parked(deployment: Deployment) -> None:
    replica, other = await deployment.replica("a"), await deployment.replica("b")
    ask = a_parkable("1", a_window(20 * MS))
    await one(replica, ask)
    held = [Claimed(ask)]
    await replica.park([ask])
    await replica.reclaim(held, lambda _one: None)
    await deployment.outlast(LEASE_SECONDS + 0.1)
    assert (await one(other, a_parkable("1", a_window(20 * MS), Queueing.DRAINED))).verdict is Verdict.GO
