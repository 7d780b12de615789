"""A slot that has passed, was moved or was lost: what is let go in the end; run like `admission_suite`."""

from itertools import pairwise

from connector_executor.admission.port import (
    Admitted,
    Ask,
    BudgetSpec,
    Queueing,
    Subject,
    Verdict,
)
from connector_executor.policies.quota import Advice
from tests.unit.executor.admission_suite import (
    FAILING,
    LEASE_SECONDS,
    MS,
    SECOND,
    SLACK_US,
    UPSTREAM,
    WORKSPACE,
    Deployment,
    a_parkable,
    a_window,
    an_asker,
    assert_waits,
    let_go,
    one,
    verdicts,
)


async def test_slots_that_have_passed_during_a_pause_do_not_all_go_at_once(deployment: Deployment) -> None:
    budget = a_window(60 * MS)
    asker, other = await an_asker(deployment, "a", budget), await an_asker(deployment, "b", budget)
    waiting = [str(number) for number in range(15)]
    assert let_go(await asker.admit(*waiting)) == 1
    await deployment.outlast(1.2)
    late = await asker.admit(*waiting[1:])
    assert let_go(late) <= 3, "one, and what 100 ms of jitter explain"
    assert let_go(await other.admit("x", "y", "z")) <= 1
    waits = sorted(answer.wait_us for answer in late if answer.wait_us)
    assert all(later - earlier >= 50 * MS for earlier, later in pairwise(waits)), "each has a slot of its own"


async def test_a_slot_that_is_a_little_late_is_kept(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(500 * MS))
    await asker.admit("1", "2")
    await deployment.outlast(0.5)
    assert await asker.one("2") == Admitted(Verdict.GO)


async def test_leave_whose_answer_was_lost_for_long_is_taken_again(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(700 * MS))
    assert let_go([await asker.one("1")]) == 1
    await deployment.outlast(0.4)
    assert_waits([await asker.one("1")], [300 * MS])


async def test_a_slot_that_has_passed_is_given_when_nobody_else_took_its_place(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(300 * MS))
    await asker.admit("1", "2")
    await deployment.outlast(1.0)
    assert await asker.one("2") == Admitted(Verdict.GO)


async def test_a_call_that_weighs_more_needs_more_room_in_the_burst(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", ((100 * MS, 900 * MS),), weight=5)
    answers = await (await an_asker(deployment, budget=budget)).admit("1", "2", "3")
    assert [answer.wait_us for answer in answers] == [0, 0, 500 * MS]


async def test_a_burst_as_large_as_the_limit_leaves_the_whole_limit_for_the_next_span(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", ((250 * MS, 750 * MS),), quotas=((4, SECOND),))
    asker = await an_asker(deployment, budget=budget)
    first = await asker.admit("1", "2", "3", "4", "5", "6", "7", "8")
    assert let_go(first) == 4
    assert all(answer.wait_us > SECOND - SLACK_US for answer in first[4:])
    await deployment.outlast(1.8)
    assert let_go(await asker.admit("5", "6", "7", "8", "9")) == 4


async def test_in_no_span_more_than_its_units_are_let_go(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", ((10 * MS, 20 * MS),), quotas=((5, 400 * MS),))
    asker = await an_asker(deployment, budget=budget)
    ids = [str(number) for number in range(8)]
    assert let_go(await asker.admit(*ids)) == 3
    await deployment.outlast(0.1)
    assert let_go(await asker.admit(*ids[3:])) == 2
    await deployment.outlast(0.31)
    assert let_go(await asker.admit(*ids[5:])) == 3


async def test_a_slot_that_was_reserved_before_the_upstream_asked_for_quiet_is_moved(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(300 * MS)
    asks = [Ask(WORKSPACE, id_, budget) for id_ in "12"]
    assert verdicts(await admission.admit(asks)) == [Verdict.GO, Verdict.GO]
    await admission.observe(WORKSPACE, budget, Advice("Retry-After: 1", 1.0))
    assert_waits([await one(admission, asks[1])], [300 * MS])
    await deployment.outlast(0.3)
    assert_waits([await one(admission, asks[1])], [700 * MS])


async def test_whoever_dies_before_the_slot_has_called_nothing(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(200 * MS)
    asks = [Ask(WORKSPACE, id_, budget) for id_ in "12"]
    answers = await admission.admit(asks)
    assert [answer.wait_us for answer in answers] == [0, 200 * MS]
    await deployment.outlast(LEASE_SECONDS + 0.2)
    heir = await deployment.replica("b")
    assert verdicts(await heir.admit(asks)) == [Verdict.UNKNOWN, Verdict.GO]


async def test_whoever_dies_after_the_slot_was_confirmed_may_have_called(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(200 * MS)
    asks = [Ask(WORKSPACE, id_, budget) for id_ in "12"]
    await admission.admit(asks)
    await deployment.outlast(0.2)
    assert_waits([await one(admission, asks[1])], [0])
    await deployment.outlast(LEASE_SECONDS)
    assert (await one(await deployment.replica("b"), asks[1])).verdict is Verdict.UNKNOWN


async def test_a_slot_whose_breaker_has_opened_since_is_lost(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(200 * MS)
    asks = [a_parkable(id_, budget) for id_ in "12"]
    await admission.admit(asks)
    await deployment.outlast(0.2)
    await admission.report([(UPSTREAM, FAILING)])
    assert (await one(admission, asks[1])).verdict is Verdict.OPEN
    assert (await one(await deployment.replica("b"), asks[1])).verdict is Verdict.PARKED


async def test_who_is_refused_while_its_caller_waits_leaves_neither_claim_nor_place(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(200 * MS, concurrent=2)
    asks = [a_parkable(id_, budget, Queueing.WAITS) for id_ in "12"]
    assert verdicts(await admission.admit(asks)) == [Verdict.GO, Verdict.GO]
    await admission.observe(WORKSPACE, budget, Advice("Retry-After: 60", 60.0))
    await deployment.outlast(0.2)
    assert (await one(admission, asks[1])).verdict is Verdict.HELD
    assert (await admission.limits(Subject(WORKSPACE, "c", "", budget))).in_flight == 1
    assert (await one(await deployment.replica("b"), asks[1])).verdict is Verdict.HELD, "nobody runs it"
